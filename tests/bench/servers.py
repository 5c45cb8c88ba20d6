"""The servers under measurement: PostgreSQL and Temporal as in production, worker and API each in a process."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
from temporalio.client import Client

from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.database.migrate import upgrade_head
from infra.stack.ports import free_port
from infra.stack.postgres import EmbeddedPostgres, PostgresPasswords
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.support.application import TEST_KEY, converter_of_tests, test_settings
from tests.support.tenants import PASSWORD, Tenant
from tests.support.waiting import until


class ServedProcess:
    """A Python module of ours that serves until it is told to end, and can be put anew."""

    def __init__(self, module: str, environment: dict[str, str]) -> None:
        self._module = module
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self._module} has not been started")
        return self._process.pid

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, env={**os.environ, **self._environment}
        )

    async def stop(self) -> None:
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()
        self._process = None

    async def restart(self) -> None:
        """A process that has done nothing yet: its memory is its own."""
        await self.stop()
        await self.start()


@dataclass
class Bench:
    """What a measurement works with. The servers are shared by all of one run; each takes accounts of its own."""

    postgres: EmbeddedPostgres
    temporal: EmbeddedTemporal
    settings: Settings
    database: Database
    client: Client
    url: str
    worker: ServedProcess
    api: ServedProcess

    def pids(self) -> dict[str, int]:
        """The oldest process of each family."""
        return {
            "worker": self.worker.pid,
            "API": self.api.pid,
            "Temporal": self.temporal.pid,
            "PostgreSQL": self.postgres.pid,
        }

    @asynccontextmanager
    async def sign_in(self, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the account's engineer."""
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", timeout=60) as http:
            login = await http.post(
                "/auth/login", json={"email": tenant.email(AccountRole.ENGINEER), "password": PASSWORD}
            )
            login.raise_for_status()
            http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
            yield http


@asynccontextmanager
async def running_bench() -> AsyncIterator[Bench]:
    """Everything, on free ports and temporary data."""
    with tempfile.TemporaryDirectory(prefix="resolutionflow-bench-") as name:
        async with _servers(Path(name)) as (postgres, temporal):
            await upgrade_head(postgres.admin_url(), postgres.app_url())
            await _add_floor(postgres)
            os.environ["TEMPORAL_ADDRESS"] = temporal.address
            port = free_port()
            environment = {
                "DATABASE_URL": postgres.app_url(),
                "DATABASE_ADMIN_URL": postgres.admin_url(),
                "TEMPORAL_ADDRESS": temporal.address,
                "RESOLUTIONFLOW_SECRET_KEYS": TEST_KEY.get_secret_value(),
                "RESOLUTIONFLOW_LOG_LEVEL": "warning",
                "RESOLUTIONFLOW_ALLOW_PRIVATE_PSA": "1",
                "RESOLUTIONFLOW_PORT": str(port),
                "RESOLUTIONFLOW_LIMIT_TURNS": "100000/minute",
                "RESOLUTIONFLOW_STATE_DIR": name,
            }
            settings = test_settings(postgres.app_url(), postgres.admin_url())
            database = Database(postgres.app_url(), postgres.admin_url())
            client = await Client.connect(temporal.address, data_converter=converter_of_tests())
            url = f"http://127.0.0.1:{port}"
            worker = ServedProcess("tests.bench.worker", environment)
            api = ServedProcess("tests.bench.api", environment)
            try:
                async with AsyncExitStack() as stack:
                    for process in (worker, api):
                        await process.start()
                        stack.push_async_callback(process.stop)
                    await until(lambda: _answers(url), within=120, what="the API")
                    yield Bench(postgres, temporal, settings, database, client, url, worker, api)
            finally:
                await database.aclose()


@asynccontextmanager
async def _servers(folder: Path) -> AsyncIterator[tuple[EmbeddedPostgres, EmbeddedTemporal]]:
    """PostgreSQL as safe as in production (fsync on), and Temporal as the embedded stack runs it."""
    postgres = EmbeddedPostgres(
        folder / "postgres",
        free_port(),
        PostgresPasswords("superuser-of-bench", "owner-of-bench", "app-of-bench"),
        log_path=folder / "postgres.log",
    )
    temporal = EmbeddedTemporal(
        await find_temporal(lambda line: print(line)),  # noqa: T201
        folder / "temporal",
        free_port(),
        ui_port=None,
        log_path=folder / "temporal.log",
    )
    await postgres.start()
    try:
        await temporal.start()
        try:
            yield postgres, temporal
        finally:
            await temporal.stop()
    finally:
        await postgres.stop()


async def _add_floor(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.admin_url().replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE bench_floor (id uuid PRIMARY KEY)")
    await connection.execute("GRANT INSERT ON bench_floor TO resolutionflow_app")
    await connection.close()


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{url}/healthz")).status_code == 200
    except httpx.TransportError:
        return False
