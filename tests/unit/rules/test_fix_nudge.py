"""When the reminder of a missing outcome shows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.errors import RuleViolation, ViolationKind
from domain.fixes import (
    FixState,
    NudgeState,
    apply_fix,
    dismiss,
    is_nudge_due,
    nudge_after,
    record_outcome,
    resume_partial,
    silence_nudge,
    supersede,
)
from domain.vocabulary import FixOutcome

NOW = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
PROPOSED = FixState(id=UUID(int=1), title="Reassign the licence")
VERIFYING = apply_fix(PROPOSED, NOW)
PARTIAL = record_outcome(VERIFYING, FixOutcome.APPLIED_PARTIAL, "Half of it.", NOW)
SUCCESS = record_outcome(VERIFYING, FixOutcome.APPLIED_SUCCESS, None, NOW)


def after_messages(count: int, nudge: NudgeState | None = None) -> NudgeState:
    nudge = nudge or NudgeState()
    return nudge.model_copy(update={"messages_since_apply": nudge.messages_since_apply + count})


@pytest.mark.parametrize(("messages", "due"), [(0, False), (2, False), (3, True), (7, True)])
def test_three_messages_without_an_outcome_bring_the_reminder(messages: int, due: bool) -> None:
    assert is_nudge_due(after_messages(messages), VERIFYING) is due


@pytest.mark.parametrize("said", [0, 4, 9])
def test_still_checking_silences_it_for_three_more_messages(said: int) -> None:
    silenced = silence_nudge(after_messages(said), VERIFYING)
    assert not is_nudge_due(silenced, VERIFYING)
    assert not is_nudge_due(after_messages(2, silenced), VERIFYING)
    assert is_nudge_due(after_messages(3, silenced), VERIFYING)


@pytest.mark.parametrize("fix", [None, PROPOSED, PARTIAL, SUCCESS])
def test_there_is_no_reminder_unless_a_fix_is_verifying(fix: FixState | None) -> None:
    assert not is_nudge_due(after_messages(5), fix)


@pytest.mark.parametrize(
    ("fix", "code"),
    [
        (PROPOSED, "fix_not_verifying"),
        (PARTIAL, "fix_not_verifying"),
        (SUCCESS, "fix_final"),
        (dismiss(VERIFYING, NOW), "fix_dismissed"),
        (supersede(VERIFYING, NOW), "fix_superseded"),
    ],
    ids=["proposed", "partial", "success", "dismissed", "superseded"],
)
def test_only_a_fix_that_is_verifying_can_be_still_checked(fix: FixState, code: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        silence_nudge(NudgeState(), fix)
    assert (refusal.value.code, refusal.value.kind) == (code, ViolationKind.CONFLICT)


def test_a_new_run_starts_the_count_again() -> None:
    counted = silence_nudge(after_messages(5), VERIFYING)
    resumed = resume_partial(PARTIAL, NOW + timedelta(hours=1))
    assert nudge_after(PARTIAL, resumed, counted) == NudgeState()
    assert nudge_after(VERIFYING, VERIFYING, counted) == counted
