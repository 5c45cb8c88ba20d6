"""The sections of a resolution note, written from state alone. Read by customers.

A note written while a fix is still verifying says that it worked: confirming the resolution declares that.
"""

from datetime import datetime

from domain.notes.fix_lines import (
    Standing,
    description_of,
    is_leading,
    latest,
    notes_of,
    standing,
    steps_of,
    title_of,
    tried_lines,
)
from domain.notes.plain_text import bare, bounded_newest, moment, plain_line, sentence
from domain.notes.sections import NO_FIX, NOT_ISOLATED
from domain.notes.state import NoteFix, NoteLaneItem, NoteState
from domain.vocabulary import LaneItemKind, LaneItemStatus

_CHECK_LIMIT = 200
_CHECKS_BUDGET = 1_200


def closing_fix(state: NoteState) -> NoteFix | None:
    """The fix that resolves the problem: the latest that worked, or that counts as worked by closing."""
    return latest(state, Standing.WORKED, Standing.VERIFYING)


def checked(state: NoteState) -> list[str]:
    """The checks that were run, by name: what they showed stands in the facts, and commands are nothing to read."""
    run = [item for item in state.lane if _was_run(item)]
    lines = [f"- {bare(plain_line(item.text, _CHECK_LIMIT))}." for item in run]
    told = bounded_newest(lines, _CHECKS_BUDGET, lambda count: f"- and {count} more, run earlier")
    return ["Checked:", *told] if told else []


def _was_run(item: NoteLaneItem) -> bool:
    is_answered_check = item.kind is LaneItemKind.CHECK and item.status is LaneItemStatus.ANSWERED
    return is_answered_check and bool(bare(plain_line(item.text, _CHECK_LIMIT)))


def root_cause(state: NoteState) -> list[str]:
    """What the fix that worked points to, else what is suspected; not isolated below the threshold."""
    worked = closing_fix(state)
    suspected = worked or latest(state, Standing.PARTIAL, Standing.PROPOSED, Standing.OUTCOME_NOT_RECORDED)
    if suspected is None:
        return [NOT_ISOLATED]
    if not is_leading(suspected):
        return [f"{NOT_ISOLATED} Suspected: {description_of(suspected)}"]
    if worked is not None:
        return [f"Addressed by the fix that worked: {description_of(worked)}"]
    return [f"Most likely, not confirmed yet: {description_of(suspected)}"]


def resolution(state: NoteState, now: datetime | None) -> list[str]:
    """What was tried, then what resolved the problem, then what is proposed and not applied.

    `now` is the time stated for a fix that counts as verified by closing; None states no time.
    """
    worked = closing_fix(state)
    lines = tried_lines(state, except_for=worked)
    paragraphs: list[list[str]] = []
    if worked is not None:
        steps = steps_of(worked)
        paragraphs.append([_closure(worked, now) + (" What was done:" if steps else "")])
        if steps:
            paragraphs.append(steps)
    elif lines:
        paragraphs.append(["None of this has been confirmed as the resolution."])
    proposed = [fix for fix in state.fixes if standing(fix) is Standing.PROPOSED]
    paragraphs.extend([f"Proposed, not yet applied: {sentence(title_of(fix))}"] for fix in proposed[-1:])
    if not lines and not paragraphs:
        return [NO_FIX]
    for paragraph in paragraphs:
        lines.extend(["", *paragraph] if lines else paragraph)
    return lines


def _closure(fix: NoteFix, now: datetime | None) -> str:
    applied = f"The problem is resolved. Applied: {sentence(title_of(fix))}"
    if standing(fix) is Standing.VERIFYING:
        noted = f" Done in part before: {notes_of(fix)}" if notes_of(fix) else ""
        return f"{applied}{noted} Confirmed to work on closing{f', {moment(now)}' if now else ''}."
    time = f", verified {moment(fix.verified_at)}" if fix.verified_at else ""
    return f"{applied} Confirmed to work{time}."
