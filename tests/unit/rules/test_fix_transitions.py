"""What happens to a suggested fix, for every status a fix can have and everything that can be asked of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleViolation, ViolationKind
from domain.fixes import (
    OUTCOME_NOTES_LIMIT,
    FixState,
    apply_fix,
    attach_script,
    clear_proposal,
    dismiss,
    is_active,
    is_open,
    is_tried_without_outcome,
    is_verifying,
    propose_outcome,
    record_decision,
    record_outcome,
    repropose,
    restore,
    resume_partial,
    same_title,
    supersede,
    take_back_run,
)
from domain.vocabulary import FixDecision, FixOutcome, FixStatus, ProposedOutcome

RUN_AT = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
NOW = RUN_AT + timedelta(hours=1)


def a_fix(**fields: object) -> FixState:
    return FixState.model_validate({"id": UUID(int=1), "title": "Reassign the licence", **fields})


FIXES: dict[str, FixState] = {
    "proposed": a_fix(has_script=True),
    "verifying": a_fix(has_script=True, applied_at=RUN_AT),
    "partial": a_fix(
        has_script=True, status=FixStatus.APPLIED_PARTIAL, applied_at=RUN_AT, partial_notes="Half of it."
    ),
    "success": a_fix(
        has_script=True, status=FixStatus.APPLIED_SUCCESS, applied_at=RUN_AT, verified_at=RUN_AT
    ),
    "failed": a_fix(has_script=True, status=FixStatus.APPLIED_FAILED, applied_at=RUN_AT, verified_at=RUN_AT),
    "dismissed": a_fix(
        has_script=True, status=FixStatus.DISMISSED, status_before_dismissal=FixStatus.PROPOSED
    ),
}
FIXES |= {
    f"superseded {name}": fix.model_copy(update={"superseded_at": RUN_AT})
    for name, fix in FIXES.items()
    if name != "dismissed"
}

COMMANDS: dict[str, Callable[[FixState], FixState]] = {
    "apply": lambda fix: apply_fix(fix, NOW),
    "worked": lambda fix: record_outcome(fix, FixOutcome.APPLIED_SUCCESS, None, NOW),
    "failed": lambda fix: record_outcome(fix, FixOutcome.APPLIED_FAILED, "No change.", NOW),
    "partial": lambda fix: record_outcome(fix, FixOutcome.APPLIED_PARTIAL, "One of two hosts.", NOW),
    "dismiss as outcome": lambda fix: record_outcome(fix, FixOutcome.DISMISSED, None, NOW),
    "dismiss as decision": lambda fix: record_decision(fix, FixDecision.DISMISSED, False, NOW),
    "restore": lambda fix: restore(fix, False, NOW),
    "finish": lambda fix: resume_partial(fix, NOW),
    "run once": lambda fix: record_decision(fix, FixDecision.ONE_OFF, False, NOW),
    "run and templatize": lambda fix: record_decision(fix, FixDecision.DRAFT_TEMPLATE, True, NOW),
    "build template": lambda fix: record_decision(fix, FixDecision.BUILD_TEMPLATE, False, NOW),
    "attach script": attach_script,
    "never applied": take_back_run,
}

# What each command leads to: the standing of the fix afterwards, or the code it is refused with.
_TERMINAL = "fix_final"
_REPLACED = "fix_superseded"
_SET_ASIDE = "fix_dismissed"
EXPECTED: dict[str, dict[str, str]] = {
    "proposed": {
        "apply": "verifying",
        "worked": "success",
        "failed": "failed",
        "partial": "partial",
        "dismiss as outcome": "dismissed",
        "dismiss as decision": "dismissed",
        "restore": "fix_not_dismissed",
        "finish": "fix_not_partial",
        "run once": "verifying",
        "run and templatize": "verifying",
        "build template": "proposed",
        "attach script": "proposed",
        "never applied": "proposed",
    },
    "verifying": {
        "apply": "verifying",
        "worked": "success",
        "failed": "failed",
        "partial": "partial",
        "dismiss as outcome": "dismissed",
        "dismiss as decision": "dismissed",
        "restore": "fix_not_dismissed",
        "finish": "fix_not_partial",
        "run once": "verifying",
        "run and templatize": "verifying",
        "build template": "verifying",
        "attach script": "verifying",
        "never applied": "proposed",
    },
    "partial": {
        "apply": "fix_not_proposed",
        "worked": "success",
        "failed": "failed",
        "partial": "partial",
        "dismiss as outcome": "dismissed",
        "dismiss as decision": "dismissed",
        "restore": "fix_not_dismissed",
        "finish": "verifying",
        "run once": "verifying",
        "run and templatize": "verifying",
        "build template": "partial",
        "attach script": "partial",
        "never applied": "proposed",
    },
    **{
        final: dict.fromkeys(COMMANDS, _TERMINAL) | {"restore": "fix_not_dismissed", "build template": final}
        for final in ("success", "failed")
    },
    "dismissed": dict.fromkeys(COMMANDS, _SET_ASIDE) | {"restore": "proposed", "build template": "dismissed"},
    "superseded proposed": dict.fromkeys(COMMANDS, _REPLACED) | {"build template": "superseded proposed"},
    **{
        f"superseded {run}": dict.fromkeys(COMMANDS, _REPLACED)
        | {
            "worked": "superseded success",
            "failed": "superseded failed",
            "partial": "superseded partial",
            "build template": f"superseded {run}",
        }
        for run in ("verifying", "partial")
    },
    **{
        f"superseded {final}": dict.fromkeys(COMMANDS, _REPLACED)
        | {
            "worked": _TERMINAL,
            "failed": _TERMINAL,
            "partial": _TERMINAL,
            "build template": f"superseded {final}",
        }
        for final in ("success", "failed")
    },
}


def name_of(fix: FixState) -> str:
    if fix.status is FixStatus.PROPOSED:
        name = "verifying" if fix.applied_at else "proposed"
    else:
        name = fix.status.value.removeprefix("applied_")
    return f"superseded {name}" if fix.superseded_at else name


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("before", FIXES)
def test_every_command_on_a_fix_of_every_standing_does_what_the_table_says(before: str, command: str) -> None:
    expected = EXPECTED[before][command]
    if expected in FIXES:
        assert name_of(COMMANDS[command](FIXES[before])) == expected
        return
    with pytest.raises(RuleViolation) as refusal:
        COMMANDS[command](FIXES[before])
    assert (refusal.value.code, refusal.value.kind) == (expected, ViolationKind.CONFLICT)
    assert refusal.value.detail.endswith(".")


def test_the_table_covers_every_standing_and_every_command() -> None:
    assert EXPECTED.keys() == FIXES.keys()
    assert all(row.keys() == COMMANDS.keys() for row in EXPECTED.values())


def test_applying_stamps_the_run_and_a_second_click_changes_nothing() -> None:
    applied = apply_fix(FIXES["proposed"], NOW)
    assert applied.applied_at == NOW
    assert apply_fix(applied, NOW + timedelta(minutes=5)) is applied


@pytest.mark.parametrize(
    "outcome", [FixOutcome.APPLIED_SUCCESS, FixOutcome.APPLIED_FAILED, FixOutcome.APPLIED_PARTIAL]
)
def test_an_outcome_stamps_the_run_only_when_it_was_not_declared_before(outcome: FixOutcome) -> None:
    assert record_outcome(FIXES["proposed"], outcome, "Noted.", NOW).applied_at == NOW
    assert record_outcome(FIXES["verifying"], outcome, "Noted.", NOW).applied_at == RUN_AT


def test_success_and_failure_are_stamped_as_verified_and_partial_is_not() -> None:
    verifying = FIXES["verifying"]
    assert record_outcome(verifying, FixOutcome.APPLIED_SUCCESS, None, NOW).verified_at == NOW
    assert record_outcome(verifying, FixOutcome.APPLIED_FAILED, None, NOW).verified_at == NOW
    assert record_outcome(verifying, FixOutcome.APPLIED_PARTIAL, "Half.", NOW).verified_at is None


def test_the_note_of_a_failure_is_its_reason_and_may_be_left_out() -> None:
    verifying = FIXES["verifying"]
    assert record_outcome(verifying, FixOutcome.APPLIED_FAILED, "  Same error. ", NOW).failure_reason == (
        "Same error."
    )
    assert record_outcome(verifying, FixOutcome.APPLIED_FAILED, " \n", NOW).failure_reason is None


@pytest.mark.parametrize("notes", [None, "", " \n\t "])
def test_partial_without_a_note_that_says_something_is_refused(notes: str | None) -> None:
    with pytest.raises(RuleViolation) as refusal:
        record_outcome(FIXES["verifying"], FixOutcome.APPLIED_PARTIAL, notes, NOW)
    assert (refusal.value.code, refusal.value.kind) == ("partial_notes_required", ViolationKind.INVALID)


def test_partial_again_replaces_the_note() -> None:
    again = record_outcome(FIXES["partial"], FixOutcome.APPLIED_PARTIAL, "Now three of four.", NOW)
    assert again.partial_notes == "Now three of four."
    assert again.applied_at == RUN_AT


def test_the_same_partial_outcome_again_changes_nothing() -> None:
    partial = FIXES["partial"]
    assert record_outcome(partial, FixOutcome.APPLIED_PARTIAL, f" {partial.partial_notes} ", NOW) is partial


def test_a_note_may_be_as_long_as_the_limit_and_no_longer() -> None:
    longest = "x" * OUTCOME_NOTES_LIMIT
    noted = record_outcome(FIXES["verifying"], FixOutcome.APPLIED_PARTIAL, f" {longest} ", NOW)
    assert noted.partial_notes == longest
    with pytest.raises(RuleViolation) as refusal:
        record_outcome(FIXES["verifying"], FixOutcome.APPLIED_FAILED, longest + "x", NOW)
    assert (refusal.value.code, refusal.value.kind) == ("notes_too_long", ViolationKind.UNPROCESSABLE)


@pytest.mark.parametrize("name", ["proposed", "verifying", "partial"])
def test_a_dismissed_fix_keeps_its_run_and_comes_back_as_it_was(name: str) -> None:
    before = FIXES[name]
    set_aside = dismiss(before, NOW)
    assert not is_active(set_aside)
    assert set_aside.applied_at == before.applied_at
    assert restore(set_aside, False, NOW) == before


def test_a_dismissed_fix_stays_aside_while_another_is_active() -> None:
    with pytest.raises(RuleViolation) as refusal:
        restore(FIXES["dismissed"], True, NOW)
    assert (refusal.value.code, refusal.value.kind) == ("another_fix_active", ViolationKind.CONFLICT)


def test_finishing_a_partial_fix_verifies_it_again_from_now_and_keeps_its_note() -> None:
    resumed = resume_partial(FIXES["partial"], NOW)
    assert is_verifying(resumed)
    assert (resumed.applied_at, resumed.partial_notes) == (NOW, "Half of it.")


@pytest.mark.parametrize("decision", [FixDecision.ONE_OFF, FixDecision.DRAFT_TEMPLATE])
def test_running_a_script_needs_one_drafted_or_sent_along(decision: FixDecision) -> None:
    bare = a_fix()
    with pytest.raises(RuleViolation) as refusal:
        record_decision(bare, decision, False, NOW)
    assert (refusal.value.code, refusal.value.kind) == ("script_required", ViolationKind.INVALID)
    assert record_decision(bare, decision, True, NOW).applied_at == NOW
    assert record_decision(attach_script(bare), decision, False, NOW).applied_at == NOW


def test_opening_the_template_builder_and_attaching_a_script_declare_no_run() -> None:
    assert record_decision(FIXES["proposed"], FixDecision.BUILD_TEMPLATE, False, NOW) is FIXES["proposed"]
    attached = attach_script(a_fix())
    assert attached.has_script
    assert attached.applied_at is None
    assert attach_script(attached) is attached


def test_the_pilot_only_proposes_an_outcome() -> None:
    proposed = propose_outcome(FIXES["verifying"], ProposedOutcome.SUCCESS)
    assert proposed.proposed_outcome is ProposedOutcome.SUCCESS
    assert proposed.status is FixStatus.PROPOSED
    assert propose_outcome(proposed, ProposedOutcome.SUCCESS) is proposed


@pytest.mark.parametrize("name", [name for name, fix in FIXES.items() if not is_open(fix)])
def test_what_the_pilot_reads_about_a_decided_or_replaced_fix_is_ignored(name: str) -> None:
    assert propose_outcome(FIXES[name], ProposedOutcome.FAILURE) is FIXES[name]


@pytest.mark.parametrize("outcome", list(FixOutcome))
def test_any_outcome_clears_what_the_pilot_proposed(outcome: FixOutcome) -> None:
    proposed = propose_outcome(FIXES["verifying"], ProposedOutcome.PARTIAL)
    assert record_outcome(proposed, outcome, "Noted.", NOW).proposed_outcome is None


def test_not_yet_clears_the_proposal_once_and_is_harmless_after() -> None:
    cleared = clear_proposal(propose_outcome(FIXES["verifying"], ProposedOutcome.SUCCESS))
    assert cleared == FIXES["verifying"]
    assert clear_proposal(cleared) is cleared


@pytest.mark.parametrize("name", FIXES)
def test_a_superseded_fix_keeps_everything_else(name: str) -> None:
    before = FIXES[name]
    after = supersede(before, NOW)
    if is_active(before):
        assert after == before.model_copy(update={"superseded_at": NOW})
        assert not is_active(after)
    else:
        assert after is before


def test_only_a_replaced_fix_that_was_run_and_not_judged_asks_whether_it_helped() -> None:
    asking = {name for name, fix in FIXES.items() if is_tried_without_outcome(fix)}
    assert asking == {"superseded verifying"}


def test_proposing_the_same_fix_again_keeps_its_identity_run_and_script() -> None:
    again = repropose(FIXES["verifying"], "REASSIGN the licence", has_script=False, has_template=True)
    assert again.title == "REASSIGN the licence"
    assert again.has_template
    kept = {"id", "status", "applied_at", "has_script"}
    assert again.model_dump(include=kept) == FIXES["verifying"].model_dump(include=kept)


@given(
    st.lists(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=1), min_size=1)
)
def test_case_and_white_space_do_not_make_another_title(words: list[str]) -> None:
    assert same_title(" ".join(words), "  " + " \t\n".join(words).swapcase() + " ")
    assert not same_title(" ".join(words), " ".join([*words, "x"]))


@given(st.lists(st.sampled_from(sorted(COMMANDS)), max_size=8))
def test_no_order_of_commands_breaks_what_holds_of_a_fix(commands: list[str]) -> None:
    fix = a_fix()
    for command in commands:
        before = fix
        try:
            fix = COMMANDS[command](before)
        except RuleViolation:
            continue
        if before.status in {FixStatus.APPLIED_SUCCESS, FixStatus.APPLIED_FAILED}:
            assert fix is before
        assert fix.id == before.id
        assert command == "never applied" or before.applied_at is None or fix.applied_at is not None
        assert (fix.status_before_dismissal is not None) == (fix.status is FixStatus.DISMISSED)
        if fix.status is FixStatus.APPLIED_PARTIAL:
            assert fix.partial_notes
        if fix.status in {FixStatus.APPLIED_SUCCESS, FixStatus.APPLIED_FAILED}:
            assert fix.verified_at is not None
