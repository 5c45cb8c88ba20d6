"""Decisions of the session workflow: what is newer, what is due, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleViolation, ViolationKind
from domain.session_state import ActiveFix, SessionSnapshot
from domain.sessions import SessionCommand
from domain.vocabulary import FixOutcome, FixStatus, SessionStatus
from workflows.troubleshooting_session import state
from workflows.troubleshooting_session.messages import EscalateSession, SessionInput
from workflows.troubleshooting_session.state import NextStep

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OPEN = (
    SessionStatus.ACTIVE,
    SessionStatus.PAUSED,
    SessionStatus.REQUESTING_ESCALATION,
    SessionStatus.ESCALATED,
)
CLOSED = (SessionStatus.RESOLVED, SessionStatus.ABANDONED)


def snapshot(**changes: Any) -> SessionSnapshot:
    return SessionSnapshot(
        **{
            "seq": 7,
            "status": SessionStatus.ACTIVE,
            "state_version": 3,
            "engineer_id": UUID(int=1),
            "last_activity_at": NOW,
            **changes,
        }
    )


def due(
    of: SessionSnapshot, followed: int | None = None, suggested: bool = False, digest_tried: bool = False
) -> NextStep:
    return state.next_step(
        of, followed_writeback=followed, continue_as_new_suggested=suggested, digest_tried=digest_tried
    )


def escalation(**answer: Any) -> EscalateSession:
    return EscalateSession(
        command_id="c",
        request_hash="",
        account_id=UUID(int=2),
        session_id=UUID(int=3),
        actor_id=UUID(int=1),
        markdown="## Problem",
        **answer,
    )


def refused(check: Callable[[], None]) -> RuleViolation:
    with pytest.raises(RuleViolation) as caught:
        check()
    return caught.value


# --- what is due ---


@pytest.mark.parametrize("status", OPEN)
def test_an_open_session_waits_and_answers_what_waits(status: SessionStatus) -> None:
    assert due(snapshot(status=status)) is NextStep.WAIT
    assert due(snapshot(status=status, queued=[uuid4()])) is NextStep.RUN_TURN


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_session_lingers_and_answers_nothing_any_more(status: SessionStatus) -> None:
    assert due(snapshot(status=status)) is NextStep.LINGER
    assert due(snapshot(status=status, queued=[uuid4()])) is NextStep.LINGER


def test_a_failed_message_alone_starts_no_turn() -> None:
    assert due(snapshot(failed=[uuid4()])) is NextStep.WAIT


def test_a_writeback_that_nobody_follows_is_followed_first() -> None:
    running = snapshot(running_writeback=2, queued=[uuid4()])
    assert due(running, suggested=True) is NextStep.FOLLOW_WRITEBACK
    assert due(running, followed=1) is NextStep.FOLLOW_WRITEBACK


def test_messages_are_answered_while_a_writeback_runs() -> None:
    assert due(snapshot(running_writeback=2, queued=[uuid4()]), followed=2) is NextStep.RUN_TURN
    assert due(snapshot(running_writeback=2), followed=2) is NextStep.WAIT


@given(
    status=st.sampled_from(SessionStatus),
    queued=st.booleans(),
    writeback=st.none() | st.integers(1, 3),
    followed=st.none() | st.integers(1, 3),
    suggested=st.booleans(),
)
def test_a_run_never_ends_under_a_writeback_nor_without_a_reason(
    status: SessionStatus, queued: bool, writeback: int | None, followed: int | None, suggested: bool
) -> None:
    of = snapshot(status=status, queued=[uuid4()] if queued else [], running_writeback=writeback)
    step = due(of, followed, suggested)
    if step is NextStep.CONTINUE_AS_NEW:
        assert suggested
    if step in (NextStep.CONTINUE_AS_NEW, NextStep.LINGER):
        assert followed is None
        assert writeback is None
    if step is NextStep.LINGER:
        assert status in CLOSED
    if step is NextStep.RUN_TURN:
        assert queued
        assert status in OPEN


def test_waiting_messages_go_along_into_a_new_run() -> None:
    assert due(snapshot(queued=[uuid4()]), suggested=True) is NextStep.CONTINUE_AS_NEW


def test_a_digest_is_begun_before_the_next_turn_and_only_once() -> None:
    of = snapshot(digest_due=True, queued=[uuid4()])
    assert due(of) is NextStep.WRITE_DIGEST
    assert due(of, digest_tried=True) is NextStep.RUN_TURN


def test_a_digest_is_begun_before_a_new_run_which_waits_for_it() -> None:
    assert due(snapshot(digest_due=True), suggested=True) is NextStep.WRITE_DIGEST
    assert due(snapshot(digest_due=True), suggested=True, digest_tried=True) is NextStep.CONTINUE_AS_NEW


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_session_needs_no_digest(status: SessionStatus) -> None:
    assert due(snapshot(status=status, digest_due=True)) is NextStep.LINGER


def test_a_turn_takes_all_that_waits_and_the_failed_ones_before() -> None:
    failed, first, second = uuid4(), uuid4(), uuid4()
    of = snapshot(failed=[failed], queued=[first, second])
    assert state.turn_messages(of) == [failed, first, second]


# --- what is newer ---


def test_a_late_result_never_takes_the_state_back() -> None:
    old, new = snapshot(seq=4), snapshot(seq=5)
    assert state.newest(None, old) is old
    assert state.newest(old, new) is new
    assert state.newest(new, old) is new


def test_of_two_with_one_number_the_later_result_counts() -> None:
    first, second = snapshot(), snapshot(queued=[uuid4()])
    assert state.newest(first, second) is second


# --- time ---


def test_a_session_is_idle_when_nobody_worked_on_it_for_the_time_of_the_account() -> None:
    eight = timedelta(hours=8)
    assert state.inactive_in(snapshot(), eight, NOW + timedelta(hours=3)) == timedelta(hours=5)
    assert state.inactive_in(snapshot(), eight, NOW + eight) <= timedelta(0)


def test_a_closed_session_lingers_from_its_closing_not_from_its_last_word() -> None:
    three_days = timedelta(days=3)
    closed = snapshot(status=SessionStatus.RESOLVED, closed_at=NOW + timedelta(days=1))
    assert state.ends_in(closed, three_days, NOW + timedelta(days=2)) == timedelta(days=2)
    assert state.ends_in(closed, three_days, NOW + timedelta(days=4)) <= timedelta(0)


# --- what is refused ---


def test_a_command_for_another_account_or_session_finds_nothing() -> None:
    input_ = SessionInput(account_id=uuid4(), session_id=uuid4())
    state.check_account(input_, input_.account_id, input_.session_id)
    for ids in ((uuid4(), input_.session_id), (input_.account_id, uuid4())):
        violation = refused(partial(state.check_account, input_, *ids))
        assert (violation.code, violation.kind) == ("session_not_found", ViolationKind.NOT_FOUND)


def test_what_is_not_loaded_yet_is_judged_by_its_rows() -> None:
    state.check_status(None, SessionCommand.MESSAGE)
    state.check_text(None, "hello")
    state.check_apply(None, uuid4())
    state.check_outcome(None, uuid4(), FixOutcome.APPLIED_PARTIAL, None)
    state.check_closing(None, SessionCommand.RESOLVE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "message_empty"),
        (" \n\t ", "message_empty"),
        ("x" * 20_001, "message_too_long"),
        ("a\x00b", "message_not_storable"),
        ("half \ud800", "message_not_storable"),
    ],
)
def test_text_that_cannot_be_a_message_is_refused(text: str, code: str) -> None:
    violation = refused(lambda: state.check_text(snapshot(), text))
    assert (violation.code, violation.kind) == (code, ViolationKind.UNPROCESSABLE)


def test_the_longest_message_is_taken() -> None:
    state.check_text(snapshot(), "x" * 20_000)


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_session_takes_no_message_no_fix_and_no_resolution(status: SessionStatus) -> None:
    closed = snapshot(status=status, failed=[uuid4()])
    for check in (
        lambda: state.check_text(closed, "hello"),
        lambda: state.check_apply(closed, uuid4()),
        lambda: state.check_closing(closed, SessionCommand.RESOLVE),
        lambda: state.check_status(closed, SessionCommand.RETRY_TURN),
    ):
        assert refused(check).code == "session_closed"


def test_the_active_fix_is_judged_before_anything_is_written() -> None:
    fix = ActiveFix(id=uuid4(), status=FixStatus.APPLIED_SUCCESS, applied_at=NOW)
    final = snapshot(active_fix=fix)
    assert refused(lambda: state.check_apply(final, fix.id)).code == "fix_final"
    assert (
        refused(lambda: state.check_outcome(final, fix.id, FixOutcome.APPLIED_FAILED, None)).code
        == "fix_final"
    )
    proposed = snapshot(active_fix=ActiveFix(id=fix.id, status=FixStatus.PROPOSED))
    state.check_apply(proposed, fix.id)
    assert (
        refused(lambda: state.check_outcome(proposed, fix.id, FixOutcome.APPLIED_PARTIAL, " ")).code
        == "partial_notes_required"
    )


def test_another_fix_than_the_active_one_is_judged_by_its_row() -> None:
    final = snapshot(active_fix=ActiveFix(id=uuid4(), status=FixStatus.APPLIED_SUCCESS))
    state.check_apply(final, uuid4())
    state.check_outcome(final, uuid4(), FixOutcome.APPLIED_FAILED, None)


@pytest.mark.parametrize("command", [SessionCommand.RESOLVE, SessionCommand.ABANDON])
def test_a_session_is_not_closed_while_its_note_is_on_its_way(command: SessionCommand) -> None:
    on_its_way = snapshot(running_writeback=1)
    assert refused(lambda: state.check_closing(on_its_way, command)).code == "writeback_running"


def test_there_is_nothing_to_stop_when_nothing_runs() -> None:
    assert refused(lambda: state.check_turn_running(False)).code == "no_reply_running"
    state.check_turn_running(True)


# --- what operators see ---


def test_the_details_say_where_the_session_stands() -> None:
    fix = ActiveFix(id=uuid4(), status=FixStatus.PROPOSED, applied_at=NOW)
    of = snapshot(ticket_ref="48231", queued=[uuid4()], active_fix=fix, running_writeback=2)
    text = state.details(of, turn_running=True)
    for words in (
        "**Status** active · version 3 · event 7",
        "**Ticket** 48231",
        "**Turn** running, 1 queued, 0 failed",
        "**Fix** proposed, applied",
        "**Writeback** 2 running",
    ):
        assert words in text
    quiet = state.details(snapshot(), turn_running=False)
    assert "**Turn** idle" in quiet
    assert "**Fix** none" in quiet
    assert "**Ticket** none" in quiet
    assert "Writeback" not in quiet


def test_operators_filter_by_status_ticket_and_engineer() -> None:
    of = snapshot(ticket_ref="48231")
    assert state.search_words(of) == (SessionStatus.ACTIVE, "48231", str(UUID(int=1)))


# --- escalating asks first ---


@pytest.mark.parametrize(
    "fix",
    [
        ActiveFix(id=UUID(int=9), status=FixStatus.PROPOSED, applied_at=NOW),
        ActiveFix(id=UUID(int=9), status=FixStatus.APPLIED_PARTIAL, applied_at=NOW),
    ],
    ids=["verifying", "partial"],
)
def test_a_run_fix_is_judged_before_the_session_is_escalated(fix: ActiveFix) -> None:
    of = snapshot(active_fix=fix)
    assert refused(lambda: state.check_escalation(of, escalation())).code == "fix_outcome_required"
    state.check_escalation(of, escalation(fix_outcome=FixOutcome.APPLIED_FAILED))
    state.check_escalation(of, escalation(fix_never_applied=True))


@pytest.mark.parametrize(
    "fix",
    [
        None,
        ActiveFix(id=UUID(int=9), status=FixStatus.PROPOSED),
        ActiveFix(id=UUID(int=9), status=FixStatus.APPLIED_FAILED, applied_at=NOW),
        ActiveFix(id=UUID(int=9), status=FixStatus.APPLIED_SUCCESS, applied_at=NOW),
    ],
    ids=["none", "never run", "failed", "worked"],
)
def test_nothing_is_asked_where_there_is_nothing_to_judge(fix: ActiveFix | None) -> None:
    state.check_escalation(snapshot(active_fix=fix), escalation())


def test_a_session_is_not_escalated_while_a_note_is_on_its_way() -> None:
    of = snapshot(running_writeback=1)
    assert refused(lambda: state.check_escalation(of, escalation())).code == "writeback_running"


def test_a_key_takes_the_same_request_and_no_other_while_it_is_worked_on() -> None:
    state.check_twin(None, "one")
    state.check_twin("one", "one")
    violation = refused(lambda: state.check_twin("one", "other"))
    assert (violation.code, violation.kind) == ("idempotency_key_in_use", ViolationKind.CONFLICT)


@pytest.mark.parametrize("status", SessionStatus)
def test_only_an_open_session_with_messages_waits_for_a_reply(status: SessionStatus) -> None:
    assert state.waits_for_reply(snapshot(status=status, queued=[UUID(int=9)])) is (status in OPEN)
    assert not state.waits_for_reply(snapshot(status=status))
