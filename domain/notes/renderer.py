"""Both artifacts without a model: the fallback when it fails or is off, the yardstick for what it writes."""

from datetime import datetime

from domain.notes import escalation, resolution
from domain.notes.fact_list import fact_lines
from domain.notes.plain_text import bare, plain_line, sentence
from domain.notes.sections import NO_PROBLEM, NOTHING_CONFIRMED, heading, sections_of
from domain.notes.state import NoteState
from domain.text import normalise_text
from domain.vocabulary import ArtifactKind

_PROBLEM_LIMIT = 1_500
_TICKET_SUMMARY_LIMIT = 300
_NAME_LIMIT = 100


def render_note(kind: ArtifactKind, state: NoteState, now: datetime | None) -> str:
    """The artifact as Markdown that also reads well as plain text, at most 20,000 characters, for any state.

    `now` is the time a resolution note states for a fix that is still verifying, which confirming declares to
    have worked; None states no time, so that the same state always gives the same text.
    """
    confirmed = fact_lines(state) or [NOTHING_CONFIRMED]
    if kind is ArtifactKind.RESOLUTION_NOTE:
        bodies = [
            _problem(state),
            confirmed,
            resolution.root_cause(state),
            resolution.resolution(state, now),
        ]
    else:
        bodies = [
            [*_problem(state), *_affected(state)],
            confirmed,
            escalation.tried(state),
            escalation.hypothesis(state),
            escalation.next_steps(state),
        ]
    parts = zip(sections_of(kind), bodies, strict=True)
    return "\n\n".join("\n".join([heading(section), "", *body]) for section, body in parts)


def _problem(state: NoteState) -> list[str]:
    """The subject of the ticket and what the session was started with; once when one holds the other."""
    subject = plain_line(state.ticket.summary, _TICKET_SUMMARY_LIMIT) if state.ticket else ""
    described = plain_line(state.problem_summary, _PROBLEM_LIMIT)
    if subject and normalise_text(bare(subject)) in normalise_text(described):
        subject = ""
    elif described and normalise_text(bare(described)) in normalise_text(subject):
        described = ""
    lines = [sentence(text) for text in (subject, described) if text]
    return [lines[0], "", lines[1]] if len(lines) > 1 else lines or [NO_PROBLEM]


def _affected(state: NoteState) -> list[str]:
    if state.ticket is None:
        return []
    named = (("Client", state.ticket.client), ("Contact", state.ticket.contact))
    told = [f"{label}: {sentence(name)}" for label, text in named if (name := plain_line(text, _NAME_LIMIT))]
    return ["", " ".join(told)] if told else []
