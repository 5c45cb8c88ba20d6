"""Whatever makes a preview out of date also makes it read differently: one of the two notes at least."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import RuleViolation
from domain.fixes import (
    FixState,
    apply_fix,
    clear_proposal,
    dismiss,
    is_active,
    propose_outcome,
    record_decision,
    record_outcome,
    restore,
    resume_partial,
    supersede,
)
from domain.notes.renderer import render_note
from domain.notes.state import NoteFact, NoteFix, NoteLaneItem, NoteState
from domain.text import normalise_text
from domain.vocabulary import (
    ENDING_ARTIFACTS,
    FactSource,
    FixDecision,
    FixOutcome,
    FixStatus,
    LaneItemKind,
    LaneItemStatus,
    ProposedOutcome,
)

T0 = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
T1 = datetime(2031, 2, 3, 10, 0, tzinfo=UTC)
T2 = datetime(2031, 2, 3, 11, 0, tzinfo=UTC)

words = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=20)
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join)
facts = st.builds(
    NoteFact, text=sentences, source_type=st.sampled_from(FactSource), source_summary=st.none() | sentences
)
items = st.builds(
    NoteLaneItem,
    kind=st.sampled_from(LaneItemKind),
    text=sentences,
    status=st.sampled_from([one for one in LaneItemStatus if one is not LaneItemStatus.OPEN]),
)


def previews(
    known: list[NoteFact], lane: list[NoteLaneItem] | None = None, fix: NoteFix | None = None
) -> list[str]:
    state = NoteState(
        problem_summary="Outlook asks for a password",
        ticket=None,
        facts=known,
        lane=lane or [],
        fixes=[fix] if fix else [],
    )
    return [render_note(kind, state, None) for kind in ENDING_ARTIFACTS]


def unlike(text: str, other: str) -> bool:
    return normalise_text(text) != normalise_text(other)


@given(st.lists(facts, max_size=4), facts)
def test_a_fact_that_is_added_deleted_or_restored_changes_both_notes(
    known: list[NoteFact], fact: NoteFact
) -> None:
    for before, after in zip(previews(known), previews([*known, fact]), strict=True):
        assert before != after


@given(st.lists(facts, max_size=4), facts, sentences, sentences)
def test_a_fact_that_is_edited_changes_both_notes(
    known: list[NoteFact], fact: NoteFact, text: str, summary: str
) -> None:
    assume(unlike(text, fact.text) and unlike(summary, fact.source_summary or ""))
    before = previews([*known, fact])
    for change in ({"text": text}, {"source_summary": summary}):
        after = previews([*known, fact.model_copy(update=change)])
        assert all(one != other for one, other in zip(before, after, strict=True))


@given(items)
def test_an_item_that_is_opened_again_is_among_the_next_steps(item: NoteLaneItem) -> None:
    opened = item.model_copy(update={"status": LaneItemStatus.OPEN})
    assert previews([], [item]) != previews([], [opened])


def told(fix: FixState) -> NoteFix:
    return NoteFix(
        id=fix.id,
        title=fix.title,
        description="The licence was lost when the plan changed.",
        confidence_pct=75,
        status=fix.status,
        active=is_active(fix),
        superseded=fix.superseded_at is not None,
        applied_at=fix.applied_at,
        verified_at=fix.verified_at,
        partial_notes=fix.partial_notes,
        failure_reason=fix.failure_reason,
    )


COMMANDS: dict[str, Callable[[FixState], FixState]] = {
    "apply": lambda fix: apply_fix(fix, T2),
    "run once": lambda fix: record_decision(fix, FixDecision.ONE_OFF, True, T2),
    "run and templatize": lambda fix: record_decision(fix, FixDecision.DRAFT_TEMPLATE, True, T2),
    "dismiss": lambda fix: dismiss(fix, T2),
    "worked": lambda fix: record_outcome(fix, FixOutcome.APPLIED_SUCCESS, None, T2),
    "failed": lambda fix: record_outcome(fix, FixOutcome.APPLIED_FAILED, "No change", T2),
    "partial": lambda fix: record_outcome(fix, FixOutcome.APPLIED_PARTIAL, "One of two hosts", T2),
    "restore": lambda fix: restore(fix, False, T2),
    "finish": lambda fix: resume_partial(fix, T2),
    "replace": lambda fix: supersede(fix, T2),
}


def standings() -> dict[str, FixState]:
    proposed = FixState(id=UUID(int=1), title="Reassign the licence", has_script=True)
    verifying = apply_fix(proposed, T0)
    partial = record_outcome(verifying, FixOutcome.APPLIED_PARTIAL, "Half of it", T1)
    found = {
        "proposed": proposed,
        "verifying": verifying,
        "partial": partial,
        "finishing": resume_partial(partial, T1),
        "success": record_outcome(verifying, FixOutcome.APPLIED_SUCCESS, None, T1),
        "failed": record_outcome(verifying, FixOutcome.APPLIED_FAILED, "Same error", T1),
    }
    found |= {f"dismissed {name}": dismiss(found[name], T1) for name in ("proposed", "verifying", "partial")}
    return found | {f"replaced {name}": supersede(fix, T1) for name, fix in found.items() if is_active(fix)}


# A dismissed or replaced fix that was judged reads as before: it was told then and is told now.
_UNCHANGED = {("success", "replace"), ("failed", "replace")}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("standing", standings())
def test_a_command_that_changes_a_fix_changes_a_note(standing: str, command: str) -> None:
    before = standings()[standing]
    try:
        after = COMMANDS[command](before)
    except RuleViolation:
        return
    assert (previews([], fix=told(before)) != previews([], fix=told(after))) is (
        after is not before and (standing, command) not in _UNCHANGED
    )


def test_every_command_changes_a_note_from_one_standing_at_least() -> None:
    changing = set()
    for fix in standings().values():
        for name, command in COMMANDS.items():
            try:
                after = command(fix)
            except RuleViolation:
                continue
            if previews([], fix=told(fix)) != previews([], fix=told(after)):
                changing.add(name)
    assert changing == COMMANDS.keys()


@pytest.mark.parametrize("outcome", ProposedOutcome)
@pytest.mark.parametrize("standing", ["proposed", "verifying", "partial"])
def test_what_the_pilot_proposes_and_its_clearing_change_no_note(
    standing: str, outcome: ProposedOutcome
) -> None:
    fix = standings()[standing]
    proposed = propose_outcome(fix, outcome)
    assert proposed.status is not FixStatus.DISMISSED
    assert previews([], fix=told(fix)) == previews([], fix=told(proposed))
    assert previews([], fix=told(clear_proposal(proposed))) == previews([], fix=told(fix))
