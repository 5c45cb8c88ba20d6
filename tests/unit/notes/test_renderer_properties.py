"""What holds of every note, whatever the session holds."""

import re
from datetime import datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notes.checks import missing_facts
from domain.notes.fact_list import listed_facts
from domain.notes.renderer import render_note
from domain.notes.sections import NOTE_LIMIT, check_sections, heading, sections_of
from domain.notes.state import NoteFix, NoteState, NoteTicket
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind, FactSource, LaneItemKind, LaneItemStatus
from tests.unit.notes.states import (
    ACTIVE_STANDINGS,
    CLOSED_AT,
    SUPERSEDED_STANDINGS,
    a_check,
    a_fact,
    a_fix,
    a_state,
    an_open_question,
    earlier_fixes,
    note_states,
    times,
)

kinds = st.sampled_from(ENDING_ARTIFACTS)


@given(kinds, note_states, st.none() | times)
def test_every_note_has_its_sections_in_order_and_none_empty(
    kind: ArtifactKind, state: NoteState, now: datetime | None
) -> None:
    assert check_sections(kind, render_note(kind, state, now)) == []


@given(kinds, note_states)
def test_every_fact_is_in_every_note(kind: ArtifactKind, state: NoteState) -> None:
    rendered = render_note(kind, state, None)
    assert missing_facts(rendered, state) == []
    filled = [fact for fact in state.facts if any(character.isalnum() for character in fact.text)]
    assert all(fact in listed_facts(state) for fact in filled)


@given(kinds, note_states)
def test_no_text_of_a_session_adds_markup_to_a_note(kind: ArtifactKind, state: NoteState) -> None:
    lines = render_note(kind, state, None).split("\n")
    assert [line for line in lines if line.startswith("#")] == [heading(each) for each in sections_of(kind)]
    for line in lines:
        content = re.sub(r"^(- |\d\. )", "", line)
        assert content.startswith("## ") or not re.match(r"\s*(#|>|```|~~~|[-*_=]{3,}\s*$|[-*+] )", content)
        assert not re.search(r"(?<!\\)<[A-Za-z/!?]", line)
        assert not re.search(r"(?<!\\)\]\(", line)


@given(kinds, note_states)
def test_a_note_reads_as_plain_text(kind: ArtifactKind, state: NoteState) -> None:
    rendered = render_note(kind, state, None)
    assert rendered == rendered.strip()
    assert "\n\n\n" not in rendered
    assert rendered.splitlines() == rendered.split("\n")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", rendered)


@given(kinds, note_states)
def test_the_same_state_gives_the_same_note_without_ids(kind: ArtifactKind, state: NoteState) -> None:
    rendered = render_note(kind, state, None)
    assert rendered == render_note(kind, NoteState.model_validate(state.model_dump()), None)
    assert not any(str(fix.id) in rendered for fix in state.fixes)
    assert "48307" not in rendered


@given(kinds, st.lists(earlier_fixes, max_size=3), st.integers(0, 100), st.none() | st.just(CLOSED_AT))
def test_every_change_of_an_outcome_changes_every_note(
    kind: ArtifactKind, earlier: list[NoteFix], confidence_pct: int, now: datetime | None
) -> None:
    notes = [
        render_note(kind, a_state(*earlier, a_fix(standing, confidence_pct=confidence_pct)), now)
        for standing in ACTIVE_STANDINGS
    ]
    assert all(one != other for one, other in combinations(notes, 2))


@given(kinds, st.lists(earlier_fixes, max_size=2), st.sampled_from(ACTIVE_STANDINGS), st.integers(0, 100))
def test_the_outcome_of_a_replaced_fix_changes_every_note(
    kind: ArtifactKind, earlier: list[NoteFix], active: str, confidence_pct: int
) -> None:
    notes = [
        render_note(
            kind,
            a_state(
                *earlier,
                a_fix(standing, title="Clear the cache", confidence_pct=confidence_pct, superseded=True),
                a_fix(active),
            ),
            None,
        )
        for standing in SUPERSEDED_STANDINGS
    ]
    assert all(one != other for one, other in combinations(notes, 2))


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
@pytest.mark.parametrize("standing", ["partial", "failed"])
def test_the_note_of_an_outcome_is_in_every_note(kind: ArtifactKind, standing: str) -> None:
    rendered = render_note(kind, a_state(a_fix(standing, notes="Two of five done")), None)
    assert "Two of five done." in rendered


words = st.text(alphabet="abcdefgh ", min_size=1, max_size=30).filter(str.strip)


@given(kinds, st.lists(words, max_size=5), words, st.sampled_from(FactSource))
def test_a_fact_more_or_less_changes_every_note(
    kind: ArtifactKind, known: list[str], added: str, source: FactSource
) -> None:
    before = a_state(facts=[a_fact(text) for text in known])
    after = a_state(facts=[*before.facts, a_fact(added, source)])
    assert render_note(kind, before, None) != render_note(kind, after, None)


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
@pytest.mark.parametrize("character", ["x", "<a", "](", "\U0001f5a8", "word "])
def test_the_longest_session_still_gives_a_note_within_its_limit(kind: ArtifactKind, character: str) -> None:
    long = character * 30_000
    fixes = [
        a_fix(standing, title=long, description=long, notes=long, superseded=True)
        for standing in ("failed", "partial", "verifying", "success") * 20
    ]
    state = NoteState(
        problem_summary=long,
        ticket=NoteTicket(ref="48307", summary=f"b{long}", client=long, contact=long),
        facts=[a_fact(long, source, long) for source in FactSource for _ in range(20)],
        lane=[
            *(a_check(long, command=long, answer=long, output=f"{long}\n" * 5) for _ in range(20)),
            *(an_open_question(long) for _ in range(20)),
        ],
        fixes=[*fixes, a_fix("partial", title=long, description=long, notes=long)],
    )
    rendered = render_note(kind, state, CLOSED_AT)
    assert len(rendered) <= NOTE_LIMIT
    assert check_sections(kind, rendered) == []


@given(note_states)
def test_open_items_are_never_told_as_done(state: NoteState) -> None:
    undone = [
        item.model_copy(update={"status": LaneItemStatus.OPEN, "kind": LaneItemKind.CHECK})
        for item in state.lane
    ]
    without = state.model_copy(update={"lane": []})
    with_open = state.model_copy(update={"lane": undone})
    note, package = ArtifactKind.RESOLUTION_NOTE, ArtifactKind.ESCALATION_PACKAGE
    assert render_note(note, without, None) == render_note(note, with_open, None)
    tried = [
        render_note(package, each, None).split("## What we've tried\n")[1].split("\n## ")[0]
        for each in (without, with_open)
    ]
    assert tried[0] == tried[1]
