"""Fanning out notices: nobody waits for a slow client, which is cut off and resumes from the rows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from sse_starlette import ServerSentEvent

from api.event_hub import QUEUE_LENGTH, RESYNC, EventHub, Subscription
from api.event_stream import SessionStream
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey


def delta(session_id: UUID, text: str, offset: int, turn_id: UUID) -> str:
    return json.dumps(
        {
            "kind": "delta",
            "session_id": str(session_id),
            "turn_id": str(turn_id),
            "offset": offset,
            "text": text,
        }
    )


async def test_a_client_that_falls_behind_gets_what_fitted_and_then_the_end() -> None:
    subscription = Subscription()
    for number in range(QUEUE_LENGTH + 50):
        subscription.put({"kind": "event", "seq": number})
    received = []
    while (notice := await subscription.next()) is not None:
        received.append(notice["seq"])
    assert received == list(range(QUEUE_LENGTH))
    subscription.put(RESYNC)
    assert await subscription.next() is None, "once cut off it stays cut off"


async def test_a_slow_client_does_not_hold_up_the_others() -> None:
    hub = EventHub("postgresql://nowhere")
    session_id, turn_id = uuid4(), uuid4()
    with hub.subscribe(session_id) as slow, hub.subscribe(session_id) as quick:
        for number in range(QUEUE_LENGTH * 2):
            hub._on_notice(None, 0, "reply_deltas", delta(session_id, "x", number, turn_id))
            notice = await quick.next()
            assert notice is not None
            assert notice["offset"] == number
        for _ in range(QUEUE_LENGTH):
            assert await slow.next() is not None
        assert await slow.next() is None
    assert hub.open_streams == 0


async def test_a_stream_that_overflows_ends_and_its_client_resumes_without_loss(
    application: Application, desk: Desk
) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    session_id = UUID(journey.id)
    last = (await journey.detail())["last_event_seq"]
    hub = EventHub("postgresql://nowhere")
    stream = SessionStream(application.database, hub, desk.tenant.account_id, session_id, 0)
    events = stream.events()
    first = await anext(events)
    for number in range(QUEUE_LENGTH + 1):
        hub._on_notice(None, 0, "reply_deltas", delta(session_id, "x", number, uuid4()))
    read = [first, *[event async for event in events]]
    numbers = [int(event.id) for event in read if event.id]
    assert numbers == list(range(1, last + 1))
    assert hub.open_streams == 0, "the subscription is given back"
    resumed = SessionStream(
        application.database, hub, desk.tenant.account_id, session_id, numbers[3]
    ).events()
    assert [int((await anext(resumed)).id or 0) for _ in range(last - 4)] == numbers[4:]
    await resumed.aclose()  # type: ignore[attr-defined]


async def test_pieces_that_arrive_after_the_end_of_their_reply_are_dropped(
    application: Application, desk: Desk
) -> None:
    # Rows are read ahead of notices: by the time an early notice is handled the reply may have ended.
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    body = await journey.detail()
    turn_id = UUID(body["messages"][-1]["turn_id"])
    session_id = UUID(journey.id)
    hub = EventHub("postgresql://nowhere")
    stream = SessionStream(application.database, hub, desk.tenant.account_id, session_id, 0).events()
    await anext(stream)
    hub._on_notice(None, 0, "reply_deltas", delta(session_id, "late", 0, turn_id))
    hub._on_notice(None, 0, "reply_deltas", delta(session_id, "of the next reply", 0, uuid4()))
    await_end = [await anext(stream) for _ in range(body["last_event_seq"])]
    pieces = [json.loads(str(event.data)) for event in await_end if event.event == "reply.delta"]
    assert [piece["text"] for piece in pieces] == ["of the next reply"]
    await stream.aclose()  # type: ignore[attr-defined]


async def joining(
    application: Application, desk: Desk, hub: EventHub, journey: Journey, *, piece_interval: float
) -> AsyncIterator[ServerSentEvent]:
    """A stream of which all that was stored has been read, and whose pieces are joined."""
    last = (await journey.detail())["last_event_seq"]
    stream = SessionStream(
        application.database,
        hub,
        desk.tenant.account_id,
        UUID(journey.id),
        last - 1,
        piece_interval=piece_interval,
    ).events()
    await anext(stream)
    return stream


async def test_pieces_come_no_more_often_than_the_client_wants_them_and_before_what_follows_them(
    application: Application, desk: Desk
) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    session_id, turn_id, next_turn_id = UUID(journey.id), uuid4(), uuid4()
    hub = EventHub("postgresql://nowhere")
    stream = await joining(application, desk, hub, journey, piece_interval=60)

    def said(text: str, offset: int, by: UUID = turn_id) -> None:
        hub._on_notice(None, 0, "reply_deltas", delta(session_id, text, offset, by))

    async def piece() -> tuple[str, str]:
        event = await anext(stream)
        assert event.event == "reply.delta", event
        body = json.loads(str(event.data))
        return body["turn_id"], body["text"]

    said("The first ", 0)
    assert await piece() == (str(turn_id), "The first "), "the first words wait for nothing"
    said("token ", 10)
    said("is kept", 16)
    said("token is kept by", 10)
    said("Next", 0, next_turn_id)
    assert await piece() == (str(turn_id), "token is kept by"), "once, whatever was said twice"
    hub._on_notice(
        None,
        0,
        "reply_deltas",
        json.dumps({"kind": "reset", "session_id": str(session_id), "turn_id": str(turn_id)}),
    )
    assert await piece() == (str(next_turn_id), "Next")
    assert (await anext(stream)).event == "reply.reset"
    await stream.aclose()  # type: ignore[attr-defined]


async def test_held_pieces_are_sent_when_their_time_has_come(application: Application, desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    session_id, turn_id = UUID(journey.id), uuid4()
    hub = EventHub("postgresql://nowhere")
    stream = await joining(application, desk, hub, journey, piece_interval=0.05)
    for offset, text in enumerate("abc"):
        hub._on_notice(None, 0, "reply_deltas", delta(session_id, text, offset, turn_id))
    async with asyncio.timeout(10):
        texts = [json.loads(str((await anext(stream)).data))["text"] for _ in range(2)]
    assert texts == ["a", "bc"]
    await stream.aclose()  # type: ignore[attr-defined]


async def test_a_server_that_stops_ends_all_streams() -> None:
    hub = EventHub("postgresql://nowhere")
    with hub.subscribe(uuid4()) as first, hub.subscribe(uuid4()) as second:
        await hub.aclose()
        assert await first.next() is None
        assert await second.next() is None
