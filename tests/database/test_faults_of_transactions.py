"""The API on a database that breaks connections, ends transactions and has none to spare: done once, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.vocabulary import AccountRole
from infra.database import connection
from infra.database.connection import Database
from infra.database.faults import is_transient
from infra.stack.postgres import EmbeddedPostgres
from tests.database.conftest import Scratch
from tests.support.application import running_api
from tests.support.application import test_settings as settings_of_a_test
from tests.support.intruder import Intruder, intruder_of
from tests.support.problems import assert_problem
from tests.support.rows import session_row, store
from tests.support.tenants import PASSWORD, Tenant, make_tenant
from tests.support.uploads import send_file

_ACCOUNT = text("SELECT current_setting('app.current_account_id', true)")

SETTINGS = "/integrations/psa/flowpilot-settings"


@dataclass
class Api:
    """The API over a database of this test alone, with one account and one session in it."""

    client: httpx.AsyncClient
    tenant: Tenant
    session_id: UUID
    intruder: Intruder
    state: Path

    async def get_session(self) -> httpx.Response:
        return await self.client.get(f"/ai-sessions/{self.session_id}")

    async def get_messages(self) -> httpx.Response:
        return await self.client.get(f"/ai-sessions/{self.session_id}/messages")

    async def put_settings(self) -> httpx.Response:
        return await self.client.put(SETTINGS, json={"auto_time_entry": True})

    async def share(self, **headers: str) -> httpx.Response:
        return await self.client.post(f"/ai-sessions/{self.session_id}/share-links", headers=headers)

    async def share_with_key(self) -> httpx.Response:
        return await self.share(**{"Idempotency-Key": f"key-{uuid4()}"})

    async def upload(self) -> httpx.Response:
        return await send_file(self.client, b"just some text", "log.txt", **{"Idempotency-Key": "upload"})

    async def login(self, **headers: str) -> httpx.Response:
        body = {"email": self.tenant.email(AccountRole.ADMIN), "password": PASSWORD}
        return await self.client.post("/auth/login", json=body, headers=headers)

    async def login_with_key(self) -> httpx.Response:
        """Some clients send a key with every request; this route does not read it."""
        return await self.login(**{"Idempotency-Key": f"key-{uuid4()}"})

    async def refresh(self) -> httpx.Response:
        return await self.client.post("/auth/refresh")

    async def rows(self, table: str) -> int:
        found = await self.intruder.fetch(f"SELECT count(*) FROM {table}")  # noqa: S608
        assert isinstance(found, int)
        return found


Call = Callable[[Api], Awaitable[httpx.Response]]


@asynccontextmanager
async def slow_to_see_deadlocks(intruder: Intruder, database: str) -> AsyncIterator[None]:
    """A waiting transaction looks only once: time enough for the intruder to close the circle before."""
    await intruder.operate(f"ALTER DATABASE {database} SET deadlock_timeout = '2s'")
    yield


@asynccontextmanager
async def api_on(postgres: EmbeddedPostgres, scratch: Scratch, state: Path) -> AsyncIterator[Api]:
    settings = settings_of_a_test(scratch.app_url, scratch.admin_url, state_dir=state)
    database = Database(scratch.app_url, scratch.admin_url, pool_size=2)
    tenant = await make_tenant(database, settings, with_flows=False)
    session = session_row(tenant, 0, "Printer")
    await store(database, session)
    await database.aclose()
    async with (
        intruder_of(postgres, scratch.name) as intruder,
        slow_to_see_deadlocks(intruder, scratch.name),
        running_api(settings) as url,
        httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as client,
    ):
        api = Api(client, tenant, session.id, intruder, state)
        answer = await api.login()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield api


@pytest.fixture
async def api(postgres: EmbeddedPostgres, migrated: Scratch, tmp_path: Path) -> AsyncIterator[Api]:
    async with api_on(postgres, migrated, tmp_path / "state") as running:
        yield running


def refused(answer: httpx.Response) -> None:
    assert_problem(answer, 503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0


EVERYTHING: tuple[Call, ...] = (
    Api.get_session,
    Api.put_settings,
    Api.share,
    Api.upload,
    Api.login,
    Api.refresh,
)


async def test_connections_that_ended_in_the_pool_are_replaced_without_a_word(api: Api) -> None:
    for call in EVERYTHING:
        await api.intruder.end_all()
        answer = await call(api)
        assert answer.is_success, f"{call.__name__}: {answer.text}"


@dataclass(frozen=True)
class Write:
    """A request, the table that it writes last, and how many rows one of it makes there."""

    call: Call
    table: str
    repeats_itself: bool


WRITES = (
    Write(Api.put_settings, "flowpilot_settings", True),
    Write(Api.share_with_key, "share_links", True),
    Write(Api.share, "share_links", False),
    Write(Api.upload, "uploads", False),
    Write(Api.login, "refresh_tokens", False),
    Write(Api.login_with_key, "refresh_tokens", False),
    Write(Api.refresh, "refresh_tokens", False),
)


async def test_a_write_whose_connection_ends_half_way_is_done_once_or_not_at_all(api: Api) -> None:
    for write in WRITES:
        before = await api.rows(write.table)
        await api.intruder.begin(f"LOCK TABLE {write.table} IN SHARE MODE")
        request = asyncio.ensure_future(write.call(api))
        first = await api.intruder.until_blocked()
        await api.intruder.end(first)
        if write.repeats_itself:
            await api.intruder.until_blocked(but=first)
            await api.intruder.roll_back()
            answer = await request
        else:
            again = asyncio.ensure_future(api.intruder.until_blocked(but=first))
            await asyncio.wait({request, again}, return_when=asyncio.FIRST_COMPLETED)
            assert request.done(), f"{write.call.__name__} is tried a second time"
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
            refused(await request)
            assert await api.rows(write.table) == before, f"{write.call.__name__}: nothing is half-written"
            await api.intruder.roll_back()
            answer = await write.call(api)
        assert answer.is_success, f"{write.call.__name__}: {answer.text}"
        assert await api.rows(write.table) == before + 1, write.call.__name__


async def test_a_read_that_loses_a_deadlock_is_read_again(api: Api) -> None:
    await api.intruder.begin("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
    request = asyncio.ensure_future(api.get_messages())
    await api.intruder.until_blocked()
    await api.intruder.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
    assert not request.done(), "it waits for the tables a second time"
    await api.intruder.commit()
    assert (await request).status_code == 200


async def test_a_write_that_loses_a_deadlock_is_reported_and_leaves_nothing(api: Api) -> None:
    await api.intruder.begin("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
    request = asyncio.ensure_future(api.share())
    await api.intruder.until_blocked()
    await api.intruder.execute("LOCK TABLE share_links IN ACCESS EXCLUSIVE MODE")
    refused(await request)
    await api.intruder.commit()
    assert await api.rows("share_links") == 0
    assert (await api.share()).status_code == 201
    assert await api.rows("share_links") == 1


async def test_a_serialization_failure_is_tried_again_where_that_changes_nothing_and_reported_elsewhere(
    postgres: EmbeddedPostgres, migrated: Scratch, tmp_path: Path
) -> None:
    async with intruder_of(postgres, migrated.name) as operator:
        # So that the product's transactions can fail this way at all.
        await operator.operate(
            f"ALTER DATABASE {migrated.name} SET default_transaction_isolation = 'repeatable read'"
        )
    async with api_on(postgres, migrated, tmp_path / "state") as api:
        assert (await api.put_settings()).status_code == 200
        await api.intruder.begin("UPDATE flowpilot_settings SET auto_time_entry = false")
        request = asyncio.ensure_future(api.put_settings())
        await api.intruder.until_blocked()
        await api.intruder.commit()
        answer = await request
        assert answer.status_code == 200, answer.text
        assert answer.json()["auto_time_entry"] is True

        tokens = await api.rows("refresh_tokens")
        await api.intruder.begin("UPDATE refresh_tokens SET created_at = created_at")
        request = asyncio.ensure_future(api.refresh())
        await api.intruder.until_blocked()
        await api.intruder.commit()
        refused(await request)
        assert await api.rows("refresh_tokens") == tokens
        assert (await api.refresh()).status_code == 200, "the cookie was not spent"


async def test_while_every_connection_is_in_use_others_are_told_so_and_nothing_is_lost(
    postgres: EmbeddedPostgres, migrated: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "POOL_WAIT", 0.5)
    async with api_on(postgres, migrated, tmp_path / "state") as api:
        await api.intruder.begin("LOCK TABLE share_links IN ACCESS EXCLUSIVE MODE")
        held = [asyncio.ensure_future(api.share(**{"Idempotency-Key": f"link-{n}"})) for n in range(20)]
        await api.intruder.until_blocked(20)
        refused(await api.get_session())
        refused(await api.share())
        assert (await api.login()).status_code == 200, "signing in has connections of its own"
        await api.intruder.roll_back()
        assert {answer.status_code for answer in await asyncio.gather(*held)} == {201}
        assert await api.rows("share_links") == 20
        assert (await api.get_session()).status_code == 200


async def test_nobody_waits_for_a_lock_or_a_statement_for_ever(
    postgres: EmbeddedPostgres, migrated: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("lock_timeout", "statement_timeout"):
        monkeypatch.setattr(connection, "TIMEOUTS", connection.TIMEOUTS | {limit: "300ms"})
        async with api_on(postgres, migrated, tmp_path / limit) as api:
            before = await api.rows("flowpilot_settings")
            await api.intruder.begin("LOCK TABLE flowpilot_settings IN SHARE MODE")
            refused(await api.put_settings())
            assert await api.rows("flowpilot_settings") == before
            await api.intruder.roll_back()
            assert (await api.put_settings()).status_code == 200
        monkeypatch.undo()


async def test_a_server_that_has_no_connection_left_is_an_outage_and_not_a_defect(
    api: Api, migrated: Scratch
) -> None:
    await api.intruder.operate(f"ALTER DATABASE {migrated.name} CONNECTION LIMIT 0")
    await api.intruder.end_all()
    refused(await api.get_session())
    refused(await api.login())
    refused(await api.put_settings())
    await api.intruder.operate(f"ALTER DATABASE {migrated.name} CONNECTION LIMIT -1")
    assert (await api.get_session()).status_code == 200


async def test_after_a_failover_the_old_server_that_takes_no_writes_is_left(
    api: Api, migrated: Scratch
) -> None:
    set_read_only = f"ALTER DATABASE {migrated.name} SET default_transaction_read_only"
    await api.intruder.operate(f"{set_read_only} = on")
    await api.intruder.end_all()
    assert (await api.get_session()).status_code == 200
    refused(await api.share())
    await api.intruder.operate(f"{set_read_only} = off")
    assert (await api.share()).status_code == 201, "the connections to the old server are not used any more"


async def test_plans_from_before_a_migration_cost_no_read(api: Api) -> None:
    for _ in range(3):
        assert (await api.client.get(SETTINGS)).status_code == 200
    await api.intruder.operate(
        "ALTER TABLE flowpilot_settings ALTER COLUMN cw_resolved_status_id TYPE bigint"
    )
    assert (await api.client.get(SETTINGS)).status_code == 200


async def test_a_connection_that_ends_while_it_is_being_set_up_is_replaced_without_a_word(
    migrated: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver raises an error of its own there, which nobody translates."""
    set_up = asyncpg.Connection.set_type_codec
    ends = [asyncpg.InterfaceError("connection is closed")]

    async def end_once(self: Any, *arguments: Any, **options: Any) -> None:
        if ends:
            raise ends.pop()
        await set_up(self, *arguments, **options)

    monkeypatch.setattr(asyncpg.Connection, "set_type_codec", end_once)
    database = Database(migrated.app_url)
    account = uuid4()
    async with database.tenant(account) as db:
        assert (await db.execute(_ACCOUNT)).scalar_one() == str(account)
    assert ends == []
    await database.aclose()


async def test_no_account_is_left_on_a_connection_whatever_ended_its_transaction(migrated: Scratch) -> None:
    database = Database(migrated.app_url, migrated.admin_url, pool_size=1)
    account = uuid4()

    async def fails(db: AsyncSession) -> None:
        await db.execute(text("SELECT 1 / 0"))

    async def gives_up(db: AsyncSession) -> None:
        raise KeyError

    async def takes_too_long(db: AsyncSession) -> None:
        await db.execute(text("SET LOCAL statement_timeout = '50ms'"))
        await db.execute(text("SELECT pg_sleep(30)"))

    async def is_cancelled(db: AsyncSession) -> None:
        async with asyncio.timeout(0.1):
            await db.execute(text("SELECT pg_sleep(30)"))

    async def loses_its_connection(db: AsyncSession) -> None:
        await db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    async with database.tenant(account) as db:
        await db.execute(text("SELECT 1"))
    async with database.without_tenant() as db:
        assert not (await db.execute(_ACCOUNT)).scalar_one(), "after one that ended well"
    for ending in (fails, gives_up, takes_too_long, is_cancelled, loses_its_connection):
        with pytest.raises((DBAPIError, KeyError, TimeoutError)):
            async with database.tenant(account) as db:
                await ending(db)
        async with database.without_tenant() as db:
            assert not (await db.execute(_ACCOUNT)).scalar_one(), ending.__name__
    await database.aclose()


async def test_a_transaction_that_its_process_forgot_lets_go_of_its_locks(
    migrated: Scratch, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = connection.TIMEOUTS | {"idle_in_transaction_session_timeout": "100ms"}
    monkeypatch.setattr(connection, "TIMEOUTS", limits)
    database = Database(migrated.app_url, migrated.admin_url, pool_size=1)
    async with intruder_of(postgres, migrated.name) as intruder:
        async with database.tenant(uuid4()) as db:
            await db.execute(text("LOCK TABLE sessions IN ROW EXCLUSIVE MODE"))
            await intruder.begin("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(DBAPIError) as ended:
                await db.execute(text("SELECT 1"))
            await db.rollback()
        assert is_transient(ended.value)
        await intruder.roll_back()
    async with database.tenant(uuid4()) as db:
        assert (await db.execute(text("SELECT 1"))).scalar_one() == 1
    await database.aclose()
