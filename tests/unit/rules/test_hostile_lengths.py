"""Texts that others write are read in a time that grows with their length and no faster.

Each is as long as it may become, or longer; a rule that takes quadratic time does not end within the test's time limit.
"""

from __future__ import annotations

import pytest

from domain.markers import parse_reply
from domain.notes.sections import check_sections
from domain.redaction import redact_secrets
from domain.titles import default_summary, first_sentence, title_from_text
from domain.vocabulary import ArtifactKind

LONG = 200_000

pytestmark = pytest.mark.timeout(30)


@pytest.mark.parametrize("words", ["a. ", "1. ", "Mr. ", "e.g. ", 'a." ', "a.) ", "A b. c "])
def test_a_text_of_abbreviations_alone_has_a_title(words: str) -> None:
    text = words * (LONG // len(words))
    assert len(title_from_text(text)) <= 120
    assert len(default_summary(f"## Problem\n\n{text}")) <= 500
    assert text.startswith(first_sentence(text))


@pytest.mark.parametrize(
    "filling", ["\t", " ", "\n", " \n", "`", "``` ", "```\n", "\n```", "[", '{"a":', '"', "\\"]
)
def test_a_block_of_nothing_is_an_empty_block(filling: str) -> None:
    text = "Look.\n[ACTIONS]" + filling * (LONG // len(filling)) + "x[/ACTIONS]"
    assert parse_reply(text).prose == "Look."


@pytest.mark.parametrize("filling", [" ", "\t", "# ", " x", "#", "`", "~", "> ", "- "])
def test_a_note_of_one_endless_line_is_checked(filling: str) -> None:
    note = f"# x{filling * (LONG // len(filling))}y"
    assert check_sections(ArtifactKind.RESOLUTION_NOTE, note)


@pytest.mark.parametrize(
    "words", ["eyJa-", "eyJ-", "eyJaaaaa.", '"', "'", "-", "password", "token ", "authorization: "]
)
def test_a_text_that_nearly_holds_secrets_is_searched_through(words: str) -> None:
    text = words * (LONG // len(words))
    assert len(redact_secrets(text)) <= 3 * len(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("eyJhbGciOi.eyJzdWIi.c2ln", "[redacted]"),
        ("id-eyJhbGciOi.eyJzdWIi", "id-[redacted]"),
        ("a-b-eyJhbGciOi.eyJzdWIi.x, and more", "a-b-[redacted], and more"),
        ("eyJ-eyJhbGciOi.eyJzdWIi", "[redacted]"),
        ("sub.eyJhbGciOi.eyJzdWIi.x", "sub.[redacted]"),
        ("keyJhbGciOi.eyJzdWIi.x", "keyJhbGciOi.eyJzdWIi.x"),
    ],
)
def test_a_token_is_found_wherever_a_word_of_it_begins(text: str, told: str) -> None:
    assert redact_secrets(text) == told
