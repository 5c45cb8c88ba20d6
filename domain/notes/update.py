"""Interim updates from state alone: where it stands, what is confirmed, and what is next or needed.

An update for the client holds nothing internal: no commands, no outputs, no notes of engineers.
"""

from domain.notes import escalation
from domain.notes.fact_list import FACT_LIMIT
from domain.notes.fix_lines import Standing, at_hand, standing, title_of
from domain.notes.plain_text import bare, fitting, plain_line, sentence
from domain.notes.problem import problem_in_one_line
from domain.notes.state import NoteState
from domain.vocabulary import ArtifactKind, LaneItemKind, LaneItemStatus

NO_CAUSE_YET = "We are still looking for the cause."
ASK_WHETHER_IT_OCCURS = "Whether the problem still occurs, and when you saw it last."

_FACTS_BUDGET = 2_000
_QUESTION_LIMIT = 300
_QUESTIONS = 5

_WHERE_IT_STANDS = {
    Standing.WORKED: "The fix was applied and confirmed to work: {title}",
    Standing.VERIFYING: "The fix was applied, and we are checking whether it helped: {title}",
    Standing.PARTIAL: "The fix was applied in part, and we are finishing it: {title}",
    Standing.PROPOSED: "Next we are going to apply this fix: {title}",
    Standing.FAILED: "A fix was applied and did not help: {title} We are looking for another one.",
    Standing.OUTCOME_NOT_RECORDED: "A fix was applied, and it is not certain that it helped: {title}",
}


def render_update(kind: ArtifactKind, state: NoteState) -> str:
    """The update as plain paragraphs and lists without headings, for any state."""
    if kind is ArtifactKind.UPDATE_INTERNAL:
        parts = [
            f"Problem: {problem_in_one_line(state)}",
            _listed("Confirmed so far:", _facts(state)),
            _listed("Tried so far:", escalation.tried(state)),
            _listed("Current hypothesis:", escalation.hypothesis(state)),
            _listed("Next:", escalation.next_steps(state)),
        ]
    else:
        parts = [
            f"We are working on this: {problem_in_one_line(state)}",
            _listed("Confirmed so far:", _facts(state)),
            _where_it_stands(state),
        ]
        if kind is ArtifactKind.UPDATE_REQUEST_INFO:
            parts.append(_listed("To go on, we need this from you:", _needed(state)))
    return "\n\n".join(part for part in parts if part)


def _listed(label: str, lines: list[str]) -> str:
    return "\n".join([label, *lines]) if lines else ""


def _facts(state: NoteState) -> list[str]:
    """The latest facts that fit, oldest first, without what they rule in or out."""
    texts = [plain_line(fact.text, FACT_LIMIT) for fact in state.facts]
    lines = [f"- {sentence(text)}" for text in texts if bare(text)]
    kept = fitting(list(reversed(lines)), _FACTS_BUDGET)
    earlier = [f"- and {len(lines) - kept} more, confirmed earlier"] if kept < len(lines) else []
    return [*earlier, *lines[len(lines) - kept :]]


def _where_it_stands(state: NoteState) -> str:
    fix = at_hand(state)
    if fix is None:
        return NO_CAUSE_YET
    return _WHERE_IT_STANDS[standing(fix)].format(title=sentence(title_of(fix)))


def _needed(state: NoteState) -> list[str]:
    asked = [
        plain_line(item.text, _QUESTION_LIMIT)
        for item in state.lane
        if item.kind is LaneItemKind.QUESTION and item.status is LaneItemStatus.OPEN
    ]
    return [f"- {sentence(text)}" for text in asked if text][:_QUESTIONS] or [f"- {ASK_WHETHER_IT_OCCURS}"]
