"""How turns went, as operators and pages see it: flows that fit, how replies ended, what was dropped, what it cost."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.pilot import PilotRejected, ReplyEnd, Usage
from domain.vocabulary import PilotProvider
from infra.pilots.playbook import PlaybookPilot
from tests.api.conftest import Desk
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.streams import event_stream
from tests.support.waiting import until

Json = dict[str, Any]
NO_BLOCKS = "Just words."


def ended(stop_reason: str, **usage: int) -> ReplyEnd:
    return ReplyEnd(
        provider=PilotProvider.ANTHROPIC, model="scripted", usage=Usage(**usage), stop_reason=stop_reason
    )


async def turns(client: httpx.AsyncClient, journey: Journey, **query: Any) -> Json:
    answer = await client.get(journey.path("/turns"), params=query)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def test_the_flows_that_fit_are_named_in_the_session_the_event_the_answer_and_the_turn(
    desk: Desk,
) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out again and again")
    named = (await journey.detail())["suggested_flows"]
    assert 1 <= len(named) <= 8
    assert "lock" in named[0]["title"].lower()
    assert [flow["score"] for flow in named] == sorted((flow["score"] for flow in named), reverse=True)
    assert all(0 < flow["score"] <= 1 for flow in named)
    (turn,) = (await turns(desk.engineer, journey))["items"]
    assert turn["suggested_flows"] == named
    async with event_stream(desk.engineer, journey.id, after=0) as stream:
        assert (await stream.until("reply.completed")).data["suggested_flows"] == named
    answer = await desk.engineer.post(
        journey.path("/chat"), json={"text": "Now the printer prints nothing at all"}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()["suggested_flows"]
    assert any("print" in flow["title"].lower() for flow in told)
    assert (await journey.detail())["suggested_flows"] == told, "those of the latest turn"


async def test_what_nothing_fits_names_no_flow(desk: Desk, pilot: DirectedPilot) -> None:
    pilot.direct("xyzzy plugh", NO_BLOCKS)
    journey = await Journey.start(desk.engineer, text="xyzzy plugh")
    assert (await journey.detail())["suggested_flows"] == []


async def test_a_turn_tells_who_answered_what_was_dropped_and_what_it_cost(
    desk: Desk, pilot: DirectedPilot
) -> None:
    name = "the scanner hums a tune"
    raw = (
        "Look here."
        '[QUESTIONS][{"text": "A private question?"}, {"nothing": 1}][/QUESTIONS]'
        '[FIX_OUTCOME]{"fix_id": "' + str(uuid4()) + '", "outcome": "success"}[/FIX_OUTCOME]'
    )
    usage = {"input_tokens": 120, "output_tokens": 30, "cache_read_tokens": 90, "cache_creation_tokens": 7}
    pilot.direct(name, (raw, ended("end_turn", **usage)), NO_BLOCKS)
    journey = await Journey.start(desk.engineer, text=name)
    await journey.say("and now?")
    page = await turns(desk.engineer, journey)
    second, first = page["items"]
    assert page["format_misses"] == 1
    assert (first["state"], first["attempt"], first["provider"], first["model"]) == (
        "done",
        1,
        "anthropic",
        "scripted",
    )
    assert first["stop_reason"] == "end_turn"
    assert first["error"] is None
    assert first["started_at"] <= first["finished_at"] <= second["started_at"]
    assert {key: first["usage"][key] for key in usage} == usage
    assert first["usage"]["calls"] == 1
    found = first["diagnostics"]
    assert found["blocks"] == {"QUESTIONS": 1, "FIX_OUTCOME": 1}
    assert (found["dropped_count"], found["format_miss"], found["cut"]) == (1, False, False)
    assert found["dropped"] == [{"block": "QUESTIONS", "reason": "text is missing"}]
    assert found["ignored"] == ["FIX_OUTCOME: not the active fix of this session"]
    assert second["diagnostics"]["format_miss"] is True
    assert "private question" not in str(page), "how it went, not what was said"
    said = (await journey.detail())["messages"]
    assert second["message_ids"] == [said[-2]["id"]]


async def test_turns_come_newest_first_in_pages(desk: Desk, pilot: DirectedPilot) -> None:
    name = "the projector is upside down"
    pilot.direct(name, NO_BLOCKS)
    journey = await Journey.start(desk.engineer, text=name)
    for number in range(4):
        await journey.say(f"message {number}")
    whole = (await turns(desk.engineer, journey))["items"]
    assert len(whole) == 5
    assert [turn["started_at"] for turn in whole] == sorted(
        (turn["started_at"] for turn in whole), reverse=True
    )
    read: list[Json] = []
    cursor: str | None = None
    while cursor is not None or not read:
        page = await turns(desk.engineer, journey, limit=2, **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) <= 2
        read += page["items"]
        cursor = page["next_cursor"]
    assert read == whole
    refused = await desk.engineer.get(journey.path("/turns"), params={"cursor": "nonsense"})
    assert_problem(refused, 422, "cursor_invalid")


async def test_who_may_read_a_session_may_read_its_turns_and_nobody_else(
    desk: Desk, other_engineer: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    assert len((await turns(desk.viewer, journey))["items"]) == 1
    assert_problem(await other_engineer.get(journey.path("/turns")), 404, "session_not_found")
    assert_problem(await desk.engineer.get(f"/ai-sessions/{uuid4()}/turns"), 404, "session_not_found")


@pytest.mark.parametrize("reason", ["max_tokens", "refusal"])
async def test_a_reply_that_is_not_whole_says_why(desk: Desk, pilot: DirectedPilot, reason: str) -> None:
    name = f"the kiosk shows {reason} in green"
    pilot.direct(name, ("As far as it", ended(reason)), NO_BLOCKS)
    journey = await Journey.start(desk.engineer, text=name)
    async with event_stream(desk.engineer, journey.id, after=0) as stream:
        completed = await stream.until("reply.completed")
        assert completed.data["message"]["stop_reason"] == reason
    await journey.say("go on")
    messages = (await journey.detail())["messages"]
    assert [one["stop_reason"] for one in messages if one["role"] == "pilot"] == [reason, None]
    assert [turn["stop_reason"] for turn in (await turns(desk.engineer, journey))["items"]] == [
        "end_turn",
        reason,
    ]


async def test_a_reply_without_an_end_is_cut_and_says_so(
    desk: Desk, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.turn.streaming.REPLY_CHARACTERS", 20)
    name = "the radio never stops"
    pilot.direct(name, ["word " * 10] * 3)
    journey = await Journey.start(desk.engineer, text=name)
    reply = (await journey.detail())["messages"][-1]
    assert (reply["text"].strip(), reply["stop_reason"]) == ("word word word word", "too_long")
    (turn,) = (await turns(desk.engineer, journey))["items"]
    assert (turn["stop_reason"], turn["diagnostics"]["cut"]) == ("too_long", True)


async def test_a_stopped_reply_keeps_its_words_over_a_reload_and_is_told_as_stopped(
    desk: Desk, pilot: DirectedPilot
) -> None:
    name = "the door opens by itself"
    pilot.direct(name, ["The first half.", asyncio.Event()], NO_BLOCKS)
    answer = await desk.engineer.post("/ai-sessions", json={"text": name})
    journey = Journey(desk.engineer, answer.json())

    async def shown() -> bool:
        running = (await journey.detail())["running_turn"]
        return running is not None and running["text"] == "The first half."

    await until(shown, what="the reply in progress on a page that loads now")
    (turn,) = (await turns(desk.engineer, journey))["items"]
    assert (turn["state"], turn["finished_at"], turn["usage"]["calls"]) == ("running", None, 0)
    stopped = await desk.engineer.post(journey.path("/stop"))
    assert stopped.status_code == 200, stopped.text
    body = await journey.settled()
    assert (body["messages"][-1]["text"], body["messages"][-1]["turn_state"]) == (
        "The first half.",
        "stopped",
    )
    assert body["running_turn"] is None
    (turn,) = (await turns(desk.engineer, journey))["items"]
    assert (turn["state"], turn["stop_reason"], turn["error"]) == ("stopped", None, None)
    assert_problem(await desk.engineer.post(journey.path("/stop")), 409, "no_reply_running")


async def test_a_reply_stopped_before_its_first_word_is_no_message_and_can_be_asked_for_again(
    desk: Desk, pilot: DirectedPilot
) -> None:
    name = "the blinds go up and down"
    pilot.direct(name, [asyncio.Event()], NO_BLOCKS)
    answer = await desk.engineer.post("/ai-sessions", json={"text": name})
    journey = Journey(desk.engineer, answer.json())

    async def asked() -> bool:
        return (await journey.detail())["running_turn"] is not None

    await until(asked, what="the turn")
    stopped = await desk.engineer.post(journey.path("/stop"))
    assert stopped.status_code == 200, stopped.text
    (message,) = (await journey.settled())["messages"]
    assert (message["role"], message["turn_state"], message.get("error")) == ("engineer", "stopped", None)
    retried = await desk.engineer.post(journey.path("/retry"))
    assert retried.status_code == 200, retried.text
    body = await journey.settled()
    assert [one["text"] for one in body["messages"]] == [name, NO_BLOCKS]


async def test_a_failed_turn_tells_its_error_and_can_be_run_again(
    desk: Desk, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, context: object) -> object:
        raise RuntimeError("a defect with a private text")

    name = "the clock runs backwards"
    pilot.direct(name, PilotRejected("no such model"), NO_BLOCKS)
    with monkeypatch.context() as patch:
        patch.setattr(PlaybookPilot, "stream_reply", broken)
        journey = await Journey.start(desk.engineer, text=name)
    (failed,) = (await turns(desk.engineer, journey))["items"]
    assert failed["state"] == "failed"
    assert failed["error"]["code"] == "internal_error"
    assert "private" not in str(failed)
    retried = await desk.engineer.post(journey.path("/retry"))
    assert retried.status_code == 200, retried.text
    body = await journey.settled()
    assert body["messages"][-1]["text"] == NO_BLOCKS
    again, _ = (await turns(desk.engineer, journey))["items"]
    assert (again["state"], again["message_ids"]) == ("done", failed["message_ids"])
    assert_problem(await desk.engineer.post(journey.path("/retry")), 409, "nothing_to_retry")


async def test_waiting_for_a_reply_ends_and_the_reply_comes_all_the_same(
    desk: Desk, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routes.conversation.CHAT_WAITS", 0.3)
    go_on = asyncio.Event()
    name = "the coffee machine wants an update"
    pilot.direct(name, NO_BLOCKS, ["Slow ", go_on, "reply."])
    journey = await Journey.start(desk.engineer, text=name)
    answer = await desk.engineer.post(journey.path("/chat"), json={"text": "and now?"})
    assert_problem(answer, 504, "reply_still_running")
    go_on.set()
    assert (await journey.settled())["messages"][-1]["text"] == "Slow reply."


async def test_a_reply_that_was_waited_for_in_vain_says_why(
    desk: Desk, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, context: object) -> object:
        raise RuntimeError("a defect")

    name = "the blinds go up at night"
    pilot.direct(name, NO_BLOCKS, PilotRejected("no such model"))
    journey = await Journey.start(desk.engineer, text=name)
    monkeypatch.setattr(PlaybookPilot, "stream_reply", broken)
    answer = await desk.engineer.post(journey.path("/chat"), json={"text": "and now?"})
    assert_problem(answer, 502, "internal_error")
