"""Titles of sessions, and the sentence that stands for a note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.titles import (
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    UNTITLED,
    default_escalation_reason,
    default_summary,
    first_sentence,
    title_from_text,
    title_from_ticket,
)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The printer is offline. It was fine on Monday.", "The printer is offline."),
        ("Cannot sign in!\nError 53003", "Cannot sign in!"),
        ("\n\n  # VPN drops\nevery hour", "VPN drops"),
        ("- mail is slow\n- so is the web", "mail is slow"),
        ("Some apps, e.g. Outlook, hang. Others do not.", "Some apps, e.g. Outlook, hang."),
        ("J. Smith cannot print. Others can.", "J. Smith cannot print."),
        ("Agent 10.2.1 crashes. Again.", "Agent 10.2.1 crashes."),
        ("---\nDisk full", "Disk full"),
        ("プリンターが動きません。昨日は大丈夫でした。", "プリンターが動きません。"),
        ("", UNTITLED),
        (" \n>>> \n", UNTITLED),
    ],
)
def test_a_session_is_named_after_the_first_sentence(text: str, title: str) -> None:
    assert title_from_text(text) == title


@given(st.text())
def test_a_title_is_one_line_of_limited_length_and_never_empty(text: str) -> None:
    for title in (title_from_text(text), title_from_ticket("48307", text)):
        assert title.strip()
        assert len(title) <= TITLE_LIMIT
        assert len(title.splitlines()) == 1


def test_a_ticket_without_a_summary_gives_its_number() -> None:
    assert title_from_ticket("48307", " \n") == "Ticket #48307"
    assert title_from_ticket("48307", "Mail  is\nslow") == "Mail is slow"


def test_a_long_title_shows_that_it_was_cut() -> None:
    title = title_from_text("word " * 60)
    assert title.endswith("…")
    assert len(title) <= TITLE_LIMIT


@pytest.mark.parametrize(
    ("markdown", "summary"),
    [
        ("## Problem\n\nMail did not\narrive. More.\n\n## Root cause\n\nA rule.", "Mail did not arrive."),
        ("## Problem\n## Root cause\n- A rule. Removed.", "A rule."),
        ("Preface.\n\n## Problem\nMail was late.", "Mail was late."),
        ("Mail was late. More.", "Mail was late."),
        ("## Problem", ""),
        ("", ""),
    ],
)
def test_the_default_summary_is_the_first_sentence_below_the_first_heading(
    markdown: str, summary: str
) -> None:
    assert default_summary(markdown) == summary
    assert default_escalation_reason(markdown) == summary


@given(st.text())
def test_the_default_summary_is_never_a_heading_and_never_too_long(text: str) -> None:
    summary = default_summary(f"## Problem\n\n{text}")
    assert not summary.startswith("## ")
    assert len(summary) <= SUMMARY_LIMIT


@given(st.text())
def test_a_first_sentence_begins_the_text(text: str) -> None:
    one_line = " ".join(first_sentence(text).split())
    assert " ".join(text.replace("\x00", "").split()).startswith(one_line)
