"""When the reminder of a missing outcome shows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.fixes import (
    FixState,
    NudgeState,
    apply_fix,
    count_message,
    is_nudge_due,
    nudge_after,
    record_outcome,
    resume_partial,
    silence_nudge,
)
from domain.vocabulary import FixOutcome

NOW = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
PROPOSED = FixState(id=UUID(int=1), title="Reassign the licence")
VERIFYING = apply_fix(PROPOSED, NOW)
PARTIAL = record_outcome(VERIFYING, FixOutcome.APPLIED_PARTIAL, "Half of it.", NOW)


def after_messages(count: int, nudge: NudgeState | None = None) -> NudgeState:
    nudge = nudge or NudgeState()
    for _ in range(count):
        nudge = count_message(nudge, VERIFYING)
    return nudge


@pytest.mark.parametrize(("messages", "due"), [(0, False), (2, False), (3, True), (7, True)])
def test_three_messages_without_an_outcome_bring_the_reminder(messages: int, due: bool) -> None:
    assert is_nudge_due(after_messages(messages), VERIFYING) is due


def test_still_checking_silences_it_for_three_more_messages() -> None:
    silenced = silence_nudge(after_messages(4))
    assert not is_nudge_due(silenced, VERIFYING)
    assert not is_nudge_due(after_messages(2, silenced), VERIFYING)
    assert is_nudge_due(after_messages(3, silenced), VERIFYING)


@pytest.mark.parametrize("fix", [None, PROPOSED, PARTIAL])
def test_messages_count_only_while_a_fix_is_verifying(fix: FixState | None) -> None:
    assert count_message(NudgeState(), fix) == NudgeState()
    assert not is_nudge_due(after_messages(5), fix)


def test_a_new_run_starts_the_count_again() -> None:
    counted = silence_nudge(after_messages(5))
    resumed = resume_partial(PARTIAL, NOW + timedelta(hours=1))
    assert nudge_after(PARTIAL, resumed, counted) == NudgeState()
    assert nudge_after(VERIFYING, VERIFYING, counted) == counted
