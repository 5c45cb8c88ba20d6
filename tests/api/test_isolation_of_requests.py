"""Requests of two accounts over the same few connections, many given up by the client: none sees the other's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from random import Random
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import text

from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from tests.support.application import Application, running_api
from tests.support.rows import session_row, store
from tests.support.streams import event_stream
from tests.support.waiting import until

CONNECTIONS = 2
ROUNDS = 20


class Reader(NamedTuple):
    """Somebody of an account, its session, and the word that stands only in it."""

    client: httpx.AsyncClient
    session_id: str
    mark: str


@pytest.fixture
async def served(
    application: Application, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Database, list[Reader]]]:
    """An API of its own that has few connections, and readers of two accounts."""
    assert settings.database_url is not None
    assert settings.database_admin_url is not None
    database = Database(
        settings.database_url.get_secret_value(),
        settings.database_admin_url.get_secret_value(),
        pool_size=CONNECTIONS,
    )
    monkeypatch.setattr("api.services.database_from", lambda *_, **__: database)
    async with running_api(settings) as url, AsyncExitStack() as clients:
        there = Application(settings, application.database, application.temporal, url)
        readers = []
        for mark in ("quince", "medlar"):
            tenant = await there.tenant(with_flows=False)
            row = session_row(tenant, 1, f"The {mark} does not start", problem_summary=mark)
            await store(application.database, row)
            async with application.database.admin() as db:
                # Something for a stream to begin with.
                await db.execute(
                    text(
                        "INSERT INTO session_events (account_id, session_id, seq, type, payload) "
                        "VALUES (:account, :session, 1, 'session.created', "
                        "jsonb_build_object('title', CAST(:mark AS text)))"
                    ),
                    {"account": tenant.account_id, "session": row.id, "mark": mark},
                )
                await db.execute(text("UPDATE sessions SET last_seq = 1 WHERE id = :id"), {"id": row.id})
            for role in (AccountRole.ENGINEER, AccountRole.VIEWER):
                client = await clients.enter_async_context(there.sign_in(tenant, role))
                readers.append(Reader(client, str(row.id), mark))
        yield database, readers


async def test_requests_that_are_given_up_anywhere_leave_no_account_behind(
    served: tuple[Database, list[Reader]],
) -> None:
    database, readers = served
    counted: Counter[str] = Counter()
    await asyncio.gather(*(_read(reader, Random(number), counted) for number, reader in enumerate(readers)))
    # Each of the three really happened, many times.
    assert min(counted[what] for what in ("read", "streamed", "given up")) >= ROUNDS // 4, counted

    async def all_returned() -> bool:
        held: int = database._engine.pool.checkedout()  # type: ignore[attr-defined]
        return held == 0

    await until(all_returned, what="every connection back in the pool")
    async with database.without_tenant() as one, database.without_tenant() as other:
        for db in (one, other):
            assert not (
                await db.execute(text("SELECT current_setting('app.current_account_id', true)"))
            ).scalar_one()
            assert (await db.execute(text("SELECT account_id FROM sessions"))).all() == []


async def _read(reader: Reader, random: Random, counted: Counter[str]) -> None:
    """Lists, pages and streams in turn; a part of them is broken off, as by a page that is closed."""
    other = {"quince": "medlar", "medlar": "quince"}[reader.mark]
    for number in range(ROUNDS):
        task = asyncio.create_task(_stream(reader) if number % 2 else _page(reader))
        if random.random() < 0.5:
            for _ in range(random.randrange(60)):
                if task.done():
                    break
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task])
        if task.cancelled():
            counted["given up"] += 1
            continue
        shown = task.result()
        assert reader.mark in shown
        assert other not in shown
        counted["streamed" if number % 2 else "read"] += 1


async def _page(reader: Reader) -> str:
    rows = await reader.client.get("/ai-sessions", params={"scope": "team"})
    page = await reader.client.get(f"/ai-sessions/{reader.session_id}")
    assert (rows.status_code, page.status_code) == (200, 200), rows.text + page.text
    return rows.text + page.text


async def _stream(reader: Reader) -> str:
    """The first event, and the connection is closed in the midst of the answer."""
    async with event_stream(reader.client, reader.session_id, after=0) as stream:
        return str(await stream.next())
