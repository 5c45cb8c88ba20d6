"""The sections of an escalation package, written from state alone. Read by the next engineer."""

from domain.notes.fix_lines import (
    TRY_FIRST_ABOVE,
    Standing,
    at_hand,
    description_of,
    is_leading,
    latest,
    notes_of,
    standing,
    title_of,
    tried_lines,
)
from domain.notes.plain_text import bare, bounded_newest, plain_line, sentence, shortened_output
from domain.notes.sections import NO_ACTIONS, NO_HYPOTHESIS
from domain.notes.state import NoteFix, NoteLaneItem, NoteState
from domain.vocabulary import LaneItemKind, LaneItemStatus

_CHECKS_BUDGET = 2_500
_LABEL_LIMIT = 200
_OUTPUT_LIMIT = 300
_FEWEST_STEPS = 2
_MOST_STEPS = 4

_RETRACE = "Check whether the problem still occurs, and note the exact error and time."
_RETHINK = "Form a new hypothesis from what is confirmed, leaving out what has been tried."
_OTHER_REASON = "Go on with the other reason for this escalation."
_STAYS_AWAY = "Check that the problem has not come back."

_STANDS = {
    Standing.PROPOSED: "not yet applied",
    Standing.VERIFYING: "applied, outcome not confirmed yet",
    Standing.PARTIAL: "done in part, effect uncertain",
}


def tried(state: NoteState) -> list[str]:
    """The checks that were run with their results, then every fix that was run with its outcome."""
    checks = [_check_line(item) for item in state.lane if _was_run(item)]
    lines = bounded_newest(checks, _CHECKS_BUDGET, lambda count: f"- and {count} more checks, run earlier")
    return [*lines, *tried_lines(state)] or [NO_ACTIONS]


def hypothesis(state: NoteState) -> list[str]:
    """What is believed now: the undecided fix when it is sure enough, else none leading."""
    fix = at_hand(state)
    if fix is None:
        return [NO_HYPOTHESIS]
    if standing(fix) is Standing.WORKED:
        return [f"The problem is resolved: {title_of(fix)} worked. Escalated for another reason."]
    if fix.superseded or standing(fix) not in _STANDS:
        return [NO_HYPOTHESIS]
    stands = f"Fix: {title_of(fix)} ({_STANDS[standing(fix)]})."
    if not is_leading(fix):
        return [f"{NO_HYPOTHESIS} Suspected: {description_of(fix)} {stands}"]
    return [f"{description_of(fix)} {stands} Confidence {fix.confidence_pct} %."]


def next_steps(state: NoteState) -> list[str]:
    """Two to four steps, numbered: the fix at hand first, then what is left open, then the general ones."""
    steps = [*_fix_steps(state), *_open_item_steps(state)]
    fix = at_hand(state)
    is_resolved = fix is not None and standing(fix) is Standing.WORKED
    for step in (_OTHER_REASON, _STAYS_AWAY) if is_resolved else (_RETRACE, _RETHINK):
        if len(steps) < _FEWEST_STEPS:
            steps.append(step)
    return [f"{number}. {step}" for number, step in enumerate(steps[:_MOST_STEPS], start=1)]


def _fix_steps(state: NoteState) -> list[str]:
    steps: list[str] = []
    open_fix = latest(state, Standing.PROPOSED, Standing.VERIFYING, Standing.PARTIAL)
    if open_fix is not None:
        steps.append(_open_fix_step(open_fix))
    unrecorded = latest(state, Standing.OUTCOME_NOT_RECORDED)
    if unrecorded is not None:
        steps.append(f"Find out whether this helped: {sentence(title_of(unrecorded))}")
    weak = open_fix is not None and _is_weak(open_fix)
    return [*steps[1:], steps[0]] if weak else steps


def _open_fix_step(fix: NoteFix) -> str:
    title = sentence(title_of(fix))
    match standing(fix):
        case Standing.PARTIAL:
            return f"Finish or verify what was done in part: {title} {notes_of(fix)}".rstrip()
        case Standing.VERIFYING:
            return f"Verify whether this helped: {title}"
        case _:
            return f"Consider: {title}" if _is_weak(fix) else f"Try it: {title}"


def _is_weak(fix: NoteFix) -> bool:
    return standing(fix) is Standing.PROPOSED and fix.confidence_pct <= TRY_FIRST_ABOVE


def _open_item_steps(state: NoteState) -> list[str]:
    left_open = [item for item in state.lane if item.status is LaneItemStatus.OPEN]
    labels = [(item.kind, plain_line(item.text, _LABEL_LIMIT)) for item in left_open]
    checks = [
        f"Run the open check: {sentence(text)}"
        for kind, text in labels
        if text and kind is LaneItemKind.CHECK
    ]
    questions = [
        f"Find out: {sentence(text)}" for kind, text in labels if text and kind is LaneItemKind.QUESTION
    ]
    return [*checks, *questions]


def _was_run(item: NoteLaneItem) -> bool:
    is_answered_check = item.kind is LaneItemKind.CHECK and item.status is LaneItemStatus.ANSWERED
    return is_answered_check and bool(plain_line(item.text, _LABEL_LIMIT))


def _check_line(item: NoteLaneItem) -> str:
    label = bare(plain_line(item.text, _LABEL_LIMIT))
    command = plain_line(item.command, _LABEL_LIMIT)
    result = "; ".join(
        part
        for part in (plain_line(item.answer, _OUTPUT_LIMIT), shortened_output(item.output, _OUTPUT_LIMIT))
        if part
    )
    run = f"- Check: {label} ({command})" if command else f"- Check: {label}"
    return f"{run}. Result: {sentence(result)}" if result else f"{run}. No result was recorded."
