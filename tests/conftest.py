"""Real servers for the tests that ask for them: one PostgreSQL and one Temporal a run, made for it and deleted."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import httpx
import pytest
import structlog

from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.migrate import upgrade_head
from infra.simulators.connectwise.server import SimulatorServer
from infra.stack.ports import free_port
from infra.stack.postgres import EmbeddedPostgres, PostgresPasswords
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.production_temporal.running import running_production_temporal
from tests.support.application import Application, running_application, test_settings
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant

# Plain lines: the default draws every exception with all local variables, which takes seconds.
structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)


class TemporalServer(Protocol):
    """What tests know of it: where to connect."""

    @property
    def address(self) -> str: ...


_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """A folder of its own for each run: runs that share one take each other's right to pass through it away."""
    folder = Path(tempfile.mkdtemp(prefix="resolutionflow-tests-"))
    config.stash[_FOLDER] = folder
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What a failed run has left, logs of its servers too, is kept to be looked at."""
    if exitstatus == 0:
        session.config.add_cleanup(lambda: shutil.rmtree(session.config.stash[_FOLDER], ignore_errors=True))


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
async def postgres(server_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL of this run alone; tests can never reach another database."""
    server = EmbeddedPostgres(
        server_folder / "postgres",
        free_port(),
        PostgresPasswords("superuser-of-a-test", "owner-of-a-test", "app-of-a-test"),
        log_path=server_folder / "postgres.log",
        durable=False,
    )
    await server.start()
    await upgrade_head(server.admin_url(), server.app_url())
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def temporal(server_folder: Path) -> AsyncIterator[TemporalServer]:
    """The dev server; that of production with TEST_TEMPORAL=production."""
    if os.environ.get("TEST_TEMPORAL") == "production":
        async with running_production_temporal(server_folder / "production-temporal") as production:
            os.environ["TEMPORAL_ADDRESS"] = production.address
            yield production
        return
    server = EmbeddedTemporal(
        await find_temporal(print),
        server_folder / "temporal",
        free_port(),
        ui_port=None,
        log_path=server_folder / "temporal.log",
    )
    await server.start()
    os.environ["TEMPORAL_ADDRESS"] = server.address
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def settings(postgres: EmbeddedPostgres) -> Settings:
    return test_settings(postgres.app_url(), postgres.admin_url())


@pytest.fixture(scope="session")
def pilot() -> DirectedPilot:
    return DirectedPilot()


@pytest.fixture(scope="session")
async def application(
    settings: Settings, temporal: TemporalServer, pilot: DirectedPilot
) -> AsyncIterator[Application]:
    """The application most tests share. Each test works in an account of its own."""
    async with running_application(settings, temporal.address, pilot) as running:
        yield running


@pytest.fixture
async def psa() -> AsyncIterator[SimulatorServer]:
    """A ConnectWise of this test alone."""
    async with SimulatorServer() as server:
        yield server


@pytest.fixture
async def tenant(application: Application, psa: SimulatorServer) -> Tenant:
    """A new account with the simulator connected."""
    return await application.tenant(psa_host=psa.url)


@pytest.fixture
async def engineer(application: Application, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """An engineer of the account, signed in."""
    async with application.sign_in(tenant) as client:
        yield client


@pytest.fixture
async def viewer(application: Application, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with application.sign_in(tenant, AccountRole.VIEWER) as client:
        yield client
