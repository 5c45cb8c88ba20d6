"""Decisions of the session workflow as pure functions: what is newer, what is due, what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.conversation import check_message
from domain.errors import RuleViolation, ViolationKind
from domain.fixes import FixState, apply_fix, check_escalation_answer, record_outcome
from domain.session_state import ActiveFix, SessionSnapshot
from domain.sessions import SessionCommand, check_command, is_open
from domain.vocabulary import FixOutcome, SessionStatus
from workflows.troubleshooting_session.messages import EscalateSession, SessionInput

SEEN_COMMANDS_KEPT = 500
"""How many command ids a run hands to the next: repeats come within minutes, not after hundreds of commands."""

ANSWERS_BEFORE_CONTINUING = 20
"""Replies that a run still gives when it should have continued as new and something slow does not let it."""


class NextStep(StrEnum):
    """What the main loop does when it wakes up."""

    WAIT = "wait"
    RUN_TURN = "run_turn"
    WRITE_DIGEST = "write_digest"
    FOLLOW_WRITEBACK = "follow_writeback"
    LINGER = "linger"
    CONTINUE_AS_NEW = "continue_as_new"


def newest(current: SessionSnapshot | None, incoming: SessionSnapshot) -> SessionSnapshot:
    """The newer of two snapshots. Results may arrive in another order than their transactions committed."""
    if current is None or incoming.seq >= current.seq:
        return incoming
    return current


def next_step(
    snapshot: SessionSnapshot,
    *,
    followed_writeback: int | None,
    continue_as_new_suggested: bool,
    digest_tried: bool = False,
) -> NextStep:
    """What is due between turns. A run never ends under a writeback; messages that wait go along into the next."""
    if snapshot.running_writeback is not None and snapshot.running_writeback != followed_writeback:
        return NextStep.FOLLOW_WRITEBACK
    if snapshot.digest_due and not digest_tried and is_open(snapshot.status):
        return NextStep.WRITE_DIGEST
    if continue_as_new_suggested and followed_writeback is None:
        return NextStep.CONTINUE_AS_NEW
    if waits_for_reply(snapshot):
        return NextStep.RUN_TURN
    if followed_writeback is not None or is_open(snapshot.status):
        return NextStep.WAIT
    return NextStep.LINGER


def waits_for_reply(snapshot: SessionSnapshot) -> bool:
    """Whether the pilot is to answer."""
    return is_open(snapshot.status) and bool(snapshot.queued)


def turn_messages(snapshot: SessionSnapshot) -> list[UUID]:
    """The messages of the next turn: all that wait, and those of a failed turn that nobody retried."""
    return [*snapshot.failed, *snapshot.queued]


def inactive_in(snapshot: SessionSnapshot, inactivity: timedelta, now: datetime) -> timedelta:
    """How long until an active session counts as idle; not positive when it does already."""
    return snapshot.last_activity_at + inactivity - now


def ends_in(snapshot: SessionSnapshot, linger: timedelta, now: datetime) -> timedelta:
    """How long a closed session still waits for a reopen."""
    return (snapshot.closed_at or snapshot.last_activity_at) + linger - now


def check_account(input_: SessionInput, account_id: UUID, session_id: UUID) -> None:
    """Refuse a command that is not for this session of this account. Raises session_not_found."""
    if account_id != input_.account_id or session_id != input_.session_id:
        raise no_such_session()


def check_twin(under_way: str | None, request_hash: str) -> None:
    """Refuse another request under the id of one that is worked on; `under_way` is that one's hash."""
    if under_way is not None and under_way != request_hash:
        raise RuleViolation(
            "idempotency_key_in_use",
            "Another request with this Idempotency-Key is still being worked on. Use a new one.",
        )


def no_such_session() -> RuleViolation:
    """What is not there, and what is somebody else's."""
    return RuleViolation("session_not_found", "There is no such session.", ViolationKind.NOT_FOUND)


def check_status(snapshot: SessionSnapshot | None, command: SessionCommand) -> None:
    """Refuse what the status does not allow. A session that is not loaded yet is checked by the step itself."""
    if snapshot is not None:
        check_command(snapshot.status, command)


def check_text(snapshot: SessionSnapshot | None, text: str, *, has_uploads: bool = False) -> None:
    """Refuse a message that cannot be stored, or that the status does not allow."""
    check_message(text, has_uploads=has_uploads)
    check_status(snapshot, SessionCommand.MESSAGE)


def check_apply(snapshot: SessionSnapshot | None, fix_id: UUID) -> None:
    """Refuse to apply an active fix that cannot be applied; other fixes are judged by their rows."""
    check_status(snapshot, SessionCommand.CHANGE_FIX)
    if snapshot is not None and snapshot.active_fix is not None and snapshot.active_fix.id == fix_id:
        apply_fix(_as_state(snapshot.active_fix), snapshot.last_activity_at)


def check_outcome(
    snapshot: SessionSnapshot | None, fix_id: UUID, outcome: FixOutcome, notes: str | None
) -> None:
    """Refuse an outcome that the active fix does not take; other fixes are judged by their rows."""
    check_status(snapshot, SessionCommand.RECORD_OUTCOME)
    if snapshot is not None and snapshot.active_fix is not None and snapshot.active_fix.id == fix_id:
        record_outcome(_as_state(snapshot.active_fix), outcome, notes, snapshot.last_activity_at)


def check_closing(snapshot: SessionSnapshot | None, command: SessionCommand) -> None:
    """Refuse to resolve or abandon in the wrong state or while a note is on its way."""
    check_status(snapshot, command)
    if snapshot is not None and snapshot.running_writeback is not None:
        raise RuleViolation(
            "writeback_running", "A note is being posted to the ticket. Wait until it has ended."
        )


def check_escalation(snapshot: SessionSnapshot | None, command: EscalateSession) -> None:
    """Refuse to escalate in the wrong state, or with a run fix of which nobody says whether it helped."""
    check_closing(snapshot, SessionCommand.ESCALATE)
    if snapshot is not None and snapshot.active_fix is not None:
        check_escalation_answer(
            _as_state(snapshot.active_fix), command.fix_outcome, never_applied=command.fix_never_applied
        )


def check_turn_running(running: bool) -> None:
    """Refuse to stop what does not run."""
    if not running:
        raise no_reply_running()


def no_reply_running() -> RuleViolation:
    """There is nothing to stop."""
    return RuleViolation("no_reply_running", "No reply is being generated, so there is nothing to stop.")


def details(snapshot: SessionSnapshot, *, turn_running: bool) -> str:
    """Where the session stands, as the Temporal UI shows it. Ids and words only, never content."""
    fix = snapshot.active_fix
    lines = [
        f"**Status** {snapshot.status.value} · version {snapshot.state_version} · event {snapshot.seq}",
        f"**Ticket** {snapshot.ticket_ref or 'none'}",
        f"**Turn** {'running' if turn_running else 'idle'}, {len(snapshot.queued)} queued, "
        f"{len(snapshot.failed)} failed",
        f"**Fix** {_fix_words(fix)}",
    ]
    if snapshot.running_writeback is not None:
        lines.append(f"**Writeback** {snapshot.running_writeback} running")
    return "\n\n".join(lines)


def _fix_words(fix: ActiveFix | None) -> str:
    if fix is None:
        return "none"
    return f"{fix.status.value}{', applied' if fix.applied_at else ''}"


def _as_state(fix: ActiveFix) -> FixState:
    return FixState(
        id=fix.id,
        title="",
        status=fix.status,
        applied_at=fix.applied_at,
        has_script=fix.has_script,
        has_template=fix.has_template,
    )


def search_words(snapshot: SessionSnapshot) -> tuple[SessionStatus, str | None, str]:
    """What operators filter by: status, ticket, engineer."""
    return snapshot.status, snapshot.ticket_ref, str(snapshot.engineer_id)
