"""Recording the beginning and the end of a writeback in the session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.failures import explained
from activities.writeback.fix_answers import answer_for_fix, count_as_worked
from activities.writeback.new_writeback import (
    Confirmed,
    last_writeback,
    new_writeback,
    repeated_writeback,
)
from activities.writeback.rows import audit_writeback, read_writeback, report_progress
from domain.audit import AuditAction
from domain.commands import Command
from domain.conversation import posted_line
from domain.errors import RuleViolation
from domain.psa import UNANSWERED
from domain.session_state import SessionSnapshot
from domain.sessions import (
    SessionCommand,
    check_command,
    is_open,
    status_after,
    status_after_writeback,
)
from domain.titles import default_escalation_reason, default_summary
from domain.vocabulary import (
    UPDATE_KINDS,
    ArtifactKind,
    MessageRole,
    WritebackState,
    WritebackStep,
)
from infra.database.connection import Database
from infra.database.models import Writeback
from infra.database.rows import read_closing_settings
from infra.session_record.messages import say
from infra.session_record.transaction import (
    Json,
    SessionTransaction,
    drop_queue,
    finish,
    record_with_result,
    require_no_running_writeback,
    session_transaction,
)
from workflows.ticket_writeback.messages import EndWriteback
from workflows.troubleshooting_session.messages import (
    EscalateSession,
    ResolveSession,
    RetryWriteback,
    ShareUpdate,
    WritebackBegun,
)

_CONFIRMS: dict[ArtifactKind, SessionCommand] = {
    ArtifactKind.RESOLUTION_NOTE: SessionCommand.RESOLVE,
    ArtifactKind.ESCALATION_PACKAGE: SessionCommand.ESCALATE,
}


class WritebackRecordActivities:
    """Activities on the rows of a writeback; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def begin_resolution(self, command: ResolveSession) -> WritebackBegun:
        """Take the confirmed note: on its way to the ticket, or kept here when nothing is posted.

        A fix that is still verifying counts as worked from now on. Raises writeback_running, psa_connection_gone.
        """

        async def effect(transaction: SessionTransaction) -> Writeback:
            await count_as_worked(transaction)
            confirmed = Confirmed(
                kind=ArtifactKind.RESOLUTION_NOTE,
                markdown=command.markdown,
                summary=command.resolution_summary or default_summary(command.markdown),
                actor_id=command.actor_id,
                status_id=command.status_id,
                log_minutes=command.log_minutes,
            )
            return await new_writeback(transaction, confirmed, await read_closing_settings(transaction.db))

        return await self._begin(command, "resolve", SessionCommand.RESOLVE, effect)

    @activity.defn
    @explained
    async def begin_escalation(self, command: EscalateSession) -> WritebackBegun:
        """Take the confirmed package. The session is being escalated until the package is on the ticket.

        What the engineer says of a fix that was run is recorded in the same transaction; an answer that the fix does
        not take refuses the escalation as a whole. Raises like `begin_resolution`, fix_outcome_required,
        fix_outcome_twice, no_active_fix and what the outcome raises.
        """

        async def effect(transaction: SessionTransaction) -> Writeback:
            await answer_for_fix(
                transaction,
                command.fix_outcome,
                command.fix_notes,
                never_applied=command.fix_never_applied,
            )
            _ask_for_escalation(transaction)
            confirmed = Confirmed(
                kind=ArtifactKind.ESCALATION_PACKAGE,
                markdown=command.markdown,
                summary=command.escalation_reason or default_escalation_reason(command.markdown),
                actor_id=command.actor_id,
                status_id=command.status_id,
                log_minutes=command.log_minutes,
            )
            return await new_writeback(transaction, confirmed, await read_closing_settings(transaction.db))

        return await self._begin(command, "escalate", SessionCommand.ESCALATE, effect)

    @activity.defn
    @explained
    async def begin_update(self, command: ShareUpdate) -> WritebackBegun:
        """Take the confirmed update; the session goes on as it is. Raises no_ticket, and like `begin_resolution`."""

        async def effect(transaction: SessionTransaction) -> Writeback:
            if transaction.session.psa_ticket_id is None:
                raise RuleViolation(
                    "no_ticket", "The session has no ticket to put an update on. Link a ticket first."
                )
            confirmed = Confirmed(
                kind=UPDATE_KINDS[command.audience],
                markdown=command.markdown,
                summary=default_summary(command.markdown),
                actor_id=command.actor_id,
                status_id=command.status_id,
            )
            return await new_writeback(transaction, confirmed, await read_closing_settings(transaction.db))

        return await self._begin(command, "share_update", SessionCommand.SHARE_UPDATE, effect)

    @activity.defn
    @explained
    async def begin_writeback_retry(self, command: RetryWriteback) -> WritebackBegun:
        """Run what is left of the last attempt. Raises nothing_to_retry_writeback, and like what it repeats."""

        async def effect(transaction: SessionTransaction) -> Writeback:
            previous = await _unfinished(transaction)
            if previous.kind is ArtifactKind.RESOLUTION_NOTE:
                await count_as_worked(transaction)
            elif previous.kind is ArtifactKind.ESCALATION_PACKAGE:
                await answer_for_fix(transaction, None, None, never_applied=False)
                _ask_for_escalation(transaction)
            return await repeated_writeback(transaction, previous, command.actor_id)

        return await self._begin(command, "retry_writeback", SessionCommand.RETRY_WRITEBACK, effect)

    async def _begin(
        self,
        command: Command,
        name: str,
        rule: SessionCommand,
        effect: Callable[[SessionTransaction], Awaitable[Writeback]],
    ) -> WritebackBegun:
        """Record a confirmation once; `effect` answers the attempt that it begins, or that is done already."""

        async def recorded_effect(transaction: SessionTransaction) -> Json:
            check_command(transaction.session.status, rule)
            await require_no_running_writeback(transaction)
            row = await effect(transaction)
            if row.state is WritebackState.DONE:
                await _conclude(transaction, row)
            report_progress(transaction, row)
            transaction.touch()
            return {
                "writeback": row.number if row.state is WritebackState.RUNNING else None,
                "number": row.number,
            }

        recorded, result = await record_with_result(self._database, command, name, recorded_effect)
        number = result.get("writeback")
        return WritebackBegun(
            ack=recorded.ack,
            snapshot=recorded.snapshot,
            writeback_number=number if isinstance(number, int) else None,
        )

    @activity.defn
    @explained
    async def end_writeback(self, request: EndWriteback) -> SessionSnapshot:
        """Store how the writeback ended; when it ended well, so does what it was confirmed for."""
        target = request.writeback
        async with session_transaction(self._database, target.account_id, target.session_id) as transaction:
            row = await read_writeback(transaction.db, target)
            if row.state is WritebackState.RUNNING:
                row.state = request.state
                row.error_code = request.error_code
                row.error_detail = request.error_detail[:2000] if request.error_detail else None
                row.finished_at = transaction.now
                if request.state is WritebackState.DONE:
                    row.step = WritebackStep.RECORD
                    await _conclude(transaction, row)
                elif request.state is WritebackState.FAILED:
                    await _audit_unconfirmed(transaction, row)
                report_progress(transaction, row)
            return await finish(transaction)


def _ask_for_escalation(transaction: SessionTransaction) -> None:
    """From Confirm on the session is being escalated; one that was resolved is open again."""
    session = transaction.session
    after = status_after(session.status, SessionCommand.ESCALATE)
    if after is not session.status:
        session.status = after
        session.resolved_at = session.closed_at = None
        transaction.emit_status()


async def _unfinished(transaction: SessionTransaction) -> Writeback:
    """The last attempt, when it did not end well and is still about the session's ticket."""
    session = transaction.session
    last = await last_writeback(transaction)
    if last is None or last.state in (WritebackState.DONE, WritebackState.RUNNING):
        raise RuleViolation(
            "nothing_to_retry_writeback",
            "Everything that was confirmed is on the ticket: nothing is left to post.",
        )
    if (last.connection_id, last.ticket_id) != (session.psa_connection_id, session.psa_ticket_id):
        raise RuleViolation(
            "nothing_to_retry_writeback",
            "The session has another ticket since then. Confirm the note again to post it there.",
        )
    if last.kind in _CONFIRMS:
        check_command(session.status, _CONFIRMS[last.kind])
    return last


async def _audit_unconfirmed(transaction: SessionTransaction, row: Writeback) -> None:
    """Record the write that was never answered: it may have happened. A refused one has not."""
    action = _sent(row)
    if action is not None and row.error_code in UNANSWERED:
        await audit_writeback(transaction.db, row, action, action.value, {"error_code": row.error_code})


def _sent(row: Writeback) -> AuditAction | None:
    """What the step at which the writeback ended has sent, if anything."""
    match row.step:
        case WritebackStep.POST_NOTE if row.post_attempted_at is not None:
            return AuditAction.NOTE_UNCONFIRMED
        case WritebackStep.LOG_TIME if row.time_attempted_at is not None:
            return AuditAction.TIME_UNCONFIRMED
        case WritebackStep.SET_STATUS:
            return AuditAction.STATUS_UNCONFIRMED
        case _:
            return None


async def _conclude(transaction: SessionTransaction, row: Writeback) -> None:
    """What follows for the session: resolved, escalated, or nothing for an update."""
    session = transaction.session
    if not is_open(session.status):
        return
    before = session.status
    session.status = status_after_writeback(row.kind, before)
    if row.kind is ArtifactKind.RESOLUTION_NOTE:
        session.resolved_at = session.closed_at = transaction.now
        session.resolution_summary = row.summary
        await drop_queue(transaction)
    elif row.kind is ArtifactKind.ESCALATION_PACKAGE:
        session.escalated_at = transaction.now
        session.escalated_by = row.confirmed_by
        session.escalation_reason = row.summary
    if row.ticket_id is not None:
        if session.ticket is not None and row.observed_status_name is not None:
            session.ticket = session.ticket | {"status": row.observed_status_name}
        line = posted_line(row.ticket_id, row.observed_status_name, row.kind)
        say(transaction, line, role=MessageRole.SYSTEM)
    if session.status is not before:
        transaction.emit_status()
