"""Sessions for these tests. Whatever a test did to one, its history must replay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from infra.simulators.connectwise.server import SimulatorServer
from infra.stack.ports import free_port
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.support.application import Application, converter_of_tests
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant
from tests.workflows import histories
from tests.workflows.quick_retries import quicken
from tests.workflows.ticket_on_psa import BOARD_STATUSES, TICKET, Ticket
from tests.workflows.worked_session import WorkedSession, ticket

__all__ = ["BOARD_STATUSES", "TICKET", "Sessions"]

SUGGEST_CONTINUE_AFTER = 60
"""Events after which the second server suggests a new run: a few messages instead of thousands."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-histories",
        action="store_true",
        default=False,
        help="store the histories of tests marked history(name) for the replay test",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "history(name): the history of this test is one of the stored ones")


class Sessions:
    """Makes the sessions of one test, on one Temporal server."""

    def __init__(
        self, application: Application, tenant: Tenant, pilot: DirectedPilot, temporal: Client
    ) -> None:
        self.application = application
        self.tenant = tenant
        self.pilot = pilot
        self.temporal = temporal
        self.made: list[WorkedSession] = []

    def new(self, **input_changes: Any) -> WorkedSession:
        """A session that nobody has opened yet."""
        session = WorkedSession(self.temporal, self.application.database, self.tenant, **input_changes)
        self.made.append(session)
        return session

    async def start(
        self,
        *answers: object,
        notes: tuple[object, ...] = (),
        ticket_id: str | None = None,
        settle: bool = True,
        **input_changes: Any,
    ) -> WorkedSession:
        """An open session whose pilot gives these answers (a sentence, when none are named)."""
        session = self.new(**input_changes)
        name = f"case {uuid4().hex[:12]}"
        session.script = self.pilot.direct(name, *(answers or ("I see.",)), notes=notes)
        text = f"{name}: the printer prints nothing"
        if ticket_id is None:
            await session.open(text)
        else:
            await session.open(ticket=ticket(ticket_id, text))
        if settle:
            await session.settled()
        return session


async def _finish(sessions: Sessions, request: pytest.FixtureRequest) -> None:
    """Replay what happened; with --record-histories also keep it, when the test is marked for it."""
    marker = request.node.get_closest_marker("history")
    keep = request.config.getoption("--record-histories", default=False) and marker is not None
    for position, session in enumerate(sessions.made):
        for suffix, history in (await histories.histories_of(session)).items():
            await histories.replay(history)
            if keep and position == 0:
                assert marker is not None
                await histories.store(f"{marker.args[0]}{suffix}", history)


@pytest.fixture(scope="session")
async def desk(application: Application) -> Tenant:
    """The account of the tests that need no ticket."""
    return await application.tenant(with_flows=False)


@pytest.fixture
async def sessions(
    application: Application, desk: Tenant, pilot: DirectedPilot, request: pytest.FixtureRequest
) -> AsyncIterator[Sessions]:
    """Sessions without a ticketing system."""
    made = Sessions(application, desk, pilot, application.temporal)
    yield made
    await _finish(made, request)


@pytest.fixture
async def ticket_sessions(
    application: Application, tenant: Tenant, pilot: DirectedPilot, request: pytest.FixtureRequest
) -> AsyncIterator[Sessions]:
    """Sessions of an account whose ticketing system is the simulator `psa` of this test."""
    made = Sessions(application, tenant, pilot, application.temporal)
    yield made
    await _finish(made, request)


@pytest.fixture
def on_psa(psa: SimulatorServer) -> Ticket:
    """The ticket in the simulator of this test."""
    return Ticket(psa)


@pytest.fixture(scope="session")
async def second_temporal(server_folder: Path) -> AsyncIterator[Client]:
    """A server that no worker polls unless a test starts one, and that soon suggests to continue as new."""
    server = EmbeddedTemporal(
        await find_temporal(print),
        server_folder / "second-temporal",
        free_port(),
        ui_port=None,
        log_path=server_folder / "second-temporal.log",
        dynamic_config={"limit.historyCount.suggestContinueAsNew": SUGGEST_CONTINUE_AFTER},
    )
    await server.start()
    yield await Client.connect(server.address, data_converter=converter_of_tests())
    await server.stop()


@pytest.fixture
async def second_sessions(
    application: Application,
    tenant: Tenant,
    pilot: DirectedPilot,
    second_temporal: Client,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Sessions]:
    """Sessions on the second server; the test starts the worker."""
    made = Sessions(application, tenant, pilot, second_temporal)
    yield made
    await _finish(made, request)


def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The retries of the product, without the waiting between them."""
    quicken(monkeypatch.setattr)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)
