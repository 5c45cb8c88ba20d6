"""The facts of a note: which of them it lists, and how."""

from domain.notes.plain_text import bare, fitting, plain_line, sentence
from domain.notes.state import NoteFact, NoteState
from domain.vocabulary import FactSource

FACT_LIMIT = 2_000
_SUMMARY_LIMIT = 200
_BUDGET = 6_500

_GROUPS: dict[FactSource, str] = {
    FactSource.QUESTION: "From what was reported:",
    FactSource.DIAGNOSTIC_CHECK: "From checks:",
    FactSource.USER_NOTE: "Also noted:",
    FactSource.AI_SYNTHESIS: "Concluded from these:",
}


def listed_facts(state: NoteState) -> list[NoteFact]:
    """The facts a note lists, oldest first: all that hold text, as long as the note stays readable."""
    filled = _filled(state)
    return filled[: fitting([_line(fact) for fact in filled], _BUDGET)]


def fact_lines(state: NoteState) -> list[str]:
    """The facts as list lines, grouped by where they come from; empty when there are none.

    A group is named when there is more than one. The last line counts the facts left out.
    """
    facts = listed_facts(state)
    groups = {source: [fact for fact in facts if fact.source_type is source] for source in _GROUPS}
    filled = {source: group for source, group in groups.items() if group}
    lines: list[str] = []
    for source, group in filled.items():
        if len(filled) > 1:
            lines.extend(["", _GROUPS[source]] if lines else [_GROUPS[source]])
        lines.extend(_line(fact) for fact in group)
    left_out = len(_filled(state)) - len(facts)
    if left_out:
        lines.append(f"- and {left_out} more")
    return lines


def _filled(state: NoteState) -> list[NoteFact]:
    return [fact for fact in state.facts if plain_line(fact.text, FACT_LIMIT)]


def _line(fact: NoteFact) -> str:
    text = plain_line(fact.text, FACT_LIMIT)
    summary = plain_line(fact.source_summary, _SUMMARY_LIMIT)
    return f"- {bare(text)} ({bare(summary)})." if bare(summary) else f"- {sentence(text)}"
