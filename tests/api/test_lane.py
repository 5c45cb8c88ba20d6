"""Questions and checks over HTTP: answered, opened again, and refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from tests.api.conftest import Desk
from tests.api.scripted import asked, scripted
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.streams import event_stream
from tests.workflows.replies import questions

Json = dict[str, Any]


async def answer(journey: Journey, *items: Json) -> httpx.Response:
    sent = await journey.client.post(journey.path("/items"), json={"items": list(items)})
    if sent.is_success:
        await journey.settled()
    return sent


async def reopen(journey: Journey, item: Json, **headers: str) -> httpx.Response:
    return await journey.client.post(journey.path(f"/items/{item['id']}/reopen"), headers=headers)


async def item_of(journey: Journey, item: Json) -> Json:
    found: Json = next(one for one in (await journey.detail())["lane"] if one["id"] == item["id"])
    return found


async def test_an_item_that_was_set_aside_is_opened_again_and_answered(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey = await scripted(
        desk,
        pilot,
        "Tell me." + questions("Is the light on?", "Is there paper?"),
        "Only this." + questions("Is there paper?"),
        "Fine.",
    )
    light, _ = (await journey.detail())["lane"]
    await journey.say("hm")
    assert (await item_of(journey, light))["status"] == "set_aside"
    async with event_stream(journey.client, journey.id) as events:
        opened = (await reopen(journey, light)).json()
        await events.until("lane.changed")
    assert (opened["id"], opened["status"]) == (light["id"], "open")
    assert opened == await item_of(journey, light)
    assert (await answer(journey, {"item_id": light["id"], "answer": "Off"})).status_code == 202
    assert (await item_of(journey, light))["answer"] == "Off"


async def test_items_that_were_set_aside_take_answers_several_at_once_as_one_message(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey = await scripted(
        desk,
        pilot,
        "Tell me." + questions("Is the light on?", "Is there paper?"),
        "[QUESTIONS][][/QUESTIONS]Ok.",
    )
    light, paper = (await journey.detail())["lane"]
    await journey.say("hm")
    assert {item["status"] for item in (await journey.detail())["lane"]} == {"set_aside"}
    said = await answer(
        journey, {"item_id": light["id"], "answer": "Off"}, {"item_id": paper["id"], "skipped": True}
    )
    messages = (await journey.detail())["messages"]
    [message] = [one for one in messages if one["id"] == said.json()["message_id"]]
    assert message["text"] == "Is the light on?\nOff\n\nIs there paper?\nSkipped."
    assert (await item_of(journey, light))["status"] == "answered"
    assert (await item_of(journey, paper))["status"] == "skipped"


async def test_a_reopened_answer_is_kept_to_be_corrected(desk: Desk, pilot: DirectedPilot) -> None:
    journey, question, _ = await asked(desk, pilot)
    await answer(journey, {"item_id": question["id"], "answer": "Two users"})
    opened = (await reopen(journey, question)).json()
    assert (opened["status"], opened["answer"], opened["answered_at"]) == ("open", "Two users", None)
    await answer(journey, {"item_id": question["id"], "answer": "Only one"})
    assert (await item_of(journey, question))["answer"] == "Only one"


async def test_an_item_is_opened_once_and_every_refusal_changes_nothing(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, question, check = await asked(desk, pilot)
    await answer(journey, {"item_id": question["id"], "skipped": True})
    headers = {"Idempotency-Key": f"key-{uuid4()}"}
    answers = [await reopen(journey, question, **headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [200] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    before = await journey.detail()
    assert_problem(await reopen(journey, check, **headers), 422, "idempotency_key_reused")
    assert_problem(await reopen(journey, {"id": str(uuid4())}), 404, "item_not_found")
    _, foreign, _ = await asked(desk, pilot)
    assert_problem(await reopen(journey, foreign), 404, "item_not_found")
    unknown = await answer(journey, {"item_id": foreign["id"], "answer": "yes"})
    assert_problem(unknown, 404, "item_not_found")
    assert_problem(await reopen(journey, {"id": "seven"}), 422, "validation_failed")
    assert await journey.detail() == before
    await journey.client.post(journey.path("/abandon"))
    assert_problem(await reopen(journey, question), 409, "session_closed")
