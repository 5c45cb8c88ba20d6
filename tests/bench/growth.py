"""A session of five hundred turns: what its last ones cost beside its first."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass

import asyncpg
from temporalio.client import Client

from tests.bench.measure import SessionUnderTest, TurnWatch, start_session
from tests.bench.pilot import GROWING
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.tenants import make_tenant
from workflows.troubleshooting_session.messages import session_workflow_id

TURNS = int(os.environ.get("BENCH_TURNS", "500"))
FIRST_WINDOW = slice(4, 25)
"""The very first turns warm up; after them the session is still as good as empty."""
LAST_WINDOW = slice(-21, None)
GOAL = 1.2


@dataclass(frozen=True)
class Turn:
    """One turn. `kilobytes` is None when the workflow went on in a new run, whose history begins anew."""

    seconds: float
    kilobytes: float | None


async def measure_growth(report: Report, bench: Bench, repeats: int) -> None:
    """Every turn asks what was not asked before, so that conversation, lane and facts grow all the time."""
    tenant = await make_tenant(bench.database, bench.settings)
    async with bench.sign_in(tenant) as http:
        session_id = await start_session(http, f"{GROWING}: Outlook keeps asking for a password")
    session = SessionUnderTest(
        bench.client, bench.database, bench.settings, tenant.account_id, session_id, tenant.user_id()
    )
    await session.idle()
    listener = await asyncpg.connect(bench.postgres.app_url().replace("+asyncpg", ""))
    watch = TurnWatch(listener, session_id)
    await watch.start()
    turns = [await _turn(bench.client, session, watch, number) for number in range(TURNS)]
    await listener.close()
    first, last = turns[FIRST_WINDOW], turns[LAST_WINDOW]
    early, late = (statistics.median(turn.seconds * 1000 for turn in window) for window in (first, last))
    report.add(_figure("platform time", early, late, "ms"))
    early, late = (
        statistics.median(turn.kilobytes for turn in window if turn.kilobytes is not None)
        for window in (first, last)
    )
    report.add(_figure("history", early, late, "kB"))


def _figure(what: str, early: float, late: float, unit: str) -> Figure:
    return Figure(f"turn {TURNS} / turn 1, {what} ({early:.1f} → {late:.1f} {unit})", late / early, GOAL, "×")


async def _turn(client: Client, session: SessionUnderTest, watch: TurnWatch, number: int) -> Turn:
    run, size = await _history(client, session)
    started = time.perf_counter()
    await session.say(
        f"Machine {number} shows the prompt again after the restart, the event log has nothing new."
    )
    await watch.notices(3)  # message stored, reply begun, reply stored
    seconds = time.perf_counter() - started
    await session.idle()
    run_after, size_after = await _history(client, session)
    return Turn(seconds, (size_after - size) / 1024 if run_after == run else None)


async def _history(client: Client, session: SessionUnderTest) -> tuple[str | None, int]:
    described = await client.get_workflow_handle(session_workflow_id(session.session_id)).describe()
    return described.run_id, described.raw_description.workflow_execution_info.history_size_bytes
