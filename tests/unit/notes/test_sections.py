"""The checks a draft of a note passes before anybody sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notes.checks import missing_facts
from domain.notes.renderer import render_note
from domain.notes.sections import (
    NOTE_LIMIT,
    check_sections,
    heading,
    sections_of,
)
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind
from tests.unit.notes.states import a_fact, a_state

NOTE = ArtifactKind.RESOLUTION_NOTE
PACKAGE = ArtifactKind.ESCALATION_PACKAGE


def a_draft(kind: ArtifactKind, body: str = "Something.") -> str:
    return "\n\n".join(f"{heading(section)}\n\n{body}" for section in sections_of(kind))


def test_the_headings_are_the_promised_ones() -> None:
    assert sections_of(NOTE) == ("Problem", "What we confirmed", "Root cause", "Resolution")
    assert sections_of(PACKAGE) == (
        "Problem",
        "What we've confirmed",
        "What we've tried",
        "Current hypothesis",
        "Suggested next steps",
    )


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
@pytest.mark.parametrize("body", ["Something.", "- a\n- b", "```\n# a comment, no heading\n```", "No. 7"])
def test_a_draft_with_every_section_filled_passes(kind: ArtifactKind, body: str) -> None:
    assert check_sections(kind, a_draft(kind, body)) == []
    assert check_sections(kind, a_draft(kind, body).replace("\n", "\r\n") + "\r\n\r\n") == []


def test_a_missing_section_is_named() -> None:
    draft = a_draft(NOTE).replace("## Root cause", "The cause")
    assert check_sections(NOTE, draft) == ['The heading "## Root cause" is missing.']


@pytest.mark.parametrize(
    "written", ["# Root cause", "### Root cause", "## Root Cause", "## Root cause:", "## **Root cause**"]
)
def test_a_heading_that_is_not_exact_is_missing_and_another_is_one_too_many(written: str) -> None:
    problems = check_sections(NOTE, a_draft(NOTE).replace("## Root cause", written))
    assert 'The heading "## Root cause" is missing.' in problems
    assert any(f'"{written}" is not a heading' in problem for problem in problems)


def test_sections_out_of_order_are_refused() -> None:
    draft = a_draft(NOTE).replace("Root cause", "…").replace("Resolution", "Root cause")
    problems = check_sections(NOTE, draft.replace("…", "Resolution"))
    assert problems == [
        "The headings are not in order; "
        "the order is ## Problem, ## What we confirmed, ## Root cause, ## Resolution."
    ]


def test_a_section_twice_is_refused() -> None:
    draft = a_draft(NOTE) + "\n\n## Problem\n\nAgain."
    assert check_sections(NOTE, draft) == ['The heading "## Problem" occurs more than once.']


@pytest.mark.parametrize("body", ["", "   ", "-", "---", "**"])
@pytest.mark.parametrize("section", sections_of(PACKAGE))
def test_an_empty_section_is_refused(section: str, body: str) -> None:
    draft = a_draft(PACKAGE).replace(f"{heading(section)}\n\nSomething.", f"{heading(section)}\n\n{body}")
    assert check_sections(PACKAGE, draft) == [f'There is nothing below "{heading(section)}".']


def test_words_before_the_first_heading_are_refused() -> None:
    assert check_sections(NOTE, f"Here is the note:\n\n{a_draft(NOTE)}") == [
        'Nothing may stand before "## Problem".'
    ]


def test_a_draft_longer_than_a_note_may_be_is_refused() -> None:
    draft = a_draft(NOTE)
    assert check_sections(NOTE, draft + "x" * (NOTE_LIMIT - len(draft))) == []
    assert check_sections(NOTE, draft + "x" * (NOTE_LIMIT + 1 - len(draft))) == [
        "The note has 20,001 characters; 20,000 are allowed."
    ]


@given(st.text())
def test_any_text_can_be_checked(text: str) -> None:
    for kind in ENDING_ARTIFACTS:
        check_sections(kind, text)
        missing_facts(text, a_state(facts=[a_fact(text)]))


def test_a_fact_that_is_not_stated_is_named() -> None:
    state = a_state(facts=[a_fact("Only one user was affected."), a_fact("The VPN was up")])
    assert missing_facts("We saw that ONLY one\nuser was affected, no more.", state) == [
        "This fact is not stated in its own words: The VPN was up"
    ]


def test_a_fact_with_escaped_characters_counts_as_stated() -> None:
    state = a_state(facts=[a_fact("#1 saw <b>12</b> at C:\\temp")])
    assert missing_facts(render_note(NOTE, state, None), state) == []
    assert missing_facts("#1 saw <b>12</b> at C:\\temp", state) == []
