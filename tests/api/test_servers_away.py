"""The API while PostgreSQL or Temporal is away: it runs, says what is missing, and recovers by itself."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from temporalio.client import Client

from api.session_gateway import SessionGateway
from infra.config import Settings
from infra.database.connection import Database
from infra.database.migrate import upgrade_head
from infra.database.models import Session, ShareLink
from infra.stack.ports import free_port
from infra.stack.postgres import EmbeddedPostgres, PostgresPasswords
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.support.application import Application, converter_of_tests, running_api, running_worker
from tests.support.application import test_settings as settings_of_a_test
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.rows import session_row, store
from tests.support.tenants import PASSWORD, Tenant, make_tenant
from tests.support.waiting import until


async def readiness(client: httpx.AsyncClient) -> tuple[int, list[str]]:
    answer = await client.get("/readyz")
    return answer.status_code, list(answer.json()["down"])


async def sign_in(client: httpx.AsyncClient, tenant: Tenant) -> httpx.Response:
    return await client.post("/api/v1/auth/login", json={"email": tenant.email(), "password": PASSWORD})


async def until_ready(client: httpx.AsyncClient) -> None:
    async def ready() -> bool:
        return (await client.get("/readyz")).status_code == 200

    await until(ready, what="readiness")


async def test_an_api_that_starts_before_postgres_says_so_and_serves_once_it_is_there(
    tmp_path: Path, application: Application
) -> None:
    late = EmbeddedPostgres(
        tmp_path / "postgres",
        free_port(),
        PostgresPasswords("superuser", "owner", "app"),
        log_path=tmp_path / "postgres.log",
    )
    settings = settings_of_a_test(late.app_url(), late.admin_url())
    async with running_api(settings) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert await readiness(client) == (503, ["postgres"])
        refused = await client.post("/api/v1/auth/login", json={"email": "a@b.example", "password": "x"})
        assert_problem(refused, 503, "database_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        assert refused.headers["x-content-type-options"] == "nosniff"
        try:
            await late.start()
            await upgrade_head(late.admin_url(), late.app_url())
            database = Database(late.app_url(), late.admin_url(), pool_size=2)
            tenant = await make_tenant(database, settings, with_flows=False)
            await database.aclose()
            await until_ready(client)
            assert (await sign_in(client, tenant)).status_code == 200

            await late.stop()
            assert await readiness(client) == (503, ["postgres"])
            assert_problem(await sign_in(client, tenant), 503, "database_unavailable")
            await late.start()
            await until_ready(client)
            signed_in = await sign_in(client, tenant)
            assert signed_in.status_code == 200, "connections that died are replaced"

            await links_through_a_restart(client, late, tenant, settings)
        finally:
            await late.stop()


async def test_an_api_that_starts_before_temporal_says_so_and_serves_once_it_is_there(
    tmp_path: Path,
    settings: Settings,
    application: Application,
    pilot: DirectedPilot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = EmbeddedTemporal(
        await find_temporal(lambda _: None),
        tmp_path / "temporal",
        free_port(),
        ui_port=None,
        log_path=tmp_path / "temporal.log",
    )
    monkeypatch.setenv("TEMPORAL_ADDRESS", late.address)
    tenant = await application.tenant()
    key = {"Idempotency-Key": f"late-{uuid4()}"}
    start: dict[str, Any] = {"json": {"text": "The user account is locked out"}, "headers": key}
    async with running_api(settings) as url, signed_in(url, tenant) as client:
        assert await readiness(client) == (503, ["temporal"])
        refused = await client.post("/api/v1/ai-sessions", **start)
        assert_problem(refused, 503, "temporal_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        assert await sessions_of(application, tenant) == 0, "nothing is half-written"
        assert (await client.get("/api/v1/ai-sessions")).json()["items"] == [], "reading needs no Temporal"
        try:
            await late.start()
            await until_ready(client)
            defaults = SessionGateway.send.__kwdefaults__
            assert defaults is not None
            monkeypatch.setitem(defaults, "answer_within", 1.0)
            no_worker = await client.post("/api/v1/ai-sessions", **start)
            assert "same Idempotency-Key" in assert_problem(no_worker, 503, "still_processing")["detail"]
            monkeypatch.undo()
            temporal = await Client.connect(late.address, data_converter=converter_of_tests())
            async with running_worker(temporal, settings, pilot):
                answer = await client.post("/api/v1/ai-sessions", **start)
                assert answer.status_code == 201, answer.text
                api = httpx.AsyncClient(base_url=f"{url}/api/v1", headers=client.headers)
                body = await Journey(api, answer.json()).settled()
                assert body["messages"][-1]["role"] == "pilot"
                await api.aclose()
            assert await sessions_of(application, tenant) == 1

            await late.stop()
            assert await readiness(client) == (503, ["temporal"])
        finally:
            await late.stop()


async def links_through_a_restart(
    client: httpx.AsyncClient, server: EmbeddedPostgres, tenant: Tenant, settings: Settings
) -> None:
    """Writes that are under way when the server dies and comes back: done once each, told or reported."""
    assert settings.database_url is not None
    assert settings.database_admin_url is not None
    database = Database(
        settings.database_url.get_secret_value(), settings.database_admin_url.get_secret_value(), pool_size=2
    )
    session = session_row(tenant, 0, "Printer")
    await store(database, session)
    token = (await sign_in(client, tenant)).json()["access_token"]
    stop = asyncio.Event()
    made: list[str] = []
    refused: list[str] = []

    async def make(name: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": name}
        while True:
            answer = await client.post(f"/api/v1/ai-sessions/{session.id}/share-links", headers=headers)
            if answer.status_code == 201:
                made.append(answer.json()["id"])
                return
            assert_problem(answer, 503, "database_unavailable")
            refused.append(name)
            await asyncio.sleep(0.05)

    async def work(engineer: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await make(f"restart-{engineer}-{number}")

    working = [asyncio.create_task(work(engineer)) for engineer in range(4)]
    for _ in range(2):
        before = len(made)

        async def going_on(before: int = before) -> bool:
            return len(made) > before + 4

        await until(going_on, what="work")
        os.kill(server.pid, signal.SIGQUIT)
        await server.stop()
        await server.start()
        await until_ready(client)
    stop.set()
    await asyncio.gather(*working)
    assert refused, "some were told to try again"
    async with database.admin() as db:
        stored = [str(one) for one in (await db.execute(sa.select(ShareLink.id))).scalars()]
    assert sorted(stored) == sorted(made), "each exactly once, and none that nobody was told of"
    await database.aclose()


@asynccontextmanager
async def signed_in(url: str, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        answer = await sign_in(client, tenant)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


async def sessions_of(application: Application, tenant: Tenant) -> int:
    async with application.database.admin() as db:
        count = sa.select(sa.func.count()).select_from(Session).where(Session.account_id == tenant.account_id)
        return (await db.execute(count)).scalar_one()
