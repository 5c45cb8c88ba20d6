"""Whoever writes a note, every fix that was run stands in it with its outcome."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notes.checks import missing_fixes, missing_words, problems_of
from domain.notes.renderer import render_note
from domain.notes.state import NoteFix, NoteState
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind
from tests.unit.notes.states import CLOSED_AT, a_check, a_fix, a_state, note_states, times

NOTE, PACKAGE = ENDING_ARTIFACTS
kinds = st.sampled_from(ENDING_ARTIFACTS)


@given(kinds, note_states, st.none() | times)
def test_the_renderer_tells_of_every_fix_that_was_run(
    kind: ArtifactKind, state: NoteState, now: object
) -> None:
    rendered = render_note(kind, state, CLOSED_AT if now else None)
    assert problems_of(kind, rendered, state) == []


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
@pytest.mark.parametrize(
    "fix",
    [
        a_fix("success"),
        a_fix("failed"),
        a_fix("partial"),
        a_fix("verifying"),
        a_fix("verifying", superseded=True),
        a_fix("failed", superseded=True),
    ],
    ids=["worked", "failed", "partial", "verifying", "replaced without outcome", "replaced after it failed"],
)
def test_a_draft_without_a_fix_that_was_run_is_sent_back(kind: ArtifactKind, fix: NoteFix) -> None:
    state = a_state(a_fix("failed", title="Clear the cache", superseded=True), fix)
    without = render_note(kind, a_state(state.fixes[0]), None)
    (problem,) = missing_fixes(kind, without, state)
    assert "Reassign the licence" in problem


def test_a_title_without_its_outcome_is_not_enough() -> None:
    state = a_state(a_fix("failed"))
    assert missing_fixes(NOTE, "- Reassign the licence: worked.", state) == [
        'This fix was run and is not named on a line with its outcome ("did not help"): Reassign the licence'
    ]
    assert missing_fixes(NOTE, "- Reassign the licence was done.\n- Nothing helped.", state) != []
    assert missing_fixes(NOTE, "- **Reassign  the licence** did not help: still asked.", state) == []


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
@pytest.mark.parametrize(
    ("fix", "words"),
    [
        (
            a_fix("failed").model_copy(update={"failure_reason": "Still asked for a code"}),
            "Still asked for a code",
        ),
        (
            a_fix("partial").model_copy(update={"partial_notes": "Two of five are done"}),
            "Two of five are done",
        ),
    ],
    ids=["why it failed", "what was done in part"],
)
def test_a_draft_without_what_the_engineer_noted_of_a_fix_is_sent_back(
    kind: ArtifactKind, fix: NoteFix, words: str
) -> None:
    told = render_note(kind, a_state(fix), None)
    assert missing_words(kind, told, a_state(fix)) == []
    (problem,) = missing_words(kind, told.replace(words, "It was noted."), a_state(fix))
    assert words in problem


def test_the_title_itself_is_no_outcome() -> None:
    state = a_state(a_fix("success", title="Look why it worked before"))
    assert missing_fixes(NOTE, "- Look why it worked before.", state) != []


def test_a_fix_still_verifying_is_told_as_worked_in_the_note_and_as_unverified_in_the_package() -> None:
    state = a_state(a_fix("verifying"))
    assert missing_fixes(NOTE, "Reassign the licence: worked.", state) == []
    assert missing_fixes(NOTE, "Reassign the licence: not verified yet.", state) != []
    assert missing_fixes(PACKAGE, "Reassign the licence: not verified yet.", state) == []


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
@pytest.mark.parametrize("standing", ["proposed", "dismissed"])
def test_what_was_not_run_need_not_be_told(kind: ArtifactKind, standing: str) -> None:
    assert missing_fixes(kind, "Nothing.", a_state(a_fix(standing))) == []


def test_the_note_names_the_checks_that_were_run_and_none_of_their_commands() -> None:
    lane = [
        a_check("Ping the gateway.", command="ping 10.0.0.1", output="Reply from 10.0.0.1"),
        a_check("", answer="green"),
    ]
    confirmed = render_note(NOTE, a_state(lane=lane), None).split("## ")[2]
    assert confirmed == (
        "What we confirmed\n\nNothing has been confirmed yet.\n\nChecked:\n- Ping the gateway.\n\n"
    )


def test_more_checks_than_a_note_can_hold_are_counted() -> None:
    lane = [a_check(f"Check {number} " + "x" * 180) for number in range(20)]
    confirmed = render_note(NOTE, a_state(lane=lane), None)
    assert "- and 14 more, run earlier" in confirmed
    assert "Check 19" in confirmed
