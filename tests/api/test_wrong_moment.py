"""The right request at the wrong moment is refused with a code that says why, and changes nothing."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from domain.pilot import PilotRejected
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.waiting import until


async def test_a_closed_session_takes_nothing_more(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    fix = await journey.until_fix()
    await desk.engineer.post(journey.path("/abandon"), json={"reason": "A duplicate"})
    before = await journey.detail()
    item = before["lane"][0]["id"]
    for path, body in (
        ("/messages", {"text": "hello"}),
        ("/chat", {"text": "hello"}),
        ("/items", {"items": [{"item_id": item, "answer": "yes"}]}),
        ("/facts", {"text": "a fact"}),
        ("/pause", None),
        ("/resume", None),
        ("/abandon", None),
        ("/retry", None),
        (f"/suggested-fixes/{fix['id']}/apply", None),
        ("/resolution-note/post", {"markdown": "note"}),
    ):
        answer = await desk.engineer.post(journey.path(path), json=body)
        assert "abandoned" in assert_problem(answer, 409, "session_closed")["detail"]
    assert_problem(await journey.outcome(fix, "applied_success"), 409, "session_closed")
    assert_problem(await desk.engineer.post(journey.path("/stop")), 409, "no_reply_running")
    assert await journey.detail() == before


async def test_a_resolved_session_takes_no_message_and_is_not_resolved_twice(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The projector shows no picture")
    assert (await journey.post_note("## Problem\n\nSolved.")).json()["outcome"] == "resolved_local"
    before = await journey.detail()
    answer = await desk.engineer.post(journey.path("/messages"), json={"text": "One more thing"})
    assert "resolved" in assert_problem(answer, 409, "session_closed")["detail"]
    assert_problem(await journey.post_note("## Problem\n\nAgain."), 409, "session_closed")
    assert await journey.detail() == before


async def test_pausing_twice_and_resuming_what_runs_are_conflicts(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The speakers are silent")
    assert_problem(await desk.engineer.post(journey.path("/resume")), 409, "wrong_state")
    assert (await desk.engineer.post(journey.path("/pause"))).json()["status"] == "paused"
    answer = await desk.engineer.post(journey.path("/pause"))
    assert "paused" in assert_problem(answer, 409, "wrong_state")["detail"]
    assert (await desk.engineer.post(journey.path("/resume"))).json()["status"] == "active"


async def test_a_message_wakes_a_paused_session(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The microphone is silent")
    await desk.engineer.post(journey.path("/pause"))
    assert (await journey.say("Back again"))["session"]["status"] == "active"


async def test_a_fix_that_worked_is_final(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    fix = await journey.until_fix()
    await journey.apply(fix)
    assert (await journey.outcome(fix, "applied_success")).status_code == 200
    before = await journey.detail()
    for outcome in ("applied_failed", "applied_partial", "dismissed", "applied_success"):
        assert_problem(await journey.outcome(fix, outcome, notes="notes"), 409, "fix_final")
    apply = await desk.engineer.post(journey.path(f"/suggested-fixes/{fix['id']}/apply"))
    assert_problem(apply, 409, "fix_final")
    assert await journey.detail() == before


@pytest.mark.parametrize("notes", [None, "", "  \n "])
async def test_a_partial_outcome_needs_notes(desk: Desk, notes: str | None) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    fix = await journey.until_fix()
    answer = await journey.outcome(fix, "applied_partial", notes=notes)
    assert_problem(answer, 400, "partial_notes_required")
    assert (await journey.detail())["active_fix"] == fix


async def test_a_fix_that_does_not_exist_is_not_found(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The keyboard types two letters at once")
    apply = await desk.engineer.post(journey.path(f"/suggested-fixes/{uuid4()}/apply"))
    assert_problem(apply, 404, "fix_not_found")
    assert_problem(await journey.outcome({"id": str(uuid4())}, "dismissed"), 404, "fix_not_found")


async def test_the_same_fact_twice_is_a_conflict(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The door opener buzzes")
    for text, status in (("The fuse is fine", 201), ("  the FUSE is  fine ", 409)):
        answer = await desk.engineer.post(journey.path("/facts"), json={"text": text})
        assert answer.status_code == status, answer.text
    assert answer.json()["code"] == "fact_duplicate"


async def test_there_is_nothing_to_stop_or_to_retry_while_the_pilot_rests(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The tablet does not charge")
    assert_problem(await desk.engineer.post(journey.path("/stop")), 409, "no_reply_running")
    assert_problem(await desk.engineer.post(journey.path("/retry")), 409, "nothing_to_retry")


async def test_a_reply_is_stopped_and_what_was_said_so_far_stays(desk: Desk, pilot: DirectedPilot) -> None:
    go_on = asyncio.Event()
    pilot.direct("the plotter is jammed", ["First look at the rollers.", go_on, " This is never said."])
    answer = await desk.engineer.post("/ai-sessions", json={"text": "the plotter is jammed"})
    journey = Journey(desk.engineer, answer.json())

    async def running() -> bool:
        return (await journey.detail())["running_turn"] is not None

    await until(running, what="the reply")
    assert (await desk.engineer.post(journey.path("/stop"))).status_code == 200
    body = await journey.settled(lambda body: any(m["role"] == "pilot" for m in body["messages"]))
    [reply] = [message for message in body["messages"] if message["role"] == "pilot"]
    assert reply["turn_state"] == "stopped"
    assert reply["text"] == "First look at the rollers."


async def test_a_model_that_is_down_is_replaced_by_the_playbook_which_says_so(
    desk: Desk, pilot: DirectedPilot
) -> None:
    pilot.direct("the model is gone today", PilotRejected("the key is not valid"))
    journey = await Journey.start(desk.engineer, text="the model is gone today and the account is locked out")
    body = await journey.detail()
    assert body["session"]["pilot"]["provider"] == "playbook"
    assert "the key is not valid" in body["session"]["pilot"]["degraded_reason"]
    assert any(m["role"] == "system" and "playbook answers" in m["text"] for m in body["messages"])
    assert body["messages"][-1]["role"] == "pilot"


async def test_a_chat_waits_for_the_whole_reply(desk: Desk, pilot: DirectedPilot) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    answer = await desk.engineer.post(journey.path("/chat"), json={"text": "It is only this one user"})
    assert answer.status_code == 200, answer.text
    chat = answer.json()
    body = await journey.detail()
    assert chat["reply"] == body["messages"][-1]["text"]
    assert [item["id"] for item in chat["questions"] + chat["actions"]] == [
        item["id"] for item in body["lane"] if item["status"] == "open"
    ]


async def test_a_connection_that_was_removed_leaves_the_session_open_and_the_note_unposted(
    engineer: httpx.AsyncClient, administrator: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    journey = await Journey.start(engineer, psa_ticket_id="48231")
    before = await journey.detail()
    notes = len(psa.notes(48231))
    connection = before["session"]["psa_connection_id"]
    await administrator.post(f"/integrations/psa/connections/{connection}/deactivate")
    answer = await journey.post_note("## Problem\n\nSolved.")
    assert "stays open" in assert_problem(answer, 409, "psa_connection_gone")["detail"]
    assert await journey.detail() == before
    assert len(psa.notes(48231)) == notes
    assert (await journey.say("It goes on"))["session"]["status"] == "active"
