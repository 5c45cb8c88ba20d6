"""The fixed shape of the notes that end a session, and whether a draft has it."""

import re

from domain.text import clean_text
from domain.vocabulary import ArtifactKind

NOTE_LIMIT = 20_000
"""Characters of an artifact, whoever wrote it."""

RESOLUTION_SECTIONS = ("Problem", "What we confirmed", "Root cause", "Resolution")
ESCALATION_SECTIONS = (
    "Problem",
    "What we've confirmed",
    "What we've tried",
    "Current hypothesis",
    "Suggested next steps",
)

_SECTIONS: dict[ArtifactKind, tuple[str, ...]] = {
    ArtifactKind.RESOLUTION_NOTE: RESOLUTION_SECTIONS,
    ArtifactKind.ESCALATION_PACKAGE: ESCALATION_SECTIONS,
}

NO_PROBLEM = "The problem was not described."
NOTHING_CONFIRMED = "Nothing has been confirmed yet."
NO_ACTIONS = "No actions have been run yet."
NOT_ISOLATED = "The root cause was not definitively isolated."
NO_FIX = "No fix has been recorded."
NO_HYPOTHESIS = "None leading yet."

_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*))?$")
"""Of a line without the spaces at its end: with them it would be looked at once for each."""
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_MARKS_ONLY = re.compile(r"[\s\-*+_=>#`~]*")


def sections_of(kind: ArtifactKind) -> tuple[str, ...]:
    """The headings of an artifact, in order; an interim update has none."""
    return _SECTIONS.get(kind, ())


def heading(section: str) -> str:
    """The line that opens a section."""
    return f"## {section}"


def check_sections(kind: ArtifactKind, markdown: str) -> list[str]:
    """What is wrong with the shape of a draft: sentences to send back to its writer; empty when nothing is.

    Every heading is there once, exactly as named, in order, with something below it, and there is no other.
    The whole is not longer than an artifact may be.
    """
    expected = [heading(section) for section in sections_of(kind)]
    before, found = _split(markdown)
    names = [name for name, _ in found]
    problems: list[str] = []
    if len(markdown) > NOTE_LIMIT:
        problems.append(f"The note has {len(markdown):,} characters; {NOTE_LIMIT:,} are allowed.")
    if _says_something(before):
        problems.append(f'Nothing may stand before "{expected[0]}".')
    problems.extend(f'The heading "{name}" is missing.' for name in expected if name not in names)
    problems.extend(
        f'"{name}" is not a heading of this note; the headings are {", ".join(expected)}.'
        for name in dict.fromkeys(names)
        if name not in expected
    )
    problems.extend(
        f'The heading "{name}" occurs more than once.' for name in expected if names.count(name) > 1
    )
    known = [name for name in dict.fromkeys(names) if name in expected]
    if known != [name for name in expected if name in known]:
        problems.append(f"The headings are not in order; the order is {', '.join(expected)}.")
    problems.extend(
        f'There is nothing below "{name}".'
        for name, body in found
        if name in expected and not _says_something(body)
    )
    return problems


def _says_something(lines: list[str]) -> bool:
    return any(not _MARKS_ONLY.fullmatch(line) for line in lines)


def _split(markdown: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The lines before the first heading, then each heading with its lines; in a code fence `#` is none."""
    before: list[str] = []
    found: list[tuple[str, list[str]]] = []
    fence: str | None = None
    for line in clean_text(markdown).split("\n"):
        mark = _FENCE.match(line)
        if fence is None and mark:
            fence = mark[1]
        elif fence is not None and mark and mark[1].startswith(fence):
            fence = None
        title = _HEADING.match(line.rstrip(" \t")) if fence is None else None
        if title:
            found.append((f"{title[1]} {title[2] or ''}".rstrip(), []))
        else:
            (found[-1][1] if found else before).append(line)
    return before, found
