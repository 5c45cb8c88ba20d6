"""A run of a workflow may take so many updates and grow so large; a session goes on in the next run before that."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from domain.vocabulary import MessageRole, TurnState
from infra.config import Settings
from infra.database.models import Fact
from infra.stack.ports import free_port
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.support.application import Application, converter_of_tests, running_api, running_worker
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.tenants import PASSWORD, Tenant
from workflows.troubleshooting_session.messages import session_workflow_id

UPDATES_IN_A_RUN = 40
"""The server suggests a new run at nine tenths of them, and refuses what comes after the last."""
SUGGESTED_SIZE = 60_000
LARGEST_RUN = 3 * SUGGESTED_SIZE
"""A run takes what comes until no command is under way any more; everything in one run would be twice as large."""
WRITERS, FACTS_EACH = 6, 18


@asynccontextmanager
async def _engineer(
    application: Application,
    tenant: Tenant,
    settings: Settings,
    pilot: DirectedPilot,
    folder: Path,
    limit: dict[str, bool | int | str],
) -> AsyncIterator[tuple[httpx.AsyncClient, Client]]:
    """An engineer of an application whose Temporal server has this limit."""
    server = EmbeddedTemporal(
        await find_temporal(print),
        folder / "temporal",
        free_port(),
        ui_port=None,
        log_path=folder / "temporal.log",
        dynamic_config=limit,
    )
    await server.start()
    try:
        temporal = await Client.connect(server.address, data_converter=converter_of_tests())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TEMPORAL_ADDRESS", server.address)
            async with (
                running_worker(temporal, settings, pilot),
                running_api(settings) as url,
                httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as http,
            ):
                answer = await http.post("/auth/login", json={"email": tenant.email(), "password": PASSWORD})
                http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
                yield http, temporal
    finally:
        await server.stop()


async def _until_taken(http: httpx.AsyncClient, path: str, text: str) -> None:
    """As every client does: what is answered with 503 is sent again under its key."""
    headers = {"Idempotency-Key": str(uuid4())}
    async with asyncio.timeout(60):
        while (answer := await http.post(path, json={"text": text}, headers=headers)).status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
        assert answer.is_success, answer.text


async def _runs(temporal: Client, session_id: str) -> list[list[HistoryEvent]]:
    """The events of every run of the session's workflow."""
    workflow_id = session_workflow_id(UUID(session_id))
    found = [run async for run in temporal.list_workflows(f'WorkflowId = "{workflow_id}"')]
    return [
        [
            event
            async for event in temporal.get_workflow_handle(
                workflow_id, run_id=run.run_id
            ).fetch_history_events()
        ]
        for run in found
    ]


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param({"history.maxTotalUpdates": UPDATES_IN_A_RUN}, id="updates"),
        pytest.param({"limit.historySize.suggestContinueAsNew": SUGGESTED_SIZE}, id="size"),
    ],
)
async def test_a_busy_session_goes_on_in_new_runs_before_temporal_refuses(
    application: Application,
    settings: Settings,
    pilot: DirectedPilot,
    tmp_path: Path,
    limit: dict[str, bool | int | str],
) -> None:
    tenant = await application.tenant()
    async with _engineer(application, tenant, settings, pilot, tmp_path, limit) as (http, temporal):
        name = f"case {uuid4().hex[:12]}"
        pilot.direct(name, "I see.")
        journey = await Journey.start(http, text=f"{name}: the printer prints nothing")

        async def write(writer: int) -> None:
            for number in range(FACTS_EACH):
                await _until_taken(http, journey.path("/facts"), f"{writer}/{number}")
                if number % 10 == writer:
                    await _until_taken(http, journey.path("/messages"), f"message {writer}/{number}")

        await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
        detail = await journey.settled()
        runs = await _runs(temporal, journey.id)

    async with application.database.tenant(tenant.account_id) as db:
        facts = (
            await db.scalars(select(Fact.text).where(Fact.session_id == UUID(journey.id)).order_by(Fact.seq))
        ).all()
    assert Counter(facts) == Counter(
        f"{writer}/{number}" for writer in range(WRITERS) for number in range(FACTS_EACH)
    ), "each once"
    for writer in range(WRITERS):
        mine = [fact for fact in facts if fact.startswith(f"{writer}/")]
        assert mine == [f"{writer}/{number}" for number in range(FACTS_EACH)], "in the order of their writer"
    said = [one["text"] for one in detail["messages"] if one["role"] == MessageRole.ENGINEER]
    assert (
        len(said[1:])
        == len(set(said[1:]))
        == sum(number % 10 == writer for writer in range(WRITERS) for number in range(FACTS_EACH))
    )
    assert {one["turn_state"] for one in detail["messages"]} == {TurnState.DONE}
    assert len(runs) > 2
    accepted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    if "history.maxTotalUpdates" in limit:
        taken = [sum(event.event_type == accepted for event in run) for run in runs]
        assert max(taken) <= UPDATES_IN_A_RUN, taken
    else:
        sizes = [sum(event.ByteSize() for event in run) for run in runs]
        assert max(sizes) < LARGEST_RUN < sum(sizes), sizes
