"""Short texts taken from longer ones: the title of a session, the summary that stands for a note."""

import re

from domain.hidden_text import without_hidden
from domain.text import clean_text, clip

TITLE_LIMIT = 120
SUMMARY_LIMIT = 500
UNTITLED = "Untitled session"
_LONGEST_ABBREVIATION = 16
"""Characters, more than any of them has with what stands before it: to look at more would take quadratic time."""

_HEADING = re.compile(r"^ {0,3}#{1,6}(\s|$)")
_LINE_MARKER = re.compile(r"^\s*(?:(?:[-*+•>]|\d{1,3}[.)])\s+)+")
_HEADING_MARKER = re.compile(r"^\s*#{1,6}\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=\S)|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|a\.m|p\.m|etc|vs|approx|incl|no|nr|mr|mrs|ms|dr|st|\w)\.$", re.IGNORECASE
)


def first_sentence(text: str) -> str:
    """The first sentence on one line; the whole text when it is one. Knows the usual abbreviations."""
    line = " ".join(clean_text(text).split())
    for end in _SENTENCE_END.finditer(line):
        before = line[max(0, end.start() - _LONGEST_ABBREVIATION) : end.start()]
        if not _ABBREVIATION.search(before):
            return line[: end.end()].rstrip()
    return line


def title_from_text(text: str) -> str:
    """The title of a session started from text: its first sentence, one line, ≤ 120 characters."""
    for line in without_hidden(clean_text(text)).splitlines():
        plain = _LINE_MARKER.sub("", _HEADING_MARKER.sub("", line)).strip()
        if any(character.isalnum() for character in plain):
            return clip(first_sentence(plain), TITLE_LIMIT)
    return UNTITLED


def title_from_ticket(ref: str, summary: str) -> str:
    """The title of a session started from a ticket: its summary; its number when it has none."""
    one_line = " ".join(without_hidden(clean_text(summary)).split())
    return clip(one_line, TITLE_LIMIT) if one_line else clip(f"Ticket #{ref}", TITLE_LIMIT)


def default_summary(markdown: str) -> str:
    """A note in one sentence (≤ 500 characters): the first below its first heading, "" when there is none.

    A heading is never the answer. Without any heading the first sentence of the note is.
    """
    lines = clean_text(markdown).splitlines()
    headings = [index for index, line in enumerate(lines) if _HEADING.match(line)]
    paragraph = _first_paragraph(lines[headings[0] + 1 :] if headings else lines)
    return clip(first_sentence(paragraph), SUMMARY_LIMIT)


def default_escalation_reason(markdown: str) -> str:
    """Why a session was escalated, when the engineer gave no reason; see `default_summary`."""
    return default_summary(markdown)


def _first_paragraph(lines: list[str]) -> str:
    paragraph: list[str] = []
    for line in lines:
        ends = not line.strip() or _HEADING.match(line) or (paragraph and _LINE_MARKER.match(line))
        if not ends:
            paragraph.append(_LINE_MARKER.sub("", line).strip())
        elif paragraph:
            break
    return " ".join(paragraph)
