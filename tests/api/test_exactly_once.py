"""A repeated request has one effect and gets the first answer again, one after the other and all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import update

from api.schemas.sessions import MessageBody
from api.session_commands import request_hash
from infra.database.models import SessionEvent
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.waiting import until

Send = Callable[[dict[str, str]], Awaitable[httpx.Response]]


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": f"key-{uuid4()}"}


async def send_often(send: Send) -> dict[str, Any]:
    """Five times at once and once more after that, with one key. All answers must be the same; answers it."""
    headers = new_key()
    answers = [*await asyncio.gather(*(send(headers) for _ in range(5))), await send(headers)]
    for answer in answers:
        assert answer.is_success, answer.text
    bodies = [answer.json() for answer in answers]
    assert all(body == bodies[0] for body in bodies), bodies
    assert len({answer.status_code for answer in answers}) == 1
    first: dict[str, Any] = bodies[0]
    return first


async def test_a_session_is_started_once(desk: Desk) -> None:
    text = f"Teams shows a white window {uuid4()}"
    started = []

    async def start(headers: dict[str, str]) -> httpx.Response:
        answer = await desk.engineer.post("/ai-sessions", json={"text": text}, headers=headers)
        started.append(answer.json()["id"])
        return answer

    headers = new_key()
    await asyncio.gather(*(start(headers) for _ in range(5)))
    await start(headers)
    assert len(set(started)) == 1
    body = await Journey(desk.engineer, {"id": started[0]}).settled()
    assert [message["text"] for message in body["messages"] if message["role"] == "engineer"] == [text]
    assert len([message for message in body["messages"] if message["role"] == "pilot"]) == 1


async def test_without_a_key_each_request_is_its_own(desk: Desk) -> None:
    ids = {
        (await desk.engineer.post("/ai-sessions", json={"text": "The same again"})).json()["id"]
        for _ in range(2)
    }
    assert len(ids) == 2


async def test_a_message_is_said_once_and_answered_once(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The scanner sends no mail")
    turns = len(await pilot_messages(journey))
    sent = await send_often(
        lambda headers: desk.engineer.post(
            journey.path("/messages"), json={"text": "Since Monday"}, headers=headers
        )
    )
    body = await journey.settled()
    said = [message for message in body["messages"] if message["text"] == "Since Monday"]
    assert [message["id"] for message in said] == [sent["message_id"]]
    assert len(await pilot_messages(journey)) == turns + 1


async def test_a_chat_repeated_with_its_key_says_it_once_and_gives_the_reply_again(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The telephone headset crackles")
    headers = new_key()
    replies = [
        (
            await desk.engineer.post(
                journey.path("/chat"), json={"text": "Only on the left"}, headers=headers
            )
        ).json()
        for _ in range(2)
    ]
    assert replies[0]["reply"]
    assert replies[0] == replies[1]
    messages = (await journey.detail())["messages"]
    assert [message["text"] for message in messages].count("Only on the left") == 1


async def test_answers_are_given_once(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="Outlook asks for a password all the time")
    item = next(item for item in (await journey.detail())["lane"] if item["kind"] == "question")
    body = {"items": [{"item_id": item["id"], "answer": "Only for this user"}]}
    sent = await send_often(
        lambda headers: desk.engineer.post(journey.path("/items"), json=body, headers=headers)
    )
    after = await journey.settled()
    assert [m["id"] for m in after["messages"] if m["answers"]] == [sent["message_id"]]
    promoted = [fact for fact in after["facts"] if fact["source_ref"] == item["id"]]
    assert len(promoted) <= 1


async def test_a_fact_is_added_once(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The badge reader at the door is dead")
    version = (await journey.detail())["session"]["state_version"]
    fact = await send_often(
        lambda headers: desk.engineer.post(
            journey.path("/facts"), json={"text": "The fuse is fine"}, headers=headers
        )
    )
    body = await journey.detail()
    assert [one["id"] for one in body["facts"] if one["text"] == "The fuse is fine"] == [fact["id"]]
    assert body["session"]["state_version"] == version + 1


async def test_a_fix_is_applied_once_and_judged_once(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out again")
    fix = await journey.until_fix()
    applied = await send_often(
        lambda headers: desk.engineer.post(
            journey.path(f"/suggested-fixes/{fix['id']}/apply"), headers=headers
        )
    )
    again = await journey.apply(fix)
    assert again["applied_at"] == applied["applied_at"], (
        "a second declaration, with another key, changes nothing"
    )
    judged = await send_often(
        lambda headers: desk.engineer.patch(
            journey.path(f"/suggested-fixes/{fix['id']}/outcome"),
            json={"outcome": "applied_success"},
            headers=headers,
        )
    )
    assert judged["status"] == "applied_success"
    lines = [m["text"] for m in (await journey.detail())["messages"] if m["role"] == "system"]
    assert len([line for line in lines if line.startswith("Applied fix")]) == 1
    assert len([line for line in lines if line.startswith("It worked")]) == 1


async def test_status_changes_are_made_once(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The projector shows no picture")
    for action, status in (("pause", "paused"), ("resume", "active"), ("abandon", "abandoned")):
        answer = await send_often(
            lambda headers, action=action: desk.engineer.post(journey.path(f"/{action}"), headers=headers)  # type: ignore[misc]
        )
        assert answer["status"] == status


async def test_a_note_is_posted_once(engineer: httpx.AsyncClient, psa: SimulatorServer) -> None:
    journey = await Journey.start(engineer, psa_ticket_id="48231")
    before = len(psa.notes(48231))
    markdown = (await journey.preview())["markdown"]
    answer = await send_often(
        lambda headers: engineer.post(
            journey.path("/resolution-note/post"), json={"markdown": markdown}, headers=headers
        )
    )
    assert answer["outcome"] == "resolved"
    assert len(psa.notes(48231)) == before + 1


async def test_two_people_who_confirm_at_once_post_one_note(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    journey = await Journey.start(engineer, psa_ticket_id="48231")
    before = len(psa.notes(48231))
    answers = await asyncio.gather(*(journey.post_note("## Problem\n\nIt is solved.") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] in ("writeback_running", "session_closed")
    assert len(psa.notes(48231)) == before + 1


async def test_a_key_used_for_another_request_is_refused_and_nothing_happens(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The screen of the reception flickers")
    fix = str(uuid4())
    headers = new_key()
    first = await desk.engineer.post(journey.path("/messages"), json={"text": "The first"}, headers=headers)
    assert first.status_code == 202
    before = await journey.settled()
    for method, path, body in (
        ("POST", "/messages", {"text": "Another text"}),
        ("POST", "/chat", {"text": "Another text"}),
        ("POST", "/facts", {"text": "The first"}),
        ("POST", "/pause", None),
        ("POST", "/abandon", {"reason": "The first"}),
        ("PATCH", f"/suggested-fixes/{fix}/outcome", {"outcome": "dismissed"}),
        ("POST", "/resolution-note/post", {"markdown": "The first"}),
    ):
        answer = await desk.engineer.request(method, journey.path(path), json=body, headers=headers)
        assert_problem(answer, 422, "idempotency_key_reused")
    assert await journey.detail() == before


async def test_a_key_of_somebody_else_is_refused_and_what_was_said_is_not_swallowed(desk: Desk) -> None:
    """Two people's clients may count from one: the same words of another person are another request."""
    journey = await Journey.start(desk.engineer, text="The lift of the server room stands still")
    headers, said = new_key(), {"text": "I have seen it too"}
    first = await desk.engineer.post(journey.path("/messages"), json=said, headers=headers)
    refused = await desk.admin.post(journey.path("/messages"), json=said, headers=headers)
    assert first.status_code == 202
    assert_problem(refused, 422, "idempotency_key_reused")
    again = await desk.engineer.post(journey.path("/messages"), json=said, headers=headers)
    assert again.json() == first.json()
    theirs = await desk.admin.post(journey.path("/messages"), json=said, headers=new_key())
    assert theirs.status_code == 202
    messages = (await journey.settled())["messages"]
    assert [one["text"] for one in messages].count(said["text"]) == 2


async def test_a_key_of_before_requests_had_a_sender_is_still_known(
    desk: Desk, application: Application
) -> None:
    journey = await Journey.start(desk.engineer, text="The lift of the server room stands still again")
    headers, said = new_key(), MessageBody(text="I have seen it too")
    body = said.model_dump(mode="json")
    first = await desk.engineer.post(journey.path("/messages"), json=body, headers=headers)
    async with application.database.tenant(desk.tenant.account_id) as db:
        await db.execute(
            update(SessionEvent)
            .where(SessionEvent.command_id == headers["Idempotency-Key"])
            .values(request_hash=request_hash("engineer_message", said))
        )
    again = await desk.engineer.post(journey.path("/messages"), json=body, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    other = await desk.engineer.post(journey.path("/messages"), json={"text": "Another"}, headers=headers)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_while_a_request_is_worked_on_its_key_takes_the_same_request_and_no_other(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey = await Journey.start(desk.engineer, text="The mouse jumps over the screen")
    worded = asyncio.Event()
    asked = pilot.make_facts("the pad is worn", worded)
    headers = new_key()

    def promote(said: str) -> asyncio.Task[httpx.Response]:
        body = {"source_type": "ai_synthesis", "raw_input": said}
        return asyncio.create_task(
            desk.engineer.post(journey.path("/facts/promote"), json=body, headers=headers)
        )

    first = promote("the pad is worn")

    async def worked_on() -> bool:
        return bool(asked.requests)

    await until(worked_on, what="the model")
    twin = promote("the pad is worn")
    assert_problem(await promote("the pad is new"), 409, "idempotency_key_in_use")
    pause = await desk.engineer.post(journey.path("/pause"), headers=headers)
    assert_problem(pause, 409, "idempotency_key_in_use")
    assert not first.done()
    worded.set()
    assert (await first).status_code == 201
    assert (await twin).json() == (await first).json()
    assert_problem(await promote("the pad is new"), 422, "idempotency_key_reused")
    assert len(asked.requests) == 1
    assert len((await journey.detail())["facts"]) == 1


async def test_starting_another_session_with_a_used_key_is_refused(desk: Desk) -> None:
    headers = new_key()
    first = await desk.engineer.post("/ai-sessions", json={"text": "The first"}, headers=headers)
    assert first.status_code == 201
    answer = await desk.engineer.post("/ai-sessions", json={"text": "The second"}, headers=headers)
    assert_problem(answer, 422, "idempotency_key_reused")


async def test_a_start_from_a_ticket_is_repeated_although_the_ticketing_system_has_gone(
    engineer: httpx.AsyncClient, administrator: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    headers = new_key()
    first = await engineer.post("/ai-sessions", json={"psa_ticket_id": "48231"}, headers=headers)
    assert first.status_code == 201
    [connection] = (await administrator.get("/integrations/psa/connections")).json()
    await administrator.post(f"/integrations/psa/connections/{connection['id']}/deactivate")
    again = await engineer.post("/ai-sessions", json={"psa_ticket_id": "48231"}, headers=headers)
    assert again.status_code == 201, again.text
    assert again.json()["id"] == first.json()["id"]


async def pilot_messages(journey: Journey) -> list[Any]:
    return [message for message in (await journey.detail())["messages"] if message["role"] == "pilot"]
