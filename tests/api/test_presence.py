"""Who has a session open: told to all who have, over all processes, and forgotten when they have gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from uuid import UUID, uuid4

import httpx
import pytest

from api.event_hub import EventHub
from api.presence import FORGOTTEN_AFTER_SECONDS, Presence, Viewer
from infra.stack.postgres import EmbeddedPostgres
from tests.api.conftest import Desk
from tests.api.test_event_stream import lose_listener
from tests.support.application import Application, running_api
from tests.support.rows import session_row, store
from tests.support.streams import EventReader, event_stream
from tests.support.waiting import until

NOTICE_LIMIT = 8_000


@pytest.fixture
async def session_id(application: Application, desk: Desk) -> str:
    session = session_row(desk.tenant, 1, "Looked at by many")
    await store(application.database, session)
    return str(session.id)


@asynccontextmanager
async def watching(client: httpx.AsyncClient, session_id: str) -> AsyncIterator[EventReader]:
    async with event_stream(client, session_id, with_presence=True) as stream:
        yield stream


@asynccontextmanager
async def another_process(
    application: Application, client: httpx.AsyncClient
) -> AsyncIterator[httpx.AsyncClient]:
    """The same user at a second API on the same database."""
    async with (
        running_api(application.settings) as url,
        httpx.AsyncClient(base_url=f"{url}/api/v1", headers=client.headers, timeout=60) as other,
    ):
        yield other


def when(check: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        return check()

    return probe


def names(stream: EventReader) -> list[str]:
    return [person["name"].split()[0] for person in stream.seen[-1].data["people"]]


async def until_people(stream: EventReader, *expected: str) -> None:
    while not stream.seen or names(stream) != list(expected):
        event = await stream.next()
        assert event is not None, "the stream ended"
        assert event.type == "presence.changed"
        assert event.id is None, "who is there is not kept"


async def test_everybody_who_has_the_session_open_is_told_of_everybody(desk: Desk, session_id: str) -> None:
    async with watching(desk.engineer, session_id) as engineer:
        await until_people(engineer, "Engineer")
        assert engineer.seen[0].data == {
            "people": [{"user_id": str(desk.tenant.user_id()), "name": f"Engineer {_tag(desk)}"}]
        }
        async with watching(desk.owner, session_id) as owner:
            await until_people(owner, "Engineer", "Owner")
            await until_people(engineer, "Engineer", "Owner")
        await until_people(engineer, "Engineer")


def _tag(desk: Desk) -> str:
    return desk.tenant.account_id.hex[:8]


async def test_two_tabs_are_one_viewer_until_both_are_closed(desk: Desk, session_id: str) -> None:
    async with watching(desk.owner, session_id) as owner:
        await until_people(owner, "Owner")
        async with AsyncExitStack() as first, watching(desk.engineer, session_id):
            await first.enter_async_context(watching(desk.engineer, session_id))
            await until_people(owner, "Engineer", "Owner")
            async with watching(desk.viewer, session_id):
                await until_people(owner, "Engineer", "Owner", "Viewer")
                await first.aclose()
            await until_people(owner, "Engineer", "Owner")
        await until_people(owner, "Owner")
        told = [[person["name"].split()[0] for person in event.data["people"]] for event in owner.seen]
        assert told.count(["Owner"]) == 2, f"nobody was missed and nothing was told twice: {told}"
        assert all(one != other for one, other in pairwise(told))


async def test_another_session_is_told_nothing(application: Application, desk: Desk, session_id: str) -> None:
    other = session_row(desk.tenant, 2, "Looked at by one")
    await store(application.database, other)
    async with watching(desk.owner, str(other.id)) as alone, watching(desk.engineer, session_id) as engineer:
        await until_people(engineer, "Engineer")
        async with watching(desk.viewer, str(other.id)):
            await until_people(alone, "Owner", "Viewer")
        await until_people(alone, "Owner")
    assert all("Engineer" not in json.dumps(event.data) for event in alone.seen)


async def test_viewers_at_two_processes_see_each_other(
    application: Application, desk: Desk, session_id: str
) -> None:
    async with another_process(application, desk.owner) as owner, watching(desk.engineer, session_id) as here:
        await until_people(here, "Engineer")
        async with watching(owner, session_id) as there:
            await until_people(there, "Engineer", "Owner")
            await until_people(here, "Engineer", "Owner")
        await until_people(here, "Engineer")


async def test_a_process_that_stops_says_that_its_viewers_have_gone(application: Application) -> None:
    staying, stopping = (EventHub(application.database.url) for _ in range(2))
    session_id, anna = uuid4(), Viewer(uuid4(), "Anna")
    staying.start()
    stopping.start()
    await until(when(lambda: staying.connected and stopping.connected), what="both to listen")
    with stopping.presence.viewing(session_id, anna):
        await until(when(lambda: staying.presence.viewers(session_id) == [anna]), what="Anna to be seen")
        await stopping.aclose()
        await until(when(lambda: staying.presence.viewers(session_id) == []), what="Anna to have gone")
    await staying.aclose()


async def test_who_came_while_the_database_was_away_is_told_of_when_it_is_back(
    application: Application, desk: Desk, session_id: str, postgres: EmbeddedPostgres
) -> None:
    async with another_process(application, desk.owner) as owner, watching(desk.engineer, session_id) as here:
        await until_people(here, "Engineer")
        await lose_listener(postgres)
        async with watching(owner, session_id) as there:
            await until_people(there, "Engineer", "Owner")
            await until_people(here, "Engineer", "Owner")


async def test_the_viewers_of_a_process_that_died_disappear(application: Application) -> None:
    now = 1000.0
    living = EventHub(application.database.url, clock=lambda: now)
    dying = EventHub(application.database.url)
    session_id, anna, ben = uuid4(), Viewer(uuid4(), "Anna"), Viewer(uuid4(), "Ben")
    try:
        living.start()
        dying.start()
        await until(when(lambda: living.connected and dying.connected), what="both to listen")
        with living.subscribe(session_id) as subscription, living.presence.viewing(session_id, anna):
            assert await subscription.next() == {"kind": "presence"}
            with dying.presence.viewing(session_id, ben):
                await until(
                    when(lambda: living.presence.viewers(session_id) == [anna, ben]), what="Ben to be seen"
                )
                await until(
                    when(lambda: dying.presence.viewers(session_id) == [anna, ben]),
                    what="Anna to be seen from the other process",
                )
                # Dead: it says no farewell, and nothing any more.
                await _kill(dying)
            now += FORGOTTEN_AFTER_SECONDS
            living.presence.forget_silent()
            assert living.presence.viewers(session_id) == [anna, ben]
            now += 1
            living.presence.forget_silent()
            assert living.presence.viewers(session_id) == [anna], "and who is here does not expire"
            assert await subscription.next() == {"kind": "presence"}
    finally:
        await living.aclose()


async def _kill(hub: EventHub) -> None:
    tasks = [*hub.presence._tasks, *([hub._task] if hub._task else [])]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Wire:
    """Two presences, each of which hears what the other tells, when it is carried over."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, payload: str) -> None:
        self.sent.append(payload)

    async def refuse(self, payload: str) -> None:
        raise RuntimeError("the wire is cut")


async def test_what_is_told_at_once_fits_a_notice_however_long_the_names_are() -> None:
    wire = Wire()
    presence = Presence(wire.send, lambda _: None)
    session_id = uuid4()
    async with AsyncExitStack() as stack:
        for _ in range(50):
            stack.enter_context(presence.viewing(session_id, Viewer(uuid4(), "𝔄" * 200)))
        presence.start()
        presence.tell_all()
        await until(when(presence._outbox.empty), what="everything to be told")
    await presence.aclose()
    assert max(len(payload.encode()) for payload in wire.sent) < NOTICE_LIMIT
    other = Presence(wire.send, lambda _: None)
    for payload in wire.sent[50:57]:
        other.heard(payload)
    assert len(other.viewers(session_id)) == 50


async def test_nothing_that_is_heard_and_no_wire_that_is_cut_ends_it() -> None:
    changed: list[UUID] = []
    presence = Presence(Wire().refuse, changed.append)
    presence.start()
    session_id, anna = uuid4(), Viewer(uuid4(), "Anna")
    with presence.viewing(session_id, anna):
        for payload in ("", "null", "[]", "{}", '{"from": "x", "here": [["a"]]}', '{"from": "x", "who": 1}'):
            presence.heard(payload)
        await until(when(presence._outbox.empty), what="everything to be tried")
        assert presence.viewers(session_id) == [anna]
        assert all(not task.done() for task in presence._tasks)
    assert changed == [session_id, session_id]
    await presence.aclose()
