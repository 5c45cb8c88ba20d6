"""Which command a session takes in which status, and the status that follows.

A session is *open* until it is resolved or abandoned. An escalated session is open: it waits for the next
engineer, and what anyone types meanwhile is kept and answered. Whether a writeback is running or a turn is in
flight is the workflow's knowledge and is checked there, not here.
"""

from enum import StrEnum

from domain.errors import RuleViolation
from domain.vocabulary import ArtifactKind, SessionStatus

_S = SessionStatus

OPEN_STATUSES = frozenset({_S.ACTIVE, _S.PAUSED, _S.REQUESTING_ESCALATION, _S.ESCALATED})
CLOSED_STATUSES = frozenset({_S.RESOLVED, _S.ABANDONED})


class SessionCommand(StrEnum):
    """What can be asked of a session. Commands with the same rule share a word (`change_fix`)."""

    MESSAGE = "message"
    ANSWER_ITEMS = "answer_items"
    REOPEN_ITEM = "reopen_item"
    CHANGE_FACTS = "change_facts"
    CHANGE_FIX = "change_fix"
    RECORD_OUTCOME = "record_outcome"
    STOP_TURN = "stop_turn"
    RETRY_TURN = "retry_turn"
    PREVIEW = "preview"
    RESOLVE = "resolve"
    ESCALATE = "escalate"
    RETRY_WRITEBACK = "retry_writeback"
    SHARE_UPDATE = "share_update"
    LINK_TICKET = "link_ticket"
    SPIN_OFF = "spin_off"
    PAUSE = "pause"
    RESUME = "resume"
    ABANDON = "abandon"
    REOPEN = "reopen"
    PICK_UP = "pick_up"


_C = SessionCommand

ALLOWED_STATUSES: dict[SessionCommand, frozenset[SessionStatus]] = {
    _C.MESSAGE: OPEN_STATUSES,
    _C.ANSWER_ITEMS: OPEN_STATUSES,
    _C.REOPEN_ITEM: OPEN_STATUSES,
    _C.CHANGE_FACTS: OPEN_STATUSES,
    _C.CHANGE_FIX: OPEN_STATUSES,
    # A resolved session can be escalated, and that asks for the outcome of a partial fix first.
    _C.RECORD_OUTCOME: OPEN_STATUSES | {_S.RESOLVED},
    _C.STOP_TURN: OPEN_STATUSES,
    _C.RETRY_TURN: OPEN_STATUSES,
    # Looking at a note changes nothing.
    _C.PREVIEW: frozenset(SessionStatus),
    _C.RESOLVE: OPEN_STATUSES,
    _C.ESCALATE: frozenset({_S.ACTIVE, _S.PAUSED, _S.REQUESTING_ESCALATION, _S.RESOLVED}),
    _C.RETRY_WRITEBACK: OPEN_STATUSES,
    _C.SHARE_UPDATE: OPEN_STATUSES,
    _C.LINK_TICKET: OPEN_STATUSES,
    _C.SPIN_OFF: OPEN_STATUSES,
    _C.PAUSE: frozenset({_S.ACTIVE}),
    _C.RESUME: frozenset({_S.PAUSED}),
    _C.ABANDON: OPEN_STATUSES,
    _C.REOPEN: CLOSED_STATUSES,
    _C.PICK_UP: frozenset({_S.ESCALATED}),
}

# Confirming a resolution leaves the status alone: it moves when the writeback has ended well.
_NEXT_STATUS: dict[SessionCommand, SessionStatus] = {
    _C.ESCALATE: _S.REQUESTING_ESCALATION,
    _C.PAUSE: _S.PAUSED,
    _C.RESUME: _S.ACTIVE,
    _C.ABANDON: _S.ABANDONED,
    _C.REOPEN: _S.ACTIVE,
    _C.PICK_UP: _S.ACTIVE,
}

_AFTER_WRITEBACK: dict[ArtifactKind, SessionStatus] = {
    ArtifactKind.RESOLUTION_NOTE: _S.RESOLVED,
    ArtifactKind.ESCALATION_PACKAGE: _S.ESCALATED,
}

_WAKES_PAUSED = frozenset({_C.MESSAGE, _C.ANSWER_ITEMS})

_STATUS_WORDS: dict[SessionStatus, str] = {
    _S.ACTIVE: "active",
    _S.PAUSED: "paused",
    _S.REQUESTING_ESCALATION: "being escalated",
    _S.ESCALATED: "escalated",
    _S.RESOLVED: "resolved",
    _S.ABANDONED: "abandoned",
}

_REFUSALS: dict[SessionCommand, str] = {
    _C.MESSAGE: "it takes no new messages",
    _C.ANSWER_ITEMS: "its questions and checks take no answers",
    _C.REOPEN_ITEM: "its questions and checks cannot be reopened",
    _C.CHANGE_FACTS: "its facts cannot be changed",
    _C.CHANGE_FIX: "its fix cannot be changed",
    _C.RECORD_OUTCOME: "no outcome can be recorded",
    _C.STOP_TURN: "there is no reply to stop",
    _C.RETRY_TURN: "no reply can be retried",
    _C.PREVIEW: "no note can be previewed",
    _C.RESOLVE: "it cannot be resolved",
    _C.ESCALATE: "it cannot be escalated",
    _C.RETRY_WRITEBACK: "nothing is left to post",
    _C.SHARE_UPDATE: "no update can be shared",
    _C.LINK_TICKET: "its ticket cannot be changed",
    _C.SPIN_OFF: "no ticket can be split off from it",
    _C.PAUSE: "it cannot be paused",
    _C.RESUME: "it cannot be resumed",
    _C.ABANDON: "it cannot be abandoned",
    _C.REOPEN: "there is nothing to reopen",
    _C.PICK_UP: "it cannot be picked up",
}


def is_open(status: SessionStatus) -> bool:
    """Neither resolved nor abandoned."""
    return status in OPEN_STATUSES


def check_command(status: SessionStatus, command: SessionCommand) -> None:
    """Raise when a session in this status does not take the command.

    Raises session_closed (resolved or abandoned) or wrong_state (any other status), both conflicts.
    """
    if status in ALLOWED_STATUSES[command]:
        return
    refusal = f"The session is {_STATUS_WORDS[status]}, so {_REFUSALS[command]}."
    if status in CLOSED_STATUSES:
        raise RuleViolation("session_closed", f"{refusal} Reopen it first.")
    raise RuleViolation("wrong_state", refusal)


def status_after(status: SessionStatus, command: SessionCommand) -> SessionStatus:
    """The status right after an accepted command. Raises like `check_command`."""
    check_command(status, command)
    if command in _WAKES_PAUSED and status is _S.PAUSED:
        return _S.ACTIVE
    return _NEXT_STATUS.get(command, status)


def status_after_writeback(kind: ArtifactKind, status: SessionStatus) -> SessionStatus:
    """The status once the artifact is posted and verified, or kept locally; an interim update changes nothing."""
    return _AFTER_WRITEBACK.get(kind, status)
