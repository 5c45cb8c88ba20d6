"""How much time was worked, and what of it is logged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.time_entries import (
    LONGEST_ENTRY,
    NOTES_LIMIT,
    StatusChange,
    entry_notes,
    minutes_to_log,
    time_worked,
)
from domain.vocabulary import ArtifactKind, SessionStatus, TimeRounding

START = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
ACTIVE, PAUSED = SessionStatus.ACTIVE, SessionStatus.PAUSED


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def worked(*changes: StatusChange, until: float = 60, since: float | None = None) -> float:
    time = time_worked(START, changes, at(until), None if since is None else at(since))
    return time / timedelta(minutes=1)


def test_a_session_that_was_never_paused_was_worked_on_all_the_time() -> None:
    assert worked() == 60


def test_pauses_do_not_count() -> None:
    assert worked(StatusChange(at(10), PAUSED), StatusChange(at(40), ACTIVE)) == 30
    assert worked(StatusChange(at(10), PAUSED)) == 10


@pytest.mark.parametrize(
    "status", [SessionStatus.REQUESTING_ESCALATION, SessionStatus.ESCALATED, SessionStatus.RESOLVED]
)
def test_nobody_works_while_a_session_is_escalated_or_closed(status: SessionStatus) -> None:
    assert worked(StatusChange(at(10), status), StatusChange(at(50), ACTIVE)) == 20


def test_a_pause_for_inactivity_counts_to_the_last_thing_that_was_done() -> None:
    idle = StatusChange(at(490), PAUSED, active_until=at(10))
    assert worked(idle, StatusChange(at(500), ACTIVE), until=505) == 15


def test_a_status_told_twice_counts_once() -> None:
    assert (
        worked(StatusChange(at(10), ACTIVE), StatusChange(at(20), PAUSED), StatusChange(at(30), PAUSED)) == 20
    )


def test_what_was_logged_before_is_left_out() -> None:
    changes = (StatusChange(at(10), SessionStatus.ESCALATED), StatusChange(at(40), ACTIVE))
    assert worked(*changes, since=10) == 20
    assert worked(*changes, since=50) == 10
    assert worked(*changes, since=5) == 25


@given(
    st.lists(st.tuples(st.integers(0, 600), st.sampled_from(SessionStatus)), max_size=8),
    st.integers(600, 900),
)
def test_never_more_than_the_whole_time_and_never_less_than_nothing(
    changes: list[tuple[int, SessionStatus]], until: int
) -> None:
    ordered = [StatusChange(at(minute), status) for minute, status in sorted(changes, key=lambda one: one[0])]
    assert 0 <= worked(*ordered, until=until) <= until


@pytest.mark.parametrize(
    ("rounding", "minutes", "logged"),
    [
        (TimeRounding.FIFTEEN_MINUTES, 0, 15),
        (TimeRounding.FIFTEEN_MINUTES, 15, 15),
        (TimeRounding.FIFTEEN_MINUTES, 15.1, 30),
        (TimeRounding.THIRTY_MINUTES, 31, 60),
        (TimeRounding.EXACT, 0, 1),
        (TimeRounding.EXACT, 7, 7),
        (TimeRounding.EXACT, 7.5, 8),
        (TimeRounding.EXACT, 100_000, LONGEST_ENTRY),
        (TimeRounding.NONE, 100, None),
    ],
)
def test_time_is_rounded_up_to_the_accounts_step(
    rounding: TimeRounding, minutes: float, logged: int | None
) -> None:
    assert minutes_to_log(timedelta(minutes=minutes), rounding) == logged


def test_the_entry_says_what_the_time_was_for_and_nothing_of_a_package() -> None:
    note = entry_notes(ArtifactKind.RESOLUTION_NOTE, "Printer", "The drum was\ndirty.")
    assert note == "The drum was dirty."
    assert entry_notes(ArtifactKind.RESOLUTION_NOTE, "Printer", " ") == "Printer"
    assert (
        entry_notes(ArtifactKind.ESCALATION_PACKAGE, "Printer", "Root password is known.")
        == "Escalated: Printer"
    )
    assert len(entry_notes(ArtifactKind.RESOLUTION_NOTE, "Printer", "x" * 900)) == NOTES_LIMIT
