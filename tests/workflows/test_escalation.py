"""Escalate: the package is on the ticket, the fix is answered for, and the session waits for the next engineer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from domain.conversation import never_applied_line, posted_line
from domain.vocabulary import (
    ArtifactKind,
    EventType,
    FixOutcome,
    FixStatus,
    MessageRole,
    SessionStatus,
    WritebackState,
)
from infra.database.models import Artifact, Fix, PsaConnection, Session, SessionEvent, Writeback
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.replies import suggest
from tests.workflows.ticket_on_psa import BOARD_STATUSES, PACKAGE, TICKET, Ticket, configure, shown_on
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.troubleshooting_session.handlers import artifacts as artifact_handlers

FIX = "Try this." + suggest("Clean the drum")


async def fix_of(session: WorkedSession) -> Fix:
    return (await session.rows(Fix))[-1]


@pytest.mark.history("escalated-with-ticket")
async def test_the_package_is_posted_once_inside_the_status_moves_and_the_session_is_escalated(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    answer = await session.escalate(PACKAGE)
    assert not answer.pending
    assert on_psa.texts == [PACKAGE]
    assert shown_on(on_psa.new_notes[0]) == ["internal"]
    assert on_psa.status == BOARD_STATUSES["escalated"]
    row = await session.row()
    assert (row.status, row.escalated_by) == (SessionStatus.ESCALATED, session.tenant.user_id())
    assert row.escalated_at is not None
    assert row.closed_at is None
    assert row.escalation_reason == "Prints nothing at all."
    assert (await session.said(MessageRole.SYSTEM))[-1] == posted_line(
        TICKET, "Escalated", ArtifactKind.ESCALATION_PACKAGE
    )
    assert [one["status"] for one in await session.events(EventType.SESSION_CHANGED)] == [
        "requesting_escalation",
        "escalated",
    ]


@pytest.mark.history("escalated-local")
async def test_without_a_ticket_the_package_is_kept_here_and_the_session_is_escalated_at_once(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    answer = await session.escalate(PACKAGE, escalation_reason="Needs somebody on site")
    assert (answer.writeback_number, answer.pending) == (None, False)
    row = await session.row()
    assert (row.status, row.escalation_reason) == (SessionStatus.ESCALATED, "Needs somebody on site")
    (writeback,) = await session.rows(Writeback)
    assert (writeback.markdown, writeback.state, writeback.ticket_id) == (PACKAGE, WritebackState.DONE, None)
    assert (await refusal_of(session.escalate(PACKAGE))).type == "wrong_state"


async def test_an_account_that_posts_by_hand_keeps_package_and_note_here(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_post_on_close=False, auto_time_entry=True)
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(update(PsaConnection).values(is_active=False))
    await session.escalate(PACKAGE)
    assert (await session.row()).status is SessionStatus.ESCALATED
    await session.resolve("## Problem\n\nSolved.")
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert (on_psa.texts, on_psa.new_time) == ([], [])
    assert psa.requests("PATCH") == []
    assert [row.ticket_id for row in await session.rows(Writeback)] == [None, None]


async def test_what_is_said_meanwhile_is_kept_and_answered(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.escalate(PACKAGE)
    await session.say("One thing for whoever takes over")
    assert (await session.row()).status is SessionStatus.ESCALATED
    assert session.script.turns == 2


@pytest.mark.history("resolved-after-escalation")
async def test_an_escalated_session_can_be_resolved(ticket_sessions: Sessions, on_psa: Ticket) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.escalate(PACKAGE)
    await session.resolve("## Problem\n\nPrinted nothing.")
    assert len(on_psa.texts) == 2
    assert [shown_on(note) for note in on_psa.new_notes] == [["internal"], ["resolution"]]
    assert on_psa.status == BOARD_STATUSES["resolved"]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_resolved_session_can_be_escalated_and_is_open_again(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.resolve("## Problem\n\nPrinted nothing.")
    await session.escalate(PACKAGE)
    assert on_psa.status == BOARD_STATUSES["escalated"]
    row = await session.row()
    assert (row.status, row.closed_at, row.resolved_at) == (SessionStatus.ESCALATED, None, None)
    await session.say("It goes on")
    assert not (await session.snapshot()).closing


async def test_a_resolved_session_whose_workflow_has_ended_can_be_escalated(
    ticket_sessions: Sessions,
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET, linger_seconds=0.0)
    await session.resolve("## Problem\n\nPrinted nothing.")
    await session.ended()
    await session.escalate(PACKAGE)
    assert (await session.row()).status is SessionStatus.ESCALATED
    await session.say("It goes on")
    assert await session.is_running()


async def test_an_escalation_under_way_is_told_and_nothing_else_is_confirmed_meanwhile(
    ticket_sessions: Sessions, psa: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact_handlers, "ANSWER_WITHIN", timedelta(seconds=0.2))
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("slow", method="POST", path="notes", seconds=1.5)
    assert (await session.escalate(PACKAGE)).pending
    assert (await session.row()).status is SessionStatus.REQUESTING_ESCALATION
    for other in (session.escalate(PACKAGE), session.resolve(), session.share("News")):
        assert (await refusal_of(other)).type == "writeback_running"
    await session.until(lambda view: view.snapshot is not None and view.snapshot.status == "escalated")


async def test_confirming_an_escalation_twice_with_one_key_posts_one_package(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    first = await session.escalate(PACKAGE, command_id="one click")
    await session.handle.terminate("lost")
    assert await session.escalate(PACKAGE, command_id="one click") == first
    assert on_psa.texts == [PACKAGE]
    assert len(await session.rows(Writeback)) == 1


async def test_a_connection_that_was_removed_refuses_the_escalation(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(FIX, ticket_id=TICKET)
    await session.apply(await session.active_fix())
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(update(PsaConnection).values(is_active=False))
    refused = await refusal_of(session.escalate(PACKAGE, fix_outcome=FixOutcome.APPLIED_FAILED))
    assert refused.type == "psa_connection_gone"
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert (await fix_of(session)).status is FixStatus.PROPOSED, "nothing of the refused escalation is left"


# --- the fix is answered for ---


async def run_fix(session: WorkedSession, *, partial: bool) -> None:
    fix = await session.active_fix()
    await session.apply(fix)
    if partial:
        await session.judge(fix, FixOutcome.APPLIED_PARTIAL, "Half of it")


@pytest.mark.parametrize("partial", [False, True], ids=["verifying", "partial"])
async def test_a_fix_that_was_run_must_be_answered_for(sessions: Sessions, partial: bool) -> None:
    session = await sessions.start(FIX)
    await run_fix(session, partial=partial)
    events = len(await session.rows(SessionEvent))
    assert (await refusal_of(session.escalate(PACKAGE))).type == "fix_outcome_required"
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert len(await session.rows(SessionEvent)) == events
    assert await session.rows(Writeback) == []


@pytest.mark.parametrize("partial", [False, True], ids=["verifying", "partial"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"fix_outcome": "applied_failed"}, FixStatus.APPLIED_FAILED),
        ({"fix_outcome": "applied_success"}, FixStatus.APPLIED_SUCCESS),
        ({"fix_outcome": "applied_partial", "fix_notes": "Two of five"}, FixStatus.APPLIED_PARTIAL),
        ({"fix_never_applied": True}, FixStatus.PROPOSED),
    ],
    ids=["failed", "worked", "partial", "never applied"],
)
async def test_what_is_said_of_the_fix_is_recorded_with_the_escalation_and_changes_the_notes(
    sessions: Sessions, partial: bool, answer: dict[str, Any], expected: FixStatus
) -> None:
    session = await sessions.start(FIX)
    await run_fix(session, partial=partial)
    await session.preview(ArtifactKind.ESCALATION_PACKAGE)
    version = (await session.row()).state_version
    await session.escalate(PACKAGE, **answer)
    fix = await fix_of(session)
    assert fix.status is expected
    assert (fix.applied_at is None) is ("fix_never_applied" in answer)
    assert fix.partial_notes == ("Two of five" if "fix_notes" in answer else fix.partial_notes)
    row = await session.row()
    assert (row.status, row.state_version) == (SessionStatus.ESCALATED, version + 1)
    await session.preview(ArtifactKind.ESCALATION_PACKAGE)
    before, after = [artifact.markdown for artifact in await session.rows(Artifact)]
    assert before != after


async def test_never_applied_is_said_in_the_conversation(sessions: Sessions) -> None:
    session = await sessions.start(FIX)
    await run_fix(session, partial=False)
    await session.escalate(PACKAGE, fix_never_applied=True)
    assert never_applied_line("Clean the drum") in await session.said(MessageRole.SYSTEM)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"fix_outcome": "applied_partial"}, "partial_notes_required"),
        ({"fix_outcome": "applied_partial", "fix_notes": " \n"}, "partial_notes_required"),
        ({"fix_outcome": "applied_failed", "fix_notes": "x" * 501}, "notes_too_long"),
        ({"fix_outcome": "applied_failed", "fix_never_applied": True}, "fix_outcome_twice"),
    ],
)
async def test_an_answer_that_cannot_be_recorded_refuses_the_escalation_as_a_whole(
    ticket_sessions: Sessions, on_psa: Ticket, answer: dict[str, Any], code: str
) -> None:
    session = await ticket_sessions.start(FIX, ticket_id=TICKET)
    await run_fix(session, partial=False)
    assert (await refusal_of(session.escalate(PACKAGE, **answer))).type == code
    assert on_psa.texts == []
    assert await session.rows(Writeback) == []
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert (await fix_of(session)).status is FixStatus.PROPOSED


@pytest.mark.parametrize("answer", [{"fix_outcome": "applied_failed"}, {"fix_never_applied": True}])
async def test_an_answer_about_a_fix_that_is_not_there_is_refused(
    sessions: Sessions, answer: dict[str, Any]
) -> None:
    session = await sessions.start()
    assert (await refusal_of(session.escalate(PACKAGE, **answer))).type == "no_active_fix"
    assert (await session.row()).status is SessionStatus.ACTIVE


async def test_an_answer_that_comes_after_another_one_is_refused(sessions: Sessions) -> None:
    session = await sessions.start(FIX)
    await run_fix(session, partial=False)
    await session.judge(await session.active_fix(), FixOutcome.APPLIED_SUCCESS)
    refused = await refusal_of(session.escalate(PACKAGE, fix_outcome=FixOutcome.APPLIED_FAILED))
    assert refused.type == "fix_final"
    await session.escalate(PACKAGE)
    assert (await session.row()).status is SessionStatus.ESCALATED


async def test_the_partial_fix_of_a_resolved_session_is_answered_for_too(sessions: Sessions) -> None:
    session = await sessions.start(FIX)
    await run_fix(session, partial=True)
    await session.resolve()
    assert (await refusal_of(session.escalate(PACKAGE))).type == "fix_outcome_required"
    await session.escalate(PACKAGE, fix_outcome=FixOutcome.APPLIED_FAILED)
    assert (await fix_of(session)).status is FixStatus.APPLIED_FAILED


async def test_a_fix_run_while_the_package_was_stuck_is_asked_for_by_the_retry(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start("Hello.", FIX, ticket_id=TICKET)
    psa.configure(denied=["POST /service/tickets"])
    await session.escalate(PACKAGE)
    psa.configure(denied=[])
    await session.say("Something else came up")
    await session.apply(await session.active_fix())
    assert (await refusal_of(session.retry_writeback())).type == "fix_outcome_required"
    await session.escalate(PACKAGE, fix_outcome=FixOutcome.APPLIED_FAILED)
    assert (await session.row()).status is SessionStatus.ESCALATED


async def test_an_escalated_session_keeps_what_the_ticket_shows(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.escalate(PACKAGE)
    row: Session = await session.row()
    assert row.ticket is not None
    assert row.ticket["status"] == "Escalated"
