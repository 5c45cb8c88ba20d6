"""The checks that every draft of an artifact passes before anybody sees it."""

import re

from domain.notes.fact_list import FACT_LIMIT, listed_facts
from domain.notes.fix_lines import Standing, listed_tried, standing, title_of, words_on
from domain.notes.plain_text import bare, plain_line
from domain.notes.resolution import closing_fix
from domain.notes.sections import NOTE_LIMIT, check_sections
from domain.notes.state import NoteFix, NoteState
from domain.notes.view import CUSTOMER_UPDATES
from domain.text import normalise_text
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind

_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)

_CODE_BLOCK = re.compile(r"^ {0,3}(?:(?:[-*+]|\d{1,2}[.)]) +)?(?:`{3,}|~{3,})", re.MULTILINE)

_OUTCOMES: dict[Standing, tuple[str, ...]] = {
    Standing.WORKED: ("worked", "works", "to work", "resolved", "solved", "fixed", "successful"),
    Standing.FAILED: (
        "not help",
        "n't help",
        "not work",
        "n't work",
        "failed",
        "without success",
        "no effect",
    ),
    Standing.PARTIAL: ("in part", "partly", "partial", "remain"),
    Standing.VERIFYING: ("verif", "not confirmed", "not yet confirmed"),
    Standing.OUTCOME_NOT_RECORDED: ("not recorded", "no outcome", "not known", "unknown"),
}
_WORDS = {
    Standing.WORKED: "worked",
    Standing.FAILED: "did not help",
    Standing.PARTIAL: "done in part",
    Standing.VERIFYING: "not verified yet",
    Standing.OUTCOME_NOT_RECORDED: "outcome not recorded",
}


def problems_of(kind: ArtifactKind, markdown: str, state: NoteState) -> list[str]:
    """What is wrong with a draft: sentences to send back to its writer; empty when nothing is."""
    if kind in ENDING_ARTIFACTS:
        return [
            *check_sections(kind, markdown),
            *missing_facts(markdown, state),
            *missing_fixes(kind, markdown, state),
            *missing_words(kind, markdown, state),
        ]
    return _update_problems(kind, markdown)


def missing_facts(markdown: str, state: NoteState) -> list[str]:
    """The facts a draft must state and does not: a sentence for each, to send back to its writer.

    A fact is stated when its words are there in their order; case, white space and escapes aside.
    """
    said = _comparable(markdown)
    return [
        f"This fact is not stated in its own words: {text}"
        for fact in listed_facts(state)
        if _comparable(bare((text := plain_line(fact.text, FACT_LIMIT)).rstrip("…"))) not in said
    ]


def missing_fixes(kind: ArtifactKind, markdown: str, state: NoteState) -> list[str]:
    """The fixes that were run and that a draft does not name with their outcome on the same line."""
    lines = [_comparable(line) for line in markdown.splitlines()]
    return [
        f'This fix was run and is not named on a line with its outcome ("{_WORDS[outcome]}"): {title_of(fix)}'
        for fix, outcome in _told_fixes(kind, state)
        if not any(_tells(line, fix, outcome) for line in lines)
    ]


def missing_words(kind: ArtifactKind, markdown: str, state: NoteState) -> list[str]:
    """What the engineer said of how a tried fix went, and a draft leaves out: why it failed, what was done of it."""
    said = _comparable(markdown)
    return [
        f'What was noted of "{title_of(fix)}" is not stated in its own words: {words}'
        for fix, outcome in _told_fixes(kind, state)
        if outcome is not Standing.WORKED
        and (words := words_on(fix))
        and _comparable(bare(words.rstrip("…"))) not in said
    ]


def _told_fixes(kind: ArtifactKind, state: NoteState) -> list[tuple[NoteFix, Standing]]:
    """What the renderer names, with what is to be said of it: closing declares that a verifying fix worked."""
    closing = closing_fix(state) if kind is ArtifactKind.RESOLUTION_NOTE else None
    told = [(fix, standing(fix)) for fix in listed_tried(state, except_for=closing)]
    return [*told, (closing, Standing.WORKED)] if closing is not None else told


def _tells(line: str, fix: NoteFix, outcome: Standing) -> bool:
    title = _comparable(bare(title_of(fix).rstrip("…")))
    # The words of the outcome stand beside the title: a title that holds them does not say how it went.
    return any(words in line and title in line.replace(words, "", 1) for words in _OUTCOMES[outcome])


def _update_problems(kind: ArtifactKind, markdown: str) -> list[str]:
    problems = []
    if not markdown.strip():
        problems.append("The update is empty.")
    if len(markdown) > NOTE_LIMIT:
        problems.append(f"The update has {len(markdown):,} characters; {NOTE_LIMIT:,} are allowed.")
    if _ID.search(markdown):
        problems.append("The update holds an id. Leave all ids out.")
    if kind in CUSTOMER_UPDATES and _CODE_BLOCK.search(markdown):
        problems.append("The client reads this update: leave commands, scripts and outputs out.")
    return problems


def _comparable(text: str) -> str:
    return normalise_text(text.replace("\\", ""))
