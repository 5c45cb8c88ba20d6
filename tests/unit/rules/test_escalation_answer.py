"""Escalating asks how a fix went that was run, once, and takes a run back that never was."""

from __future__ import annotations

import pytest

from domain.errors import RuleViolation, ViolationKind
from domain.fixes import FixState, check_escalation_answer, needs_escalation_answer, take_back_run
from domain.vocabulary import FixOutcome, FixStatus, ProposedOutcome
from tests.unit.rules.test_fix_transitions import FIXES, a_fix

ASKED = {"verifying", "partial"}


@pytest.mark.parametrize("name", FIXES)
def test_only_an_active_fix_that_was_run_and_is_not_final_is_asked_for(name: str) -> None:
    assert needs_escalation_answer(FIXES[name]) is (name in ASKED)


def test_without_a_fix_nothing_is_asked() -> None:
    assert not needs_escalation_answer(None)
    check_escalation_answer(None, None, never_applied=False)


@pytest.mark.parametrize("name", FIXES)
def test_an_escalation_without_an_answer_is_refused_where_one_is_due(name: str) -> None:
    if name not in ASKED:
        check_escalation_answer(FIXES[name], None, never_applied=False)
        return
    with pytest.raises(RuleViolation) as caught:
        check_escalation_answer(FIXES[name], None, never_applied=False)
    assert (caught.value.code, caught.value.kind) == ("fix_outcome_required", ViolationKind.CONFLICT)


@pytest.mark.parametrize("name", ASKED)
def test_either_answer_lets_it_through_and_both_at_once_do_not(name: str) -> None:
    for outcome in (FixOutcome.APPLIED_FAILED, FixOutcome.APPLIED_SUCCESS, FixOutcome.APPLIED_PARTIAL):
        check_escalation_answer(FIXES[name], outcome, never_applied=False)
    check_escalation_answer(FIXES[name], None, never_applied=True)
    with pytest.raises(RuleViolation) as caught:
        check_escalation_answer(FIXES[name], FixOutcome.APPLIED_FAILED, never_applied=True)
    assert (caught.value.code, caught.value.kind) == ("fix_outcome_twice", ViolationKind.INVALID)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_run_that_never_was_leaves_the_fix_proposed(name: str) -> None:
    fix = FIXES[name].model_copy(update={"proposed_outcome": ProposedOutcome.FAILURE})
    back = take_back_run(fix)
    assert (back.status, back.applied_at, back.partial_notes) == (FixStatus.PROPOSED, None, None)
    assert back.proposed_outcome is None
    assert (back.id, back.title, back.has_script) == (fix.id, fix.title, fix.has_script)
    assert not needs_escalation_answer(back)


def test_a_fix_that_was_never_run_stays_the_same_object() -> None:
    fix = a_fix()
    assert take_back_run(fix) is fix


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("success", "fix_final"),
        ("failed", "fix_final"),
        ("dismissed", "fix_dismissed"),
        ("superseded verifying", "fix_superseded"),
        ("superseded partial", "fix_superseded"),
    ],
)
def test_what_is_final_set_aside_or_replaced_is_not_taken_back(name: str, code: str) -> None:
    fix: FixState = FIXES[name]
    with pytest.raises(RuleViolation) as caught:
        take_back_run(fix)
    assert caught.value.code == code
