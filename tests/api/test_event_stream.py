"""The event stream of a session over real HTTP: in order, without a gap, without a repetition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest

from api import event_stream as event_stream_module
from api.event_hub import APPLICATION_NAME
from infra.stack.postgres import EmbeddedPostgres
from tests.api.conftest import Desk
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.streams import EventReader, event_stream
from tests.support.waiting import until

QUESTIONS = '[QUESTIONS]\n[{"text": "A question that must stay out of the prose?"}]\n[/QUESTIONS]'


async def begin(client: httpx.AsyncClient, text: str) -> Journey:
    """Start a session without waiting for the reply."""
    answer = await client.post("/ai-sessions", json={"text": text})
    assert answer.status_code == 201, answer.text
    return Journey(client, answer.json())


@asynccontextmanager
async def listening_before_the_reply(
    client: httpx.AsyncClient, journey: Journey, *, piece_interval_ms: int | None = None
) -> AsyncIterator[EventReader]:
    """A stream that hears every piece of a reply that waits for it: who comes later is told its beginning at once."""
    async with event_stream(client, journey.id, after=0, piece_interval_ms=piece_interval_ms) as stream:
        await stream.until("reply.started")
        yield stream


async def test_durable_events_arrive_in_order_each_with_its_number(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    start = (await journey.detail())["last_event_seq"]
    async with event_stream(desk.engineer, journey.id) as stream:
        await desk.engineer.post(journey.path("/facts"), json={"text": "Since this morning"})
        await journey.say("It is only this user")
        await stream.until("reply.completed")
        assert stream.durable_ids == list(range(start + 1, start + 1 + len(stream.durable_ids)))
        types = [event.type for event in stream.seen if event.id is not None]
        assert types[0] == "fact.created"
        assert types.index("message.created") < types.index("reply.started") < types.index("reply.completed")
        assert stream.of("fact.created")[0].data["fact"]["text"] == "Since this morning"


async def test_a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    async with event_stream(desk.engineer, journey.id, after=0) as stream:
        await stream.until("reply.completed")
        first = list(stream.durable_ids)
    await journey.say("While nobody watched")
    async with event_stream(desk.engineer, journey.id, after=first[2]) as stream:
        await stream.until("reply.completed", count=2)
        second = stream.durable_ids
    assert first[:3] + second == list(range(1, (await journey.detail())["last_event_seq"] + 1))


async def test_events_come_as_they_were_however_often_they_are_read(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    read = []
    for _ in range(2):
        async with event_stream(desk.engineer, journey.id, after=0) as stream:
            await stream.until("reply.completed")
            read.append(stream.seen)
    assert read[0] == read[1]


async def test_a_new_client_hears_only_what_happens_from_now_on(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    async with event_stream(desk.engineer, journey.id) as stream:
        await desk.engineer.post(journey.path("/pause"))
        event = await stream.next()
        assert event is not None
        assert event.type == "session.changed"
        assert event.data["status"] == "paused"


async def test_a_number_from_the_future_is_taken_as_now(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    async with event_stream(desk.engineer, journey.id, after=10**15) as stream:
        await desk.engineer.post(journey.path("/pause"))
        await stream.until("session.changed")


async def test_a_place_to_resume_from_that_is_no_number_is_refused(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    for place in ("abc", "-1", "1.5", "", "9" * 19, "²"):
        answer = await desk.engineer.get(journey.path("/events"), headers={b"Last-Event-ID": place.encode()})
        assert_problem(answer, 422, "last_event_id_invalid")


async def test_a_foreign_stream_is_refused_before_anything_is_sent(
    desk: Desk, other_engineer: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    for session_id in (journey.id, str(uuid4())):
        answer = await other_engineer.get(f"/ai-sessions/{session_id}/events", headers={"Last-Event-ID": "0"})
        assert_problem(answer, 404, "session_not_found")


async def test_deltas_together_are_the_stored_prose_and_hold_nothing_of_the_blocks(
    desk: Desk, pilot: DirectedPilot
) -> None:
    gates = [asyncio.Event() for _ in range(4)]
    name = "the badge printer eats cards"
    pilot.direct(
        name,
        [
            gates[0],
            "Let us look ",
            gates[1],
            "at the *rollers* – 👀 ",
            gates[2],
            f"first.\n\n{QUESTIONS}",
            gates[3],
            "\n\nThen go on.",
        ],
    )
    journey = await begin(desk.engineer, name)
    async with listening_before_the_reply(desk.engineer, journey) as stream:
        for gate in gates[:3]:
            gate.set()
            await stream.until("reply.delta")
        gates[3].set()
        completed = await stream.until("reply.completed")
        assert stream.reply_text().strip() == completed.data["message"]["text"]
        assert "must stay out" not in "".join(event.data["text"] for event in stream.of("reply.delta"))
        assert len(stream.of("reply.delta")) >= 3, "prose comes while it is written"
    body = await journey.settled()
    assert body["messages"][-1]["text"] == completed.data["message"]["text"]
    assert "Then go on." in body["messages"][-1]["text"]
    assert [item["text"] for item in body["lane"]] == ["A question that must stay out of the prose?"]


async def test_what_the_model_has_said_is_shown_while_it_pauses(desk: Desk, pilot: DirectedPilot) -> None:
    begin_now, go_on = asyncio.Event(), asyncio.Event()
    name = "the fax machine whistles"
    pilot.direct(name, [begin_now, "One moment", go_on, " please."])
    journey = await begin(desk.engineer, name)
    async with listening_before_the_reply(desk.engineer, journey) as stream:
        begin_now.set()
        delta = await stream.until("reply.delta")
        assert delta.data["text"] == "One moment"
        go_on.set()
        await stream.until("reply.completed")


async def test_a_client_that_wants_fewer_pieces_gets_the_same_words_in_fewer(
    desk: Desk, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No time passes for the streams: what may wait for the next piece waits.
    monkeypatch.setattr(event_stream_module, "time", SimpleNamespace(monotonic=lambda: 0.0))
    gates = [asyncio.Event() for _ in range(3)]
    name = "the projector shows everything twice"
    pilot.direct(name, [gates[0], "Pull", gates[1], " the", gates[2], " second cable."])
    journey = await begin(desk.engineer, name)
    async with (
        listening_before_the_reply(desk.engineer, journey) as eager,
        listening_before_the_reply(desk.engineer, journey, piece_interval_ms=1_000) as patient,
    ):
        for gate in gates:
            gate.set()
            await eager.until("reply.delta")
        await eager.until("reply.completed")
        await patient.until("reply.completed")
    assert eager.reply_text() == patient.reply_text() == "Pull the second cable."
    assert [piece.data["text"] for piece in patient.of("reply.delta")] == ["Pull", " the second cable."]
    assert len(eager.of("reply.delta")) == 3


@pytest.mark.parametrize("interval", ["-1", "1001", "soon"])
async def test_an_interval_of_pieces_that_nobody_would_wait_for_is_refused(desk: Desk, interval: str) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    answer = await desk.engineer.get(journey.path("/events"), params={"piece_interval_ms": interval})
    assert_problem(answer, 422, "validation_failed")


async def test_joining_in_the_middle_of_a_reply_gives_it_so_far_and_then_the_rest(
    desk: Desk, pilot: DirectedPilot
) -> None:
    begin_now, *gates = [asyncio.Event() for _ in range(3)]
    name = "the till prints hieroglyphs"
    pilot.direct(name, [begin_now, "The font is", gates[0], " not loaded;", gates[1], " load it again."])
    journey = await begin(desk.engineer, name)
    async with listening_before_the_reply(desk.engineer, journey) as early:
        begin_now.set()
        await early.until("reply.delta")
        async with event_stream(desk.engineer, journey.id) as late:
            joined = await late.next()
            assert joined is not None
            assert joined.type == "reply.reset"
            assert joined.data["text"] == "The font is"
            assert (await journey.detail())["running_turn"]["text"] == "The font is"
            gates[0].set()
            assert (await late.until("reply.delta")).data["text"] == " not loaded;"
            gates[1].set()
            completed = await late.until("reply.completed")
        await early.until("reply.completed")
    assert late.reply_text() == early.reply_text() == completed.data["message"]["text"]
    assert completed.data["message"]["text"] == "The font is not loaded; load it again."
    assert (await journey.detail())["running_turn"] is None


async def test_a_connection_to_the_database_that_is_lost_loses_no_event_and_no_prose(
    desk: Desk, pilot: DirectedPilot, postgres: EmbeddedPostgres
) -> None:
    begin_now, *gates = [asyncio.Event() for _ in range(3)]
    name = "the lift calls the wrong floor"
    pilot.direct(name, [begin_now, "Before the loss, ", gates[0], "during it, ", gates[1], "and after it."])
    journey = await begin(desk.engineer, name)
    async with listening_before_the_reply(desk.engineer, journey) as stream:
        begin_now.set()
        await stream.until("reply.delta")
        await lose_listener(postgres)
        added = await desk.engineer.post(journey.path("/facts"), json={"text": "Told in the meantime"})
        assert added.status_code == 201
        gates[0].set()
        await stream.until("fact.created")
        await stream.until("reply.reset")
        gates[1].set()
        completed = await stream.until("reply.completed")
        assert stream.durable_ids == list(range(1, len(stream.durable_ids) + 1))
        assert len(stream.of("fact.created")) == 1
        assert stream.reply_text() == completed.data["message"]["text"]
        assert completed.data["message"]["text"] == "Before the loss, during it, and after it."


async def lose_listener(postgres: EmbeddedPostgres) -> None:
    """Cut the connection over which the API hears of events."""
    connection = await postgres.connect()
    try:

        async def cut() -> bool:
            return bool(
                await connection.fetch(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
                    APPLICATION_NAME,
                )
            )

        await until(cut, what="the loss of the connection")
    finally:
        await connection.close()
