"""The sentences that the product itself puts into a conversation."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.errors import RuleViolation, ViolationKind
from domain.text import clip, drop_unstorable
from domain.vocabulary import FixOutcome, LaneItemKind

MESSAGE_LIMIT = 20_000
"""Characters of one engineer message."""


def check_message(text: str) -> None:
    """Refuse what cannot be a message. Raises message_empty, message_too_long, message_not_storable."""
    if not text.strip():
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


def superseded_line(old_title: str, new_title: str, *, outcome_missing: bool) -> str:
    """A new proposal has taken the place of another."""
    line = f"New proposal “{new_title}” replaces “{old_title}”."
    return f"{line} “{old_title}” was applied without an outcome." if outcome_missing else line


def degraded_line(reason: str) -> str:
    """The fallback answers instead of the model."""
    return f"The model cannot be reached ({clip(reason, 200)}). The playbook answers until it is back."


def paused_line(minutes: int) -> str:
    return f"Paused after {minutes} minutes without activity. A message makes the session active again."


def posted_line(ref: str, status: str | None) -> str:
    """A note stands on the ticket and was verified."""
    return f"Note posted to ticket #{ref} and verified." + (f" Ticket status: {status}." if status else "")
