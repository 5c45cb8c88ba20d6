"""Escalating, sharing and retrying over HTTP: what is confirmed is what is posted, and every refusal has a code."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.workflows.replies import suggest

TICKET = "48231"
PACKAGE = "## Problem\n\nPrints nothing. Since Monday.\n\n## What we've tried\n\n- Nothing yet."
POSTS = {
    "/resolution-note/post": {},
    "/escalation-package/post": {},
    "/updates": {"audience": "client"},
}
"""Routes that confirm a text, and what they need beside it."""


@pytest.fixture
async def journey(engineer: httpx.AsyncClient) -> Journey:
    """A session with a ticket."""
    return await Journey.start(engineer, psa_ticket_id=TICKET)


async def post(
    journey: Journey, path: str, body: dict[str, Any] | None = None, key: str | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await journey.client.post(journey.path(path), json=body, headers=headers)


async def with_a_run_fix(client: httpx.AsyncClient, pilot: DirectedPilot) -> Journey:
    """A session whose active fix was run and not judged."""
    name = f"case {uuid4().hex[:12]}"
    pilot.direct(name, "Try this." + suggest("Clean the drum"))
    journey = await Journey.start(client, text=f"{name}: prints nothing")
    await journey.apply((await journey.detail())["active_fix"])
    return journey


def new_texts(psa: SimulatorServer, before: int) -> list[str]:
    return [note["text"] for note in psa.notes(int(TICKET))[before:]]


async def test_what_nobody_sees_in_a_text_is_not_posted(journey: Journey, psa: SimulatorServer) -> None:
    before = len(psa.notes(int(TICKET)))
    hidden = "## Problem\n\nPri\u200bnts \u202enothing\u202c.\x1b[31m\U000e0069 👩\u200d💻"
    answer = await post(journey, "/updates", {"markdown": hidden, "audience": "client"})
    assert answer.status_code == 200, answer.text
    assert new_texts(psa, before) == ["## Problem\n\nPrints nothing. 👩\u200d💻"]
    nothing = await post(journey, "/updates", {"markdown": "\u200b\u2060", "audience": "client"})
    assert_problem(nothing, 422, "note_empty")


# --- escalating ---


async def test_the_edited_package_is_posted_and_stays_the_briefing(
    journey: Journey, psa: SimulatorServer
) -> None:
    before = len(psa.notes(int(TICKET)))
    preview = (await post(journey, "/escalation-package/preview")).json()
    assert preview["target_ticket_ref"] == TICKET
    assert preview["target_status"] == "Escalated"
    assert (preview["generated_by"], preview["from_cache"], preview["confirmed"]) == (
        "renderer",
        False,
        False,
    )
    assert (await post(journey, "/escalation-package/preview")).json()["from_cache"]
    assert not (await post(journey, "/escalation-package/preview?force=true")).json()["from_cache"]
    edited = preview["markdown"] + "\n\nAsk for Ana."
    answer = await post(journey, "/escalation-package/post", {"markdown": f"\n{edited}\n"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["outcome"], body["session_status"]) == ("escalated", "escalated")
    assert (body["verified_status_name"], body["status_transition_skipped_reason"]) == ("Escalated", None)
    assert body["external_id"] == body["writeback"]["external_id"] is not None
    assert body["posted_at"]
    assert new_texts(psa, before) == [edited]
    shown = (await post(journey, "/escalation-package/preview")).json()
    assert (shown["markdown"], shown["confirmed"], shown["generated_by"]) == (edited, True, None)
    session = (await journey.detail())["session"]
    assert session["escalated_at"]
    assert session["escalation_reason"]
    assert session["writeback"]["kind"] == "escalation_package"


async def test_without_a_ticket_the_package_is_kept(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The plotter draws nothing")
    answer = await post(
        journey, "/escalation-package/post", {"markdown": PACKAGE, "escalation_reason": "On site"}
    )
    body = answer.json()
    assert (body["outcome"], body["session_status"], body["external_id"]) == (
        "escalated_local",
        "escalated",
        None,
    )
    assert (await journey.detail())["session"]["escalation_reason"] == "On site"
    assert_problem(await post(journey, "/escalation-package/post", {"markdown": PACKAGE}), 409, "wrong_state")


async def test_a_closed_session_is_not_escalated_unless_it_was_resolved(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The scale shows nothing")
    await post(journey, "/abandon")
    answer = await post(journey, "/escalation-package/post", {"markdown": PACKAGE})
    assert_problem(answer, 409, "session_closed")
    resolved = await Journey.start(desk.engineer, text="The till shows nothing")
    await resolved.post_note("## Problem\n\nSolved.")
    answer = await post(resolved, "/escalation-package/post", {"markdown": PACKAGE})
    assert answer.json()["outcome"] == "escalated_local"


async def test_a_run_fix_is_asked_for_and_the_answer_recorded(desk: Desk, pilot: DirectedPilot) -> None:
    journey = await with_a_run_fix(desk.engineer, pilot)
    before = await journey.detail()
    refused = await post(journey, "/escalation-package/post", {"markdown": PACKAGE})
    assert "was run" in assert_problem(refused, 409, "fix_outcome_required")["detail"]
    for wrong, status, code in (
        ({"fix_outcome": "applied_partial"}, 400, "partial_notes_required"),
        ({"fix_outcome": "applied_failed", "fix_never_applied": True}, 400, "fix_outcome_twice"),
        ({"fix_outcome": "dismissed"}, 422, "validation_failed"),
        ({"fix_outcome": "applied_failed", "fix_notes": "x" * 501}, 422, "validation_failed"),
    ):
        answer = await post(journey, "/escalation-package/post", {"markdown": PACKAGE, **wrong})
        assert_problem(answer, status, code)
    assert await journey.detail() == before, "a refused escalation changes nothing"
    said = {"fix_outcome": "applied_partial", "fix_notes": "Two of five"}
    answer = await post(journey, "/escalation-package/post", {"markdown": PACKAGE, **said})
    assert answer.json()["outcome"] == "escalated_local"
    fix = (await journey.detail())["active_fix"]
    assert (fix["status"], fix["partial_notes"]) == ("applied_partial", "Two of five")


async def test_a_fix_that_was_never_applied_is_proposed_again(desk: Desk, pilot: DirectedPilot) -> None:
    journey = await with_a_run_fix(desk.engineer, pilot)
    body = {"markdown": PACKAGE, "fix_never_applied": True}
    assert (await post(journey, "/escalation-package/post", body)).status_code == 200
    fix = (await journey.detail())["active_fix"]
    assert (fix["status"], fix["applied_at"]) == ("proposed", None)


async def test_an_answer_about_nothing_and_one_that_comes_late_are_conflicts(
    desk: Desk, pilot: DirectedPilot
) -> None:
    pilot.direct("the lamp of the projector is dark", "I see.")
    journey = await Journey.start(desk.engineer, text="the lamp of the projector is dark")
    said = {"markdown": PACKAGE, "fix_outcome": "applied_failed"}
    assert_problem(await post(journey, "/escalation-package/post", said), 409, "no_active_fix")
    judged = await with_a_run_fix(desk.engineer, pilot)
    await judged.outcome((await judged.detail())["active_fix"], "applied_success")
    assert_problem(await post(judged, "/escalation-package/post", said), 409, "fix_final")


# --- what all confirmed texts have in common ---


@pytest.mark.parametrize("path", POSTS)
async def test_a_text_must_hold_something_and_fit(desk: Desk, path: str) -> None:
    journey = await Journey.start(desk.engineer, text="The badge reader is dead")
    before = await journey.detail()
    for markdown in ("", " \n\t "):
        assert_problem(await post(journey, path, {"markdown": markdown, **POSTS[path]}), 422, "note_empty")
    for wrong in (
        {"markdown": "x" * 20_001},
        {"markdown": "a\x00b"},
        {"markdown": "text", "status_id": 0},
        {"markdown": "text", "status_id": 2**31},
        {"markdown": "text", "unknown": 1},
    ):
        answer = await post(journey, path, {**POSTS[path], **wrong})
        assert_problem(answer, 422, "validation_failed")
    assert await journey.detail() == before


@pytest.mark.parametrize("path", ["/resolution-note/post", "/escalation-package/post"])
@pytest.mark.parametrize("minutes", [-1, 1441, "long"])
async def test_minutes_are_those_of_a_day(desk: Desk, path: str, minutes: object) -> None:
    journey = Journey(desk.engineer, {"id": str(uuid4())})
    answer = await post(journey, path, {"markdown": "text", "log_minutes": minutes})
    assert_problem(answer, 422, "validation_failed")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/resolution-note/preview", None),
        ("/escalation-package/preview", None),
        ("/updates?preview=true", {"audience": "client"}),
        ("/writeback/retry", None),
        *[(path, {"markdown": "text", **more}) for path, more in POSTS.items()],
    ],
)
async def test_what_is_not_there_and_what_is_not_yours_is_not_found(
    desk: Desk, other_engineer: httpx.AsyncClient, path: str, body: dict[str, Any] | None
) -> None:
    own = await Journey.start(desk.engineer, text="The door opener buzzes")
    for client, session in ((desk.engineer, {"id": str(uuid4())}), (other_engineer, {"id": own.id})):
        assert_problem(await post(Journey(client, session), path, body), 404, "session_not_found")


@pytest.mark.parametrize("path", POSTS)
async def test_a_connection_that_was_removed_refuses_and_keeps_the_session(
    journey: Journey, administrator: httpx.AsyncClient, psa: SimulatorServer, path: str
) -> None:
    before = await journey.detail()
    notes = len(psa.notes(int(TICKET)))
    connection = before["session"]["psa_connection_id"]
    await administrator.post(f"/integrations/psa/connections/{connection}/deactivate")
    answer = await post(journey, path, {"markdown": PACKAGE, **POSTS[path]})
    assert "stays open" in assert_problem(answer, 409, "psa_connection_gone")["detail"]
    assert await journey.detail() == before
    assert len(psa.notes(int(TICKET))) == notes


@pytest.mark.parametrize("path", POSTS)
async def test_a_refusal_is_told_in_the_ticketing_systems_own_words_and_the_retry_posts_the_note(
    journey: Journey, psa: SimulatorServer, path: str
) -> None:
    before = len(psa.notes(int(TICKET)))
    psa.configure(denied=["POST /service/tickets"])
    answer = await post(journey, path, {"markdown": PACKAGE, **POSTS[path]})
    body = assert_problem(answer, 502, "psa_post_failed")
    assert "security permission" in body["detail"]
    assert (body["psa_code"], body["step"]) == ("psa_credentials_rejected", "post_note")
    assert new_texts(psa, before) == []
    psa.configure(denied=[])
    retried = await post(journey, "/writeback/retry")
    assert retried.status_code == 200, retried.text
    assert retried.json()["outcome"] in ("resolved", "escalated", "shared")
    assert new_texts(psa, before) == [PACKAGE]


async def test_a_status_that_did_not_move_is_told_with_what_was_expected_and_retried_alone(
    journey: Journey, psa: SimulatorServer
) -> None:
    before = len(psa.notes(int(TICKET)))
    # It is looked at four times before it is told.
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    answer = await post(journey, "/escalation-package/post", {"markdown": PACKAGE})
    body = assert_problem(answer, 502, "psa_status_unverified")
    assert (body["expected"], body["observed"]) == ("Escalated", "In Progress")
    session = (await journey.detail())["session"]
    assert (session["status"], session["writeback"]["state"]) == ("requesting_escalation", "unverified")
    key = f"retry-{uuid4()}"
    first = await post(journey, "/writeback/retry", key=key)
    assert (first.json()["outcome"], first.json()["verified_status_name"]) == ("escalated", "Escalated")
    assert (await post(journey, "/writeback/retry", key=key)).json() == first.json()
    assert new_texts(psa, before) == [PACKAGE]
    assert_problem(await post(journey, "/writeback/retry"), 409, "nothing_to_retry_writeback")


async def test_there_is_nothing_to_retry_before_anything_was_confirmed_nor_after_closing(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The tablet does not charge")
    assert_problem(await post(journey, "/writeback/retry"), 409, "nothing_to_retry_writeback")
    await journey.post_note("## Problem\n\nSolved.")
    assert_problem(await post(journey, "/writeback/retry"), 409, "session_closed")


@pytest.mark.parametrize("path", POSTS)
async def test_a_confirm_repeated_with_its_key_posts_once_and_another_text_under_it_is_refused(
    journey: Journey, psa: SimulatorServer, path: str
) -> None:
    before = len(psa.notes(int(TICKET)))
    key = f"key-{uuid4()}"
    answers = [await post(journey, path, {"markdown": PACKAGE, **POSTS[path]}, key) for _ in range(2)]
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].json() == answers[1].json()
    other = await post(journey, path, {"markdown": "Another text", **POSTS[path]}, key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert new_texts(psa, before) == [PACKAGE]


# --- updates ---


@pytest.mark.parametrize("audience", ["internal", "client", "request_info"])
async def test_an_update_is_drafted_edited_and_shared(
    journey: Journey, psa: SimulatorServer, audience: str
) -> None:
    before = len(psa.notes(int(TICKET)))
    path = "/updates?preview=true"
    draft = (await post(journey, path, {"audience": audience})).json()
    assert draft["markdown"]
    assert (draft["target_ticket_ref"], draft["target_status"], draft["confirmed"]) == (TICKET, None, False)
    assert (await post(journey, path, {"audience": audience})).json()["from_cache"]
    assert not (await post(journey, f"{path}&force=true", {"audience": audience})).json()["from_cache"]
    assert new_texts(psa, before) == [], "a draft posts nothing"
    text = draft["markdown"] + "\n\nMara"
    answer = (await post(journey, "/updates", {"markdown": text, "audience": audience})).json()
    assert (answer["outcome"], answer["session_status"]) == ("shared", "active")
    assert answer["writeback"]["kind"] == f"update_{audience}"
    assert new_texts(psa, before) == [text]


async def test_an_update_can_move_the_ticket(journey: Journey, psa: SimulatorServer) -> None:
    body = {"markdown": "Waiting for you.", "audience": "request_info", "status_id": 104}
    answer = (await post(journey, "/updates", body)).json()
    assert (answer["verified_status_id"], answer["verified_status_name"]) == (104, "Escalated")
    assert (await journey.detail())["session"]["ticket"]["status"] == "Escalated"


async def test_without_a_ticket_an_update_is_neither_drafted_nor_shared(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The headset crackles")
    for path in ("/updates", "/updates?preview=true"):
        answer = await post(journey, path, {"markdown": "News", "audience": "client"})
        assert "Link a ticket" in assert_problem(answer, 409, "no_ticket")["detail"]


@pytest.mark.parametrize("body", [{}, {"audience": "everybody"}, {"markdown": "News"}])
async def test_an_update_has_an_audience(desk: Desk, body: dict[str, Any]) -> None:
    journey = Journey(desk.engineer, {"id": str(uuid4())})
    for path in ("/updates", "/updates?preview=true"):
        assert_problem(await post(journey, path, body), 422, "validation_failed")


async def test_a_closed_session_shares_nothing(journey: Journey, psa: SimulatorServer) -> None:
    before = len(psa.notes(int(TICKET)))
    await post(journey, "/abandon")
    answer = await post(journey, "/updates", {"markdown": "News", "audience": "client"})
    assert_problem(answer, 409, "session_closed")
    assert new_texts(psa, before) == []
