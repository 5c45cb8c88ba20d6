"""Workers of two builds side by side: sessions stay with the build that began them, and none is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.vocabulary import MessageRole
from infra.temporal.deployment import DeploymentKeeper
from infra.temporal.search_attributes import register_search_attributes
from infra.worker import WorkerResources
from tests.support.application import Application, converter_of_tests, running_worker
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant
from tests.support.waiting import until
from tests.workflows import histories
from tests.workflows.conftest import Sessions
from tests.workflows.worked_session import WorkedSession
from workflows.search_attributes import ALL_KEYS
from workflows.task_queues import SESSIONS

OLD, NEW = "2026.11.1", "2026.11.2"


@pytest.fixture
async def build_sessions(
    application: Application, desk: Tenant, pilot: DirectedPilot, second_temporal: Client
) -> AsyncIterator[Sessions]:
    """Sessions in a namespace of their own: what is current there is nobody else's business."""
    namespace = f"builds-{uuid4().hex[:12]}"
    kept = Duration()
    kept.FromTimedelta(timedelta(days=1))
    await second_temporal.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=namespace, workflow_execution_retention_period=kept)
    )
    client = await Client.connect(
        second_temporal.service_client.config.target_host,
        namespace=namespace,
        data_converter=converter_of_tests(),
    )

    async def known() -> bool:
        try:
            await register_search_attributes(client, [key.name for key in ALL_KEYS])
        except RPCError:
            return False
        return True

    await until(known, what="the namespace")
    sessions = Sessions(application, desk, pilot, client)
    yield sessions
    for session in sessions.made:
        for history in (await histories.histories_of(session)).values():
            await histories.replay(history)


@pytest.mark.timeout(300)
async def test_an_old_worker_finishes_old_sessions_and_a_new_one_takes_the_new(
    build_sessions: Sessions,
) -> None:
    client = build_sessions.temporal

    def worker(build: str | None) -> AbstractAsyncContextManager[WorkerResources]:
        return running_worker(client, build_sessions.application.settings, build_sessions.pilot, build=build)

    def keeper(build: str | None) -> DeploymentKeeper:
        return DeploymentKeeper(client, build, SESSIONS)

    async with AsyncExitStack() as new_workers:
        async with worker(OLD):
            patient = keeper(OLD)
            await until(patient.take_over, what="the first build in charge")
            old, lost, long, left = [await build_sessions.start("One.", "Two.", "Three.") for _ in range(4)]

            await new_workers.enter_async_context(worker(NEW))
            await until(keeper(NEW).take_over, what="the new build in charge")
            assert await patient.take_over(), "content: the newer build is in charge and is served"
            new = await _taken_by_the_new(build_sessions)
            await old.say("still there?")
            assert await _builds(old) == {OLD}
            assert await patient.hand_over() == 0, "whose worker lives stays"

            await lost.handle.terminate("lost")
            await lost.add_fact("Any command brings it back")
            assert await _builds(lost) == {NEW}, "started again from its rows"

            while await long.current_run() == long.run_ids[0]:
                await long.say("and on")
            await long.say("in the next run")
            assert await _builds(long) == {NEW}, "continued as new"
            assert (await long.said(MessageRole.PILOT))[:2] == ["One.", "Two."]

        freed = await _freed(keeper(NEW))
        assert freed >= 2, "its worker has said that it ends: nobody serves them any more"
        assert await keeper(NEW).hand_over() == 0, "once"
        await left.say("who answers?")
        await old.say("and here?")
        assert (await left.said(MessageRole.PILOT))[-1] == "Two."
        assert await _builds(left) == {OLD, NEW}

    # A worker that names no build comes after them, as where somebody took the setting back.
    async with worker(None):
        nameless = keeper(None)
        await until(nameless.take_over, what="the worker without a build in charge")
        await nameless.hand_over()
        await new.say("and now?")
        assert len(await new.said(MessageRole.PILOT)) == 2
        await left.say("once more")
        assert (await left.said(MessageRole.PILOT))[-1] == "Three."


async def _taken_by_the_new(sessions: Sessions) -> WorkedSession:
    """A session of the new build. The parts of the server hear one after the other which build is current."""
    in_a_row = 0
    async with asyncio.timeout(90):
        while in_a_row < 4:
            session = await sessions.start()
            in_a_row = in_a_row + 1 if await _builds(session) == {NEW} else 0
    return session


async def _freed(keeper: DeploymentKeeper) -> int:
    """How many sessions were handed over, once the server shows no other: not first when their worker is silent."""
    freed = quiet = 0
    async with asyncio.timeout(45):
        while freed < 2 or quiet < 3:
            more = await keeper.hand_over()
            freed, quiet = freed + more, 0 if more else quiet + 1
            await asyncio.sleep(0.05)
    return freed


async def _builds(session: WorkedSession) -> set[str]:
    """The builds that worked on the session's present run."""
    history = await session.handle.fetch_history()
    done = [event.workflow_task_completed_event_attributes for event in history.events]
    return {one.deployment_version.build_id for one in done if one.deployment_version.build_id}
