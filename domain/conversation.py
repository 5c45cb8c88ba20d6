"""The sentences that the product itself puts into a conversation."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.errors import RuleViolation, ViolationKind
from domain.text import clip, drop_unstorable
from domain.vocabulary import ArtifactKind, FixOutcome, LaneItemKind, SessionStatus

MESSAGE_LIMIT = 20_000
"""Characters of one engineer message."""


def check_message(text: str, *, has_uploads: bool = False) -> None:
    """Refuse what cannot be a message. Raises message_empty, message_too_long, message_not_storable.

    A file needs no words beside it.
    """
    if not text.strip() and not has_uploads:
        raise RuleViolation("message_empty", "The message is empty.", ViolationKind.UNPROCESSABLE)
    if len(text) > MESSAGE_LIMIT:
        raise RuleViolation(
            "message_too_long",
            f"The message has {len(text):,} characters; {MESSAGE_LIMIT:,} are allowed.",
            ViolationKind.UNPROCESSABLE,
        )
    if drop_unstorable(text) != text:
        raise RuleViolation(
            "message_not_storable",
            "The message holds characters that cannot be stored (NUL, or half of a surrogate pair).",
            ViolationKind.UNPROCESSABLE,
        )


class AnsweredItem(NamedTuple):
    """A lane item with what the engineer said of it."""

    kind: LaneItemKind
    text: str
    answer: str | None
    output: str | None
    skipped: bool


def answers_message(items: Sequence[AnsweredItem]) -> str:
    """Answers given in the lane as one message of the conversation, readable without the lane.

    Tool output stands in a fence that the output itself cannot close.
    """
    return "\n\n".join(_answer(item) for item in items)


def _answer(item: AnsweredItem) -> str:
    if item.skipped:
        return f"{item.text}\nSkipped."
    parts = [item.text]
    if item.answer:
        parts.append(item.answer)
    if item.output:
        fence = "```"
        while fence in item.output:
            fence += "`"
        parts.append(f"{fence}\n{item.output}\n{fence}")
    return "\n".join(parts)


def ticket_line(ref: str, summary: str) -> str:
    """First line of a session that was started from a ticket."""
    return f"Started from ticket #{ref}: {summary}"


def linked_line(ref: str, summary: str, previous_ref: str | None) -> str:
    """A running session got a ticket, or another one."""
    if previous_ref is None:
        return f"Linked to ticket #{ref}: {summary}"
    return f"Now linked to ticket #{ref} instead of #{previous_ref}: {summary}"


def spun_off_line(ref: str, summary: str) -> str:
    """A second ticket stands in the ticketing system."""
    return f"Created ticket #{ref}: {summary}"


def applied_line(title: str) -> str:
    return f"Applied fix: {title}"


def outcome_line(title: str, outcome: FixOutcome, notes: str | None) -> str:
    """What was said of a fix, with the engineer's words."""
    verdict = {
        FixOutcome.APPLIED_SUCCESS: "It worked",
        FixOutcome.APPLIED_FAILED: "It did not work",
        FixOutcome.APPLIED_PARTIAL: "Partly done",
        FixOutcome.DISMISSED: "Dismissed",
    }[outcome]
    return f"{verdict}: {title}" + (f" — {notes.strip()}" if notes and notes.strip() else "")


def finishing_line(title: str) -> str:
    """The rest of a fix that was done in part is run now."""
    return f"Finishing the rest of: {title}"


def restored_line(title: str) -> str:
    """A dismissal was taken back."""
    return f"Restored: {title}"


def superseded_line(old_title: str, new_title: str, *, outcome_missing: bool) -> str:
    """A new proposal has taken the place of another."""
    line = f"New proposal “{new_title}” replaces “{old_title}”."
    return f"{line} “{old_title}” was applied without an outcome." if outcome_missing else line


def degraded_line(reason: str) -> str:
    """The fallback answers instead of the model."""
    why = clip(reason.rstrip(". "), 200)
    return f"The model cannot be reached ({why}). The playbook answers until it is back."


def paused_line(minutes: int) -> str:
    return f"Paused after {minutes} minutes without activity. A message makes the session active again."


_POSTED: dict[ArtifactKind, str] = {
    ArtifactKind.RESOLUTION_NOTE: "Note",
    ArtifactKind.ESCALATION_PACKAGE: "Escalation package",
    ArtifactKind.UPDATE_INTERNAL: "Internal update",
    ArtifactKind.UPDATE_CLIENT: "Update for the client",
    ArtifactKind.UPDATE_REQUEST_INFO: "Request for information",
}


def reopened_line(name: str, before: SessionStatus) -> str:
    """A closed session goes on."""
    return f"Reopened by {name}. It was {before.value}."


def picked_up_line(name: str) -> str:
    """Another engineer goes on with an escalated session."""
    return f"Picked up by {name}."


def posted_line(ref: str, status: str | None, kind: ArtifactKind = ArtifactKind.RESOLUTION_NOTE) -> str:
    """An artifact stands on the ticket and was verified."""
    line = f"{_POSTED[kind]} posted to ticket #{ref} and verified."
    return line + (f" Ticket status: {status}." if status else "")


def time_refused_line(reason: str) -> str:
    """The time worked is not on the ticket, and somebody has to log it by hand."""
    return f"The time was not logged: {clip(reason, 500)}"


def note_changed_line(ref: str) -> str:
    """Somebody, or a rule of the ticketing system, has changed what was posted."""
    return f"The note on ticket #{ref} was changed there after it was posted. It was left as it reads now."


def never_applied_line(title: str) -> str:
    """A declared run that did not take place."""
    return f"Never applied: {title}"
