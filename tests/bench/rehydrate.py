"""A message to a session that Temporal has lost, beside one whose workflow runs, and the engine's own start."""

from __future__ import annotations

import time
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy

from tests.bench.announcements import Announcements, listening
from tests.bench.floor import FLOOR_QUEUE, Floor
from tests.bench.measure import SessionUnderTest, Times, session_under_load, start_session
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.bench.worked_session import fill_session
from tests.support.tenants import make_tenant
from tests.support.waiting import until
from workflows.troubleshooting_session.messages import session_workflow_id

SESSIONS = 5


async def measure_rehydrate(report: Report, bench: Bench, repeats: int) -> None:
    """Sessions of forty turns: the workflow is ended from outside, then somebody says something."""
    tenant = await make_tenant(bench.database, bench.settings)
    sessions = []
    async with bench.sign_in(tenant) as http:
        for _ in range(SESSIONS):
            session_id = await start_session(http, "Outlook keeps asking for a password")
            sessions.append(session_under_load(bench, tenant, session_id))
    for session in sessions:
        await session.idle()
        await fill_session(bench.database, session.session_id)
    starts: list[float] = []
    cold: list[tuple[float, float]] = []
    live: list[tuple[float, float]] = []
    async with listening(bench.postgres.app_url()) as announcements:
        for number in range(max(3, repeats // SESSIONS)):
            for session in sessions:
                await _lose(bench.client, session)
                starts.append(await _start_floor(bench.client))
                found = await _say(session, announcements)
                # The first round meets statements and code that were never used.
                cold += [found] if number else []
                live.append(await _say(session, announcements))
    floor, acknowledged, replied, acknowledged_live, replied_live = (
        Times.of(seconds)
        for seconds in (
            starts,
            [one[0] for one in cold],
            [one[1] for one in cold],
            [one[0] for one in live],
            [one[1] for one in live],
        )
    )
    report.add_times("floor: update-with-start that inserts one row", floor)
    report.add_times("rehydrate: message acknowledged, workflow lost", acknowledged)
    report.add_times("rehydrate: message acknowledged, workflow runs", acknowledged_live)
    report.add_times("rehydrate: reply stored, workflow lost", replied)
    report.add_times("rehydrate: reply stored, workflow runs", replied_live)
    for name, value in (
        ("rehydrate: acknowledged, lost / running (p50)", acknowledged.p50 / acknowledged_live.p50),
        ("rehydrate: acknowledged, lost / running (p95)", acknowledged.p95 / acknowledged_live.p95),
        ("rehydrate: acknowledged, lost / update-with-start (p50)", acknowledged.p50 / floor.p50),
    ):
        report.add(Figure(name, value, None, "×"))


async def _say(session: SessionUnderTest, announcements: Announcements) -> tuple[float, float]:
    """Seconds until a message is acknowledged, and until its reply is stored."""
    announcements.forget(session.session_id)
    started = time.perf_counter()
    await session.say()
    acknowledged = time.perf_counter()
    await announcements.turn(session.session_id)
    replied = time.perf_counter()
    await session.idle()
    return acknowledged - started, replied - started


async def _lose(client: Client, session: SessionUnderTest) -> None:
    """The workflow ends where it stands: what comes finds none, as when Temporal's database is lost."""
    handle = client.get_workflow_handle(session_workflow_id(session.session_id))
    await handle.terminate()

    async def ended() -> bool:
        return (await handle.describe()).status is WorkflowExecutionStatus.TERMINATED

    await until(ended, within=120, what="the end of the workflow")


async def _start_floor(client: Client) -> float:
    """Seconds of the least that starts a workflow and has it answer: one call, one row."""
    key = str(uuid4())
    start = WithStartWorkflowOperation(
        Floor.run,
        id=f"floor/{key}",
        task_queue=FLOOR_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    started = time.perf_counter()
    await client.execute_update_with_start_workflow(
        Floor.insert_locally, key, start_workflow_operation=start, id=key
    )
    seconds = time.perf_counter() - started
    await (await start.workflow_handle()).terminate()
    return seconds
