"""Interim updates: short, from state, and for clients without anything internal."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notes.checks import problems_of
from domain.notes.renderer import render_note
from domain.notes.sections import NOTE_LIMIT
from domain.notes.state import NoteFix, NoteState, NoteTicket
from domain.notes.update import ASK_WHETHER_IT_OCCURS, NO_CAUSE_YET
from domain.notes.view import CUSTOMER_UPDATES, state_for
from domain.vocabulary import UPDATE_KINDS, ArtifactKind, FactSource, LaneItemStatus
from tests.unit.notes.states import (
    ACTIVE_STANDINGS,
    a_check,
    a_fact,
    a_fix,
    a_state,
    an_open_question,
    note_states,
)

INTERNAL, CLIENT, REQUEST = UPDATE_KINDS.values()
kinds = st.sampled_from(list(UPDATE_KINDS.values()))


def rendered(kind: ArtifactKind, state: NoteState) -> str:
    return render_note(kind, state_for(kind, state), None)


FULL = a_state(
    a_fix("failed", title="Clear the cache", notes="User Bob was rude", superseded=True),
    a_fix("proposed", description="Run Reset-Licence.ps1 on DC01"),
    facts=[a_fact("Webmail works", FactSource.QUESTION, "rules out the tenant")],
    lane=[
        a_check("Read the log", command="Get-EventLog System", output="0x80070005 at DC01"),
        an_open_question("Does it happen on your telephone too?"),
    ],
    ticket=NoteTicket(ref="48307", summary="Outlook asks for a password", client="Northwind"),
)


def test_an_update_for_the_client_says_what_is_known_and_what_is_next() -> None:
    assert rendered(CLIENT, FULL) == (
        "We are working on this: Outlook asks for a password.\n\n"
        "Confirmed so far:\n- Webmail works.\n\n"
        "Next we are going to apply this fix: Reassign the licence."
    )


def test_a_request_says_what_is_needed() -> None:
    assert rendered(REQUEST, FULL).endswith(
        "To go on, we need this from you:\n- Does it happen on your telephone too?"
    )
    assert rendered(REQUEST, a_state()).endswith(f"- {ASK_WHETHER_IT_OCCURS}")


def test_colleagues_are_told_what_was_tried_and_what_comes_next() -> None:
    told = rendered(INTERNAL, FULL)
    for words in (
        "Problem: Outlook asks for a password.",
        "- Webmail works.",
        "- Check: Read the log (Get-EventLog System). Result: 0x80070005 at DC01.",
        "- Clear the cache: did not help. Reason: User Bob was rude.",
        "Find out: Does it happen on your telephone too?",
    ):
        assert words in told


@pytest.mark.parametrize("kind", CUSTOMER_UPDATES)
def test_nothing_internal_is_told_to_a_client_nor_given_to_who_writes_for_one(kind: ArtifactKind) -> None:
    for words in (
        "Get-EventLog",
        "0x80070005",
        "DC01",
        "Reset-Licence",
        "rude",
        "rules out",
    ):
        assert words not in render_note(kind, FULL, None), "the renderer alone tells none of it"
        assert words not in state_for(kind, FULL).model_dump_json()


@pytest.mark.parametrize("kind", CUSTOMER_UPDATES)
def test_without_anything_the_client_is_told_that_the_cause_is_looked_for(kind: ArtifactKind) -> None:
    empty = a_state(problem=None)
    assert NO_CAUSE_YET in rendered(kind, empty)
    assert "Confirmed so far" not in rendered(kind, empty)


@given(kinds, note_states)
def test_every_update_passes_its_own_checks_and_adds_no_markup(kind: ArtifactKind, state: NoteState) -> None:
    update = rendered(kind, state)
    assert problems_of(kind, update, state) == []
    assert update == update.strip()
    for line in update.split("\n"):
        content = re.sub(r"^(- |\d\. )", "", line)
        assert not re.match(r"\s*(#|>|```|~~~|[-*_=]{3,}\s*$|[-*+] )", content)
        assert not re.search(r"(?<!\\)<[A-Za-z/!?]", line)
        assert not re.search(r"(?<!\\)\]\(", line)
    assert not any(str(fix.id) in update for fix in state.fixes)


@given(kinds, st.integers(0, 100))
def test_every_change_of_an_outcome_changes_every_update(kind: ArtifactKind, confidence_pct: int) -> None:
    updates = [
        rendered(kind, a_state(a_fix(standing, confidence_pct=confidence_pct)))
        for standing in ACTIVE_STANDINGS
    ]
    assert all(one != other for one, other in combinations(updates, 2))


@given(kinds, st.integers(0, 5))
def test_a_fact_more_changes_every_update(kind: ArtifactKind, known: int) -> None:
    facts = [a_fact(f"Fact {number}") for number in range(known + 1)]
    assert rendered(kind, a_state(facts=facts[:-1])) != rendered(kind, a_state(facts=facts))


@pytest.mark.parametrize("kind", UPDATE_KINDS.values())
@pytest.mark.parametrize("character", ["x", "<a", "](", "\U0001f5a8", "word "])
def test_the_longest_session_still_gives_an_update_that_fits_with_the_latest_fact(
    kind: ArtifactKind, character: str
) -> None:
    long = character * 15_000
    fixes: list[NoteFix] = [a_fix("failed", title=long, notes=long, superseded=True) for _ in range(30)]
    state = a_state(
        *fixes,
        a_fix("partial", title=long, description=long, notes=long),
        facts=[*(a_fact(f"{number} {long}") for number in range(20)), a_fact("The latest")],
        lane=[
            *(a_check(long, command=long, output=long) for _ in range(20)),
            *(an_open_question(f"{number} {long}") for number in range(20)),
        ],
        problem=long,
    )
    update = rendered(kind, state)
    assert len(update) <= NOTE_LIMIT
    assert "- The latest." in update
    assert "more, confirmed earlier" in update


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("x" * (NOTE_LIMIT + 1), "20,001 characters"),
        ("See 0f8fad5b-d9cb-469f-a165-70867728950e.", "an id"),
    ],
)
@pytest.mark.parametrize("kind", UPDATE_KINDS.values())
def test_a_draft_that_is_no_update_is_sent_back(kind: ArtifactKind, draft: str, words: str) -> None:
    (problem,) = problems_of(kind, draft, a_state())
    assert words in problem


def test_a_block_of_code_is_for_colleagues_only() -> None:
    draft = "Run this:\n```\nRestart-Service Spooler\n```"
    assert problems_of(INTERNAL, draft, a_state()) == []
    for kind in CUSTOMER_UPDATES:
        assert "leave commands" in problems_of(kind, draft, a_state())[0]


def test_the_checks_are_left_out_of_a_note_when_the_account_wants_that() -> None:
    note = ArtifactKind.RESOLUTION_NOTE
    state = a_state(
        lane=[
            a_check("Read the log", command="Get-EventLog System", output="0x8"),
            an_open_question("Since when?"),
        ]
    )
    assert state_for(note, state) is state
    without = state_for(note, state, lists_checks=False)
    assert [item.text for item in without.lane] == ["Since when?"]
    assert "Read the log" in render_note(note, state, None)
    assert "Read the log" not in render_note(note, without, None)


def test_the_client_is_asked_only_what_is_still_open() -> None:
    lane = [an_open_question("Since when?"), an_open_question("Which printer?")]
    lane[1] = lane[1].model_copy(update={"status": LaneItemStatus.ANSWERED, "answer": "The blue one"})
    told = rendered(REQUEST, a_state(lane=lane))
    assert "Since when?" in told
    assert "Which printer?" not in told
