"""Steps of a session's workflow whose transactions are broken half way: tried again, and done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from infra.stack.postgres import DATABASE, EmbeddedPostgres
from tests.support.intruder import Intruder, intruder_of
from tests.support.journey import Journey, Json
from tests.support.pilots import DirectedPilot
from tests.support.uploads import upload
from tests.support.waiting import until


@pytest.fixture
async def intruder(postgres: EmbeddedPostgres) -> AsyncIterator[Intruder]:
    async with intruder_of(postgres, DATABASE) as second:
        yield second


@pytest.fixture
async def journey(engineer: httpx.AsyncClient) -> Journey:
    return await Journey.start(engineer, text="The printer does not print")


def said(detail: Json, text: str) -> list[Json]:
    return [message for message in detail["messages"] if message["text"] == text]


def lock_of(journey: Journey) -> str:
    return f"SELECT FROM sessions WHERE id = '{journey.id}' FOR UPDATE"


async def test_a_message_whose_connection_ends_half_way_is_stored_once(
    journey: Journey, intruder: Intruder
) -> None:
    await intruder.begin(lock_of(journey))
    sent: dict[str, Any] = {"json": {"text": "It is on"}, "headers": {"Idempotency-Key": "killed"}}
    request = asyncio.ensure_future(journey.client.post(journey.path("/messages"), **sent))
    first = await intruder.until_blocked()
    await intruder.end(first)
    await intruder.until_blocked(but=first)
    await intruder.roll_back()
    answer = await request
    assert answer.status_code == 202, answer.text
    assert (await journey.client.post(journey.path("/messages"), **sent)).json() == answer.json()
    detail = await journey.settled()
    assert len(said(detail, "It is on")) == 1
    assert detail["messages"][-1]["role"] == "pilot"


async def test_a_message_that_loses_a_deadlock_is_stored_once(journey: Journey, intruder: Intruder) -> None:
    file = await upload(journey.client)
    await intruder.begin(f"SELECT FROM uploads WHERE id = '{file['id']}' FOR UPDATE")
    body = {"text": "See here", "upload_ids": [file["id"]]}
    request = asyncio.ensure_future(journey.client.post(journey.path("/messages"), json=body))
    await intruder.until_blocked()
    await intruder.execute(lock_of(journey))
    await intruder.commit()
    answer = await request
    assert answer.status_code == 202, answer.text
    detail = await journey.settled()
    (message,) = said(detail, "See here")
    assert [one["id"] for one in message["uploads"]] == [file["id"]]
    assert await intruder.fetch("SELECT sum(deadlocks)::int FROM pg_stat_database") != 0


async def test_a_reply_whose_connection_ends_while_it_is_stored_is_stored_once(
    engineer: httpx.AsyncClient, intruder: Intruder, pilot: DirectedPilot
) -> None:
    may_end = asyncio.Event()
    script = pilot.direct("Sparks fly", "Hello.", ("Unplug it.", may_end))
    journey = await Journey.start(engineer, text="Sparks fly from the dock")
    answer = await journey.client.post(journey.path("/messages"), json={"text": "Still"})
    assert answer.status_code == 202, answer.text

    async def asked() -> bool:
        return script.turns == 2

    await until(asked, what="the second reply")
    await intruder.begin(lock_of(journey))
    may_end.set()
    first = await intruder.until_blocked()
    await intruder.end(first)
    await intruder.until_blocked(but=first)
    await intruder.roll_back()
    detail = await journey.settled()
    assert len(said(detail, "Unplug it.")) == 1
    assert detail["messages"][-1]["text"] == "Unplug it."
