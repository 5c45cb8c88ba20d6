"""What a note says of the fixes of a session, by their outcome."""

import re
from enum import Enum, auto

from domain.notes.plain_text import bare, bounded_newest, fitting, moment, plain_line, sentence
from domain.notes.state import NoteFix, NoteState
from domain.vocabulary import FixStatus

LEADING_CONFIDENCE = 60
"""Percent from which a fix stands for the cause and leads the hypothesis."""
TRY_FIRST_ABOVE = 80
"""Percent above which a proposed fix is the first next step."""

_TITLE_LIMIT = 200
_DESCRIPTION_LIMIT = 600
_NOTES_LIMIT = 500
_STEP_LIMIT = 300
_STEPS = 12
_STEP = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s+(.+)")
_BUDGET = 3_800


class Standing(Enum):
    """What a fix is to a note. Finer than its status: the run and the supersession count too."""

    WORKED = auto()
    FAILED = auto()
    PARTIAL = auto()
    VERIFYING = auto()
    PROPOSED = auto()
    OUTCOME_NOT_RECORDED = auto()  # replaced after a run that nobody judged
    UNTOLD = auto()  # dismissed, or replaced without ever being run


_BY_STATUS = {
    FixStatus.APPLIED_SUCCESS: Standing.WORKED,
    FixStatus.APPLIED_FAILED: Standing.FAILED,
    FixStatus.APPLIED_PARTIAL: Standing.PARTIAL,
    FixStatus.DISMISSED: Standing.UNTOLD,
}


def standing(fix: NoteFix) -> Standing:
    """What the fix is to a note."""
    if fix.status is not FixStatus.PROPOSED:
        return _BY_STATUS[fix.status]
    if fix.applied_at is None:
        return Standing.UNTOLD if fix.superseded else Standing.PROPOSED
    return Standing.OUTCOME_NOT_RECORDED if fix.superseded else Standing.VERIFYING


def latest(state: NoteState, *standings: Standing) -> NoteFix | None:
    """The newest fix with one of these standings; the active one before those it replaced."""
    matching = [fix for fix in state.fixes if standing(fix) in standings]
    return (
        max(enumerate(matching), key=lambda item: (not item[1].superseded, item[0]))[1] if matching else None
    )


def at_hand(state: NoteState) -> NoteFix | None:
    """The fix the session stands at: the active one, else the newest that was run."""
    return latest(state, *(each for each in Standing if each is not Standing.UNTOLD))


def title_of(fix: NoteFix) -> str:
    """The title without its full stop; the description stands in for an empty one."""
    return bare(plain_line(fix.title, _TITLE_LIMIT) or plain_line(fix.description, _TITLE_LIMIT)) or "A fix"


def description_of(fix: NoteFix) -> str:
    """What the fix is about, as a sentence, without its list of steps; the title stands in for an empty one."""
    prose = "\n".join(line for line in fix.description.splitlines() if not _STEP.match(line))
    described = plain_line(prose, _DESCRIPTION_LIMIT) or plain_line(fix.description, _DESCRIPTION_LIMIT)
    return sentence(described or title_of(fix))


def steps_of(fix: NoteFix) -> list[str]:
    """The steps that the description lists, as lines of a list; empty when it lists none."""
    found = [match[1] for line in fix.description.splitlines() if (match := _STEP.match(line))]
    return [
        f"- {sentence(step)}" for step in (plain_line(one, _STEP_LIMIT) for one in found[:_STEPS]) if step
    ]


def notes_of(fix: NoteFix) -> str:
    """What the engineer noted of a partial fix, as a sentence; "" when nothing."""
    return sentence(plain_line(fix.partial_notes, _NOTES_LIMIT))


def words_on(fix: NoteFix) -> str:
    """What the engineer said of how it went, as a tried fix is told with it; "" when nothing."""
    match standing(fix):
        case Standing.FAILED:
            return sentence(plain_line(fix.failure_reason, _NOTES_LIMIT))
        case Standing.PARTIAL | Standing.VERIFYING:
            return notes_of(fix)
        case _:
            return ""


def is_leading(fix: NoteFix | None) -> bool:
    """Whether the fix is sure enough to stand for the cause."""
    return fix is not None and fix.confidence_pct >= LEADING_CONFIDENCE


def when_verified(fix: NoteFix) -> str:
    """ ", verified <time>"; without the time when it is not known."""
    return f", verified {moment(fix.verified_at)}" if fix.verified_at else ", verified"


def tried_lines(state: NoteState, *, except_for: NoteFix | None = None) -> list[str]:
    """One list line for every fix that was run and has not been dismissed, oldest first."""
    lines = [line for _, line in _tried(state, except_for)]
    return bounded_newest(lines, _BUDGET, lambda count: f"- and {count} more, tried earlier")


def listed_tried(state: NoteState, *, except_for: NoteFix | None = None) -> list[NoteFix]:
    """The fixes that `tried_lines` names: the newest that were run, as long as the note stays readable."""
    tried = _tried(state, except_for)
    kept = fitting([line for _, line in reversed(tried)], _BUDGET)
    return [fix for fix, _ in tried[len(tried) - kept :]]


def _tried(state: NoteState, except_for: NoteFix | None) -> list[tuple[NoteFix, str]]:
    lines = [(fix, _tried_line(fix)) for fix in state.fixes if fix is not except_for]
    return [(fix, line) for fix, line in lines if line]


def _tried_line(fix: NoteFix) -> str | None:
    title = title_of(fix)
    match standing(fix):
        case Standing.WORKED:
            return f"- {title}: worked{when_verified(fix)}."
        case Standing.FAILED:
            reason = f" Reason: {words_on(fix)}" if words_on(fix) else ""
            return f"- {title}: did not help.{reason}"
        case Standing.PARTIAL:
            noted = f" {words_on(fix)}" if words_on(fix) else ""
            return f"- {title}: done in part, its effect is uncertain.{noted}"
        case Standing.VERIFYING:
            noted = f" Noted before: {words_on(fix)}" if words_on(fix) else ""
            return f"- {title}: applied, not verified yet.{noted}"
        case Standing.OUTCOME_NOT_RECORDED:
            return f"- {title}: tried, outcome not recorded."
        case Standing.PROPOSED | Standing.UNTOLD:
            return None
