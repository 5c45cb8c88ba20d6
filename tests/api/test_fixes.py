"""Suggested fixes over HTTP: script paths, outcomes, dismissal and reminder, and every way they are refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from domain.fixes import PARAMETERS_DEPTH
from infra.database.models import DraftTemplate, Fix, SessionEvent
from tests.api.conftest import Desk
from tests.api.scripted import proposed
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.streams import event_stream
from tests.workflows.replies import nested, suggest

Json = dict[str, Any]
SCRIPT = "Restart-Service Spooler"
REPLACED = "Two." + suggest("Replace the cable", ai_drafted_script="Get-Printer")


async def post(journey: Journey, fix: Json, action: str, **headers: str) -> httpx.Response:
    return await journey.client.post(journey.path(f"/suggested-fixes/{fix['id']}/{action}"), headers=headers)


async def decide(journey: Journey, fix: Json, decision: str, **more: Any) -> httpx.Response:
    path = journey.path(f"/suggested-fixes/{fix['id']}/decision")
    return await journey.client.post(path, json={"decision": decision, **more})


async def attach(journey: Journey, fix: Json, **body: Any) -> httpx.Response:
    return await journey.client.patch(journey.path(f"/suggested-fixes/{fix['id']}/script"), json=body)


async def clear(journey: Journey, fix: Json) -> httpx.Response:
    return await journey.client.delete(journey.path(f"/suggested-fixes/{fix['id']}/ai-outcome-proposal"))


async def history(journey: Journey) -> list[Json]:
    answer = await journey.client.get(journey.path("/suggested-fixes"))
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found


async def active(journey: Journey) -> Json:
    fix: Json = (await journey.detail())["active_fix"]
    return fix


def ok(answer: httpx.Response) -> Json:
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


# --- reading ---


async def test_the_history_tells_every_fix_newest_first_and_the_reminder_of_the_active_one(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, first = await proposed(desk, pilot, REPLACED, "Three." + suggest("Replace the printer"))
    await journey.apply(first)
    await journey.say("no change")
    second = await active(journey)
    ok(await decide(journey, second, "dismissed"))
    await journey.say("what else?")
    newest, dismissed, replaced = await history(journey)
    assert [one["title"] for one in (newest, dismissed, replaced)] == [
        "Replace the printer",
        "Replace the cable",
        "Restart the spooler",
    ]
    assert (dismissed["status"], dismissed["superseded_at"]) == ("dismissed", None)
    assert replaced["superseded_at"] is not None
    assert newest["nudge"] == {"messages_since_apply": 0, "silenced_until": None, "due": False}
    assert dismissed["nudge"] is None
    assert replaced["nudge"] is None
    assert newest == await active(journey)


# --- script paths ---


async def test_running_once_declares_the_run_and_answers_the_script(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot)
    answer = ok(await decide(journey, fix, "one_off", parameters_used={"server": "print01"}))
    assert answer == {
        "user_decision": "one_off",
        "rendered_script": SCRIPT,
        "draft_template_id": None,
        "redirect_path": None,
    }
    after = await active(journey)
    assert (after["user_decision"], after["parameters_used"]) == ("one_off", {"server": "print01"})
    assert after["applied_at"] is not None
    assert after["status"] == "proposed"


async def test_running_an_edited_script_to_templatize_leaves_a_draft_of_it(
    desk: Desk, pilot: DirectedPilot, application: Application
) -> None:
    journey, fix = await proposed(desk, pilot, script=None)
    async with event_stream(journey.client, journey.id) as events:
        answer = ok(await decide(journey, fix, "draft_template", edited_script="Stop-Service Spooler"))
        told = await events.until("draft.ready")
    assert answer["rendered_script"] == "Stop-Service Spooler"
    assert told.data == {"draft_template_id": answer["draft_template_id"], "fix_id": fix["id"]}
    async with application.database.tenant(desk.tenant.account_id) as db:
        draft = await db.get(DraftTemplate, answer["draft_template_id"])
        stored = await db.get(Fix, fix["id"])
    assert draft is not None
    assert draft.script_body == "Stop-Service Spooler"
    assert stored is not None
    assert stored.script_used == "Stop-Service Spooler"


async def test_a_decision_repeated_with_its_key_is_made_once_and_answered_the_same(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, fix = await proposed(desk, pilot)
    path = journey.path(f"/suggested-fixes/{fix['id']}/decision")
    headers = {"Idempotency-Key": f"key-{uuid4()}"}
    body = {"decision": "draft_template", "parameters_used": {"password": "hunter2hunter2"}}
    answers = [ok(await journey.client.post(path, json=body, headers=headers)) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["draft_template_id"]
    other = body | {"decision": "one_off"}
    assert_problem(
        await journey.client.post(path, json=other, headers=headers), 422, "idempotency_key_reused"
    )
    build = {"decision": "build_template"}
    assert_problem(
        await journey.client.post(path, json=build, headers=headers), 422, "idempotency_key_reused"
    )


async def test_a_secret_that_a_script_was_run_with_is_stored_nowhere(
    desk: Desk, pilot: DirectedPilot, application: Application
) -> None:
    journey, fix = await proposed(desk, pilot)
    secret = f"Sw0rdfish{uuid4().hex[:6]}!"
    ok(await decide(journey, fix, "one_off", parameters_used={"admin_password": secret, "server": "print01"}))
    ok(await attach(journey, fix, ai_drafted_script=SCRIPT, ai_drafted_parameters={"api_key": secret}))
    after = await active(journey)
    assert after["parameters_used"]["server"] == "print01"
    async with application.database.tenant(desk.tenant.account_id) as db:
        events = await db.execute(select(SessionEvent).where(SessionEvent.session_id == journey.id))
        told = str([(event.payload, event.result) for event in events.scalars()])
    assert secret not in told + str(after)
    sent = await application.workflow(journey.id).fetch_history()
    accepted = [event.workflow_execution_update_accepted_event_attributes for event in sent.events]
    payloads = [payload for each in accepted for payload in each.accepted_request.input.args.payloads]
    decoded = await application.temporal.data_converter.decode(payloads)
    assert "print01" in str(decoded), "the history is readable here"
    assert secret not in str(decoded)


async def test_building_a_template_only_tells_where_to_go(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot, script=None)
    before = await journey.detail()
    answer = ok(await decide(journey, fix, "build_template"))
    assert answer == {
        "user_decision": "build_template",
        "rendered_script": None,
        "draft_template_id": None,
        "redirect_path": f"/scripts/builder?session={journey.id}&fix={fix['id']}",
    }
    assert await journey.detail() == before
    missing = await decide(journey, {"id": str(uuid4())}, "build_template")
    assert_problem(missing, 404, "fix_not_found")
    _, foreign = await proposed(desk, pilot)
    assert_problem(await decide(journey, foreign, "build_template"), 404, "fix_not_found")


async def test_a_script_is_attached_in_place_of_another_and_declares_nothing(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, fix = await proposed(desk, pilot)
    attached = ok(await attach(journey, fix, ai_drafted_script="Get-Service Spooler"))
    assert (attached["ai_drafted_script"], attached["ai_drafted_parameters"]) == ("Get-Service Spooler", None)
    assert (attached["applied_at"], attached["user_decision"]) == (None, None)
    longest = ok(
        await attach(journey, fix, ai_drafted_script="x" * 50_000, ai_drafted_parameters={"n": [1, None]})
    )
    assert len(longest["ai_drafted_script"]) == 50_000
    assert longest == await active(journey)
    deepest = nested(PARAMETERS_DEPTH)
    attached = ok(await attach(journey, fix, ai_drafted_script="x", ai_drafted_parameters=deepest))
    assert attached["ai_drafted_parameters"] == deepest


# --- one journey for every kind of transition ---


async def test_a_fix_goes_through_every_standing_and_back(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot)
    applied = await journey.apply(fix)
    partial = ok(await journey.outcome(fix, "applied_partial", "one of two hosts"))
    assert (partial["status"], partial["partial_notes"]) == ("applied_partial", "one of two hosts")
    again = ok(await journey.outcome(fix, "applied_partial", "the second half too"))
    assert (again["partial_notes"], again["applied_at"]) == ("the second half too", applied["applied_at"])
    finished = ok(await post(journey, fix, "resume"))
    assert (finished["status"], finished["partial_notes"]) == ("proposed", "the second half too")
    assert finished["applied_at"] > applied["applied_at"]
    dismissed = ok(await journey.outcome(fix, "dismissed"))
    assert (dismissed["status"], dismissed["nudge"]) == ("dismissed", None)
    assert await active(journey) is None
    restored = ok(await post(journey, fix, "restore"))
    assert (restored["status"], restored["applied_at"]) == ("proposed", finished["applied_at"])
    failed = ok(await journey.outcome(fix, "applied_failed", "same error"))
    assert (failed["status"], failed["failure_reason"]) == ("applied_failed", "same error")
    assert failed["verified_at"] is not None
    assert (await active(journey))["id"] == fix["id"], "a final fix stays the active one"


async def test_a_fix_that_was_run_and_replaced_takes_its_outcome_and_leaves_the_active_one_alone(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, old = await proposed(desk, pilot, REPLACED)
    await journey.apply(old)
    await journey.say("no change")
    new = await active(journey)
    version = (await journey.detail())["session"]["state_version"]
    judged = ok(await journey.outcome(old, "applied_partial", "it printed once"))
    assert (judged["status"], judged["partial_notes"]) == ("applied_partial", "it printed once")
    assert judged["superseded_at"] is not None
    assert judged["nudge"] is None
    judged = ok(await journey.outcome(old, "applied_failed", "no change"))
    assert (judged["status"], judged["failure_reason"]) == ("applied_failed", "no change")
    detail = await journey.detail()
    assert detail["active_fix"] == new
    assert detail["session"]["state_version"] == version + 2
    assert_problem(await journey.outcome(old, "applied_success"), 409, "fix_final")
    markdown = ok(await journey.client.post(journey.path("/resolution-note/preview")))["markdown"]
    assert "Restart the spooler: did not help" in markdown


async def test_a_fix_that_was_replaced_before_it_was_run_takes_no_outcome(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, old = await proposed(desk, pilot, REPLACED)
    await journey.say("another one")
    for outcome in ("applied_success", "applied_failed", "dismissed"):
        assert_problem(await journey.outcome(old, outcome), 409, "fix_superseded")
    assert_problem(await journey.outcome(old, "applied_partial", "half"), 409, "fix_superseded")


async def test_the_reminder_comes_without_a_reload_and_is_silenced(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot)
    applied = await journey.apply(fix)
    assert applied["nudge"] == {"messages_since_apply": 0, "silenced_until": None, "due": False}
    last = (await journey.detail())["last_event_seq"]
    for text in ("one", "two", "three"):
        await journey.say(text)
    read = (await active(journey))["nudge"]
    assert read == {"messages_since_apply": 3, "silenced_until": None, "due": True}
    async with event_stream(journey.client, journey.id, after=last) as events:
        await events.until("reply.completed", count=3)
    said = [event for event in events.of("message.created") if event.data["message"]["role"] == "engineer"]
    assert applied["nudge"]["messages_since_apply"] + len(said) == read["messages_since_apply"], (
        "who follows the stream counts the same"
    )
    silenced = ok(await post(journey, fix, "still-checking"))
    assert silenced["nudge"] == {"messages_since_apply": 3, "silenced_until": 6, "due": False}
    assert silenced == await active(journey)


# --- refusals ---


async def test_every_refusal_of_an_open_fix(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot, script=None)
    before = await journey.detail()
    for decision in ("one_off", "draft_template"):
        assert_problem(await decide(journey, fix, decision), 400, "script_required")
    assert_problem(await post(journey, fix, "resume"), 409, "fix_not_partial")
    assert_problem(await post(journey, fix, "restore"), 409, "fix_not_dismissed")
    assert_problem(await post(journey, fix, "still-checking"), 409, "fix_not_verifying")
    assert_problem(await journey.outcome(fix, "applied_partial", " "), 400, "partial_notes_required")
    assert_problem(await journey.outcome(fix, "applied_failed", "x" * 501), 422, "validation_failed")
    for body in (
        {},
        {"ai_drafted_script": " "},
        {"ai_drafted_script": "x" * 50_001},
        {"ai_drafted_script": "a\x00b"},
        {"ai_drafted_script": "x", "ai_drafted_parameters": []},
        {"ai_drafted_script": "x", "ai_drafted_parameters": {"a": {"b": ["c\x00"]}}},
        {"ai_drafted_script": "x", "ai_drafted_parameters": {"a\x00": 1}},
        {"ai_drafted_script": "x", "ai_drafted_parameters": {str(n): n for n in range(101)}},
        {"ai_drafted_script": "x", "ai_drafted_parameters": nested(PARAMETERS_DEPTH + 1)},
        {"ai_drafted_script": "x", "ai_drafted_parameters": nested(200)},
        {"ai_drafted_script": "x", "run": True},
    ):
        assert_problem(await attach(journey, fix, **body), 422, "validation_failed")
    for decision, more in (
        ("perhaps", {}),
        ("one_off", {"edited_script": " "}),
        ("one_off", {"edited_script": "x" * 50_001}),
        ("one_off", {"edited_script": "x", "parameters_used": {"a": "b\x00"}}),
    ):
        assert_problem(await decide(journey, fix, decision, **more), 422, "validation_failed")
    assert await journey.detail() == before


async def test_a_final_fix_takes_nothing_more(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot)
    ok(await journey.outcome(fix, "applied_success"))
    before = await journey.detail()
    for answer in (
        await decide(journey, fix, "one_off"),
        await decide(journey, fix, "draft_template"),
        await decide(journey, fix, "dismissed"),
        await attach(journey, fix, ai_drafted_script="x"),
        await journey.outcome(fix, "applied_failed"),
        await post(journey, fix, "apply"),
        await post(journey, fix, "resume"),
        await post(journey, fix, "still-checking"),
    ):
        assert_problem(answer, 409, "fix_final")
    assert_problem(await post(journey, fix, "restore"), 409, "fix_not_dismissed")
    assert await journey.detail() == before


async def test_a_replaced_fix_is_neither_dismissed_nor_run_nor_restored(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, old = await proposed(desk, pilot, REPLACED)
    await journey.say("another one")
    before = await journey.detail()
    for answer in (
        await decide(journey, old, "dismissed"),
        await decide(journey, old, "one_off"),
        await attach(journey, old, ai_drafted_script="x"),
        await post(journey, old, "apply"),
        await post(journey, old, "resume"),
        await post(journey, old, "restore"),
        await post(journey, old, "still-checking"),
    ):
        assert_problem(answer, 409, "fix_superseded")
    assert await journey.detail() == before


async def test_a_dismissed_fix_takes_nothing_but_its_restoring(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot, REPLACED)
    ok(await decide(journey, fix, "dismissed"))
    for answer in (
        await decide(journey, fix, "one_off"),
        await decide(journey, fix, "dismissed"),
        await attach(journey, fix, ai_drafted_script="x"),
        await journey.outcome(fix, "applied_success"),
        await post(journey, fix, "apply"),
        await post(journey, fix, "resume"),
        await post(journey, fix, "still-checking"),
    ):
        assert_problem(answer, 409, "fix_dismissed")
    await journey.say("another one")
    assert_problem(await post(journey, fix, "restore"), 409, "another_fix_active")


async def test_an_unknown_fix_is_not_found_on_any_route(desk: Desk, pilot: DirectedPilot) -> None:
    journey, _ = await proposed(desk, pilot)
    other, foreign = await proposed(desk, pilot)
    for fix in ({"id": str(uuid4())}, foreign):
        for answer in (
            await decide(journey, fix, "one_off"),
            await attach(journey, fix, ai_drafted_script="x"),
            await clear(journey, fix),
            await post(journey, fix, "resume"),
            await post(journey, fix, "restore"),
            await post(journey, fix, "still-checking"),
        ):
            assert_problem(answer, 404, "fix_not_found")
    assert (await active(other)) == foreign


@pytest.mark.parametrize("times", [1, 2])
async def test_clearing_a_proposal_that_is_not_there_is_harmless(
    desk: Desk, pilot: DirectedPilot, times: int
) -> None:
    journey, fix = await proposed(desk, pilot)
    version = (await journey.detail())["session"]["state_version"]
    for _ in range(times):
        assert ok(await clear(journey, fix)) == fix
    assert (await journey.detail())["session"]["state_version"] == version


async def test_a_closed_session_keeps_its_fix_as_it_is(desk: Desk, pilot: DirectedPilot) -> None:
    journey, fix = await proposed(desk, pilot)
    await journey.apply(fix)
    await journey.client.post(journey.path("/abandon"))
    before = await journey.detail()
    for answer in (
        await decide(journey, fix, "one_off"),
        await attach(journey, fix, ai_drafted_script="x"),
        await clear(journey, fix),
        await post(journey, fix, "resume"),
        await post(journey, fix, "restore"),
        await post(journey, fix, "still-checking"),
    ):
        assert_problem(answer, 409, "session_closed")
    assert len(await history(journey)) == 1, "reading goes on"
    assert await journey.detail() == before
