"""Run all measurements on servers of their own and print them against their goals."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import platform
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import structlog
from temporalio.client import Client

from infra.database.connection import Database
from infra.database.migrate import upgrade_head
from infra.stack.ports import free_port
from infra.stack.postgres import EmbeddedPostgres, PostgresPasswords
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from infra.temporal.client import data_converter
from tests.bench.measure import (
    SessionUnderTest,
    Times,
    TurnWatch,
    floor_times,
    history_size,
    start_floor,
    start_session,
    timed,
)
from tests.bench.report import Figure, Report
from tests.bench.start_up import cold_and_warm_start
from tests.support.application import TEST_KEY, running_api, test_settings
from tests.support.tenants import PASSWORD, make_tenant
from tests.support.waiting import until

REPEATS = int(os.environ.get("BENCH_REPEATS", "100"))
RESULTS = Path(__file__).parent / "results"


@asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[tuple[EmbeddedPostgres, EmbeddedTemporal]]:
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


@asynccontextmanager
async def worker_process(environment: dict[str, str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.worker", env={**os.environ, **environment}
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def measure(report: Report) -> None:
    with tempfile.TemporaryDirectory(prefix="resolutionflow-bench-") as name:
        folder = Path(name)
        async with servers(folder) as (postgres, temporal):
            await upgrade_head(postgres.admin_url(), postgres.app_url())
            connection = await asyncpg.connect(postgres.admin_url().replace("+asyncpg", ""))
            await connection.execute("CREATE TABLE bench_floor (id uuid PRIMARY KEY)")
            await connection.execute("GRANT INSERT ON bench_floor TO resolutionflow_app")
            os.environ["TEMPORAL_ADDRESS"] = temporal.address
            environment = {
                "DATABASE_URL": postgres.app_url(),
                "TEMPORAL_ADDRESS": temporal.address,
                "RESOLUTIONFLOW_SECRET_KEYS": TEST_KEY.get_secret_value(),
                "RESOLUTIONFLOW_LOG_LEVEL": "warning",
            }
            settings = test_settings(postgres.app_url(), postgres.admin_url())
            async with worker_process(environment), running_api(settings) as url:
                await measure_running(report, postgres, temporal, url)
            await connection.close()


async def measure_running(
    report: Report, postgres: EmbeddedPostgres, temporal: EmbeddedTemporal, url: str
) -> None:
    settings = test_settings(postgres.app_url(), postgres.admin_url())
    database = Database(postgres.app_url(), postgres.admin_url())
    tenant = await make_tenant(database, settings)
    client = await Client.connect(temporal.address, data_converter=data_converter())
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as http:
        login = await http.post("/auth/login", json={"email": tenant.email(), "password": PASSWORD})
        http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        session_id = await start_session(http, "Outlook keeps asking for a password since this morning")
        listener = await asyncpg.connect(postgres.app_url().replace("+asyncpg", ""))
        watch = TurnWatch(listener, session_id)
        session = SessionUnderTest(client, settings, tenant.account_id, session_id, tenant.user_id())
        await until(lambda: _idle(http, session_id), what="the first reply")
        await watch.start()

        floor = await start_floor(client)
        insert_locally = await floor_times(floor, "insert_locally")
        insert_in_activity = await floor_times(floor, "insert_in_activity")

        async def turn() -> None:
            await session.say()
            await watch.notices(3)  # message stored, reply begun, reply stored

        async def answered() -> None:
            await watch.notices(3)
            await session.idle()

        acknowledged: list[float] = []
        turns: list[float] = []
        floor_message: list[float] = []
        floor_turn: list[float] = []
        events_before, bytes_before = await history_size(client, session_id)
        # Interleaved, so that a noisy moment of the machine hits all of them alike.
        rounds = 10
        for number in range(rounds):
            warm_up = 5 if number == 0 else 1
            each = max(2, REPEATS // rounds)
            floor_turn += await timed(insert_in_activity, each, warm_up)
            turns += await timed(turn, each, warm_up, between=session.idle)
            floor_message += await timed(insert_locally, each, warm_up)
            acknowledged += await timed(session.say, each, between=answered)
        said = 2 * rounds * max(2, REPEATS // rounds) + 5 + (rounds - 1)
        events_after, bytes_after = await history_size(client, session_id)

        posted = await timed(lambda: _post(http, session_id), max(20, REPEATS // 2), between=answered)
        await listener.close()

    floor_turn_times, turn_times = Times.of(floor_turn), Times.of(turns)
    floor_message_times, message_times = Times.of(floor_message), Times.of(acknowledged)
    report.add_times("floor: update + activity that inserts one row", floor_turn_times)
    report.add_times("turn with a zero-time model, until the reply is stored", turn_times)
    report.add_times("floor: bare update that inserts one row", floor_message_times)
    report.add_times("message acknowledged", message_times)
    report.add_times("message acknowledged through the API (HTTP 202)", Times.of(posted))
    report.add(Figure("turn / floor (p50)", turn_times.p50 / floor_turn_times.p50, 2.0, "×"))
    report.add(Figure("message / bare update (p95)", message_times.p95 / floor_message_times.p95, 1.5, "×"))
    report.add(Figure("history events a turn", (events_after - events_before) / said, 20, "events"))
    report.add(Figure("history kilobytes a turn", (bytes_after - bytes_before) / said / 1024, 8, "kB"))
    await database.aclose()


async def _post(http: httpx.AsyncClient, session_id: UUID) -> None:
    answer = await http.post(
        f"/ai-sessions/{session_id}/messages", json={"text": "And after a restart as well."}
    )
    answer.raise_for_status()


async def _idle(http: httpx.AsyncClient, session_id: UUID) -> bool:
    body = (await http.get(f"/ai-sessions/{session_id}")).json()
    return any(message["role"] == "pilot" for message in body["messages"])


def save(report: Report) -> str:
    """Keep the figures beside earlier ones; answers the file's name."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{report.at:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return path.name


async def main() -> None:
    # The API runs in this process: its line per request would be measured, and would bury the table.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report = Report(
        machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}", at=datetime.now(UTC)
    )
    await measure(report)
    if "--no-start-up" not in sys.argv:
        await cold_and_warm_start(report)
    sys.stdout.write(report.table() + "\n")
    sys.stdout.write(f"saved as {save(report)}\n")


if __name__ == "__main__":
    asyncio.run(main())
