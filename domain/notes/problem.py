"""What a session is about, as notes and updates begin with it."""

from domain.notes.plain_text import bare, plain_line, sentence
from domain.notes.sections import NO_PROBLEM
from domain.notes.state import NoteState
from domain.text import normalise_text
from domain.titles import first_sentence

_PROBLEM_LIMIT = 1_500
_TICKET_SUMMARY_LIMIT = 300
_NAME_LIMIT = 100
_IN_ONE_LINE = 300


def problem(state: NoteState) -> list[str]:
    """The subject of the ticket and what the session was started with; once when one holds the other."""
    subject = plain_line(state.ticket.summary, _TICKET_SUMMARY_LIMIT) if state.ticket else ""
    described = plain_line(state.problem_summary, _PROBLEM_LIMIT)
    if subject and normalise_text(bare(subject)) in normalise_text(described):
        subject = ""
    elif described and normalise_text(bare(described)) in normalise_text(subject):
        described = ""
    lines = [sentence(text) for text in (subject, described) if text]
    return [lines[0], "", lines[1]] if len(lines) > 1 else lines or [NO_PROBLEM]


def affected(state: NoteState) -> list[str]:
    """Client and contact; empty when there is no ticket that names them."""
    if state.ticket is None:
        return []
    named = (("Client", state.ticket.client), ("Contact", state.ticket.contact))
    told = [f"{label}: {sentence(name)}" for label, text in named if (name := plain_line(text, _NAME_LIMIT))]
    return ["", " ".join(told)] if told else []


def problem_in_one_line(state: NoteState) -> str:
    """The subject of the ticket, else the first sentence of what was described."""
    subject = plain_line(state.ticket.summary, _IN_ONE_LINE) if state.ticket else ""
    described = plain_line(first_sentence(state.problem_summary or ""), _IN_ONE_LINE)
    return sentence(subject or described) or NO_PROBLEM
