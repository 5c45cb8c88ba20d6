"""Recording the beginning and the end of a writeback in the session."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import func, select
from temporalio import activity

from activities.failures import explained
from activities.session_record.conversation import say
from activities.session_record.fixes import tell_fix
from activities.session_record.transaction import (
    Json,
    SessionTransaction,
    acknowledge,
    drop_queue,
    find_command,
    finish,
    require_no_running_writeback,
    session_transaction,
)
from activities.writeback.rows import report_progress, text_hash
from domain.conversation import outcome_line, posted_line
from domain.errors import RuleViolation
from domain.fixes import is_verifying, record_outcome
from domain.sessions import SessionCommand, check_command, is_open, status_after_writeback
from domain.titles import default_summary
from domain.vocabulary import (
    ArtifactKind,
    EventType,
    FixOutcome,
    MessageRole,
    SessionStatus,
    WritebackState,
    WritebackStep,
)
from infra.database.connection import Database
from infra.database.models import PsaConnection, Writeback
from infra.database.rows import find_active_fix, fix_state, store_fix_state
from workflows.ticket_writeback.messages import EndWriteback
from workflows.troubleshooting_session.messages import ResolveSession, SessionSnapshot, WritebackBegun


class WritebackRecordActivities:
    """Activities on the rows of a writeback; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def begin_resolution(self, command: ResolveSession) -> WritebackBegun:
        """Take the confirmed note: on its way to the ticket, or kept here when no ticket is linked.

        A fix that is still verifying counts as worked from now on. Raises writeback_running, psa_connection_gone.
        """
        async with session_transaction(self._database, command.account_id, command.session_id) as transaction:
            earlier = await find_command(transaction.db, command.session_id, command.command_id)
            if earlier is not None:
                number = (earlier.result or {}).get("writeback")
                return WritebackBegun(
                    ack=acknowledge(earlier.seq, earlier.request_hash, earlier.result),
                    snapshot=await finish(transaction),
                    writeback_number=number if isinstance(number, int) else None,
                )
            await _check_may_begin(transaction)
            await _stamp_success(transaction)
            row = await _new_writeback(transaction, command)
            if row.ticket_id is None:
                await _close(transaction, row)
            report_progress(transaction, row)
            transaction.touch()
            posted = row.number if row.ticket_id is not None else None
            result: Json = {"writeback": posted, "number": row.number}
            transaction.mark_command(command, "resolve", result)
            return WritebackBegun(
                ack=acknowledge(transaction.first_seq, command.request_hash, result),
                snapshot=await finish(transaction),
                writeback_number=posted,
            )

    @activity.defn
    @explained
    async def end_writeback(self, request: EndWriteback) -> SessionSnapshot:
        """Store how the writeback ended; when it ended well the session is closed in the same transaction."""
        target = request.writeback
        async with session_transaction(self._database, target.account_id, target.session_id) as transaction:
            row = (
                await transaction.db.execute(
                    select(Writeback).where(
                        Writeback.session_id == target.session_id, Writeback.number == target.number
                    )
                )
            ).scalar_one()
            if row.state is WritebackState.RUNNING:
                row.state = request.state
                row.error_code = request.error_code
                row.error_detail = request.error_detail[:2000] if request.error_detail else None
                row.finished_at = transaction.now
                if request.state is WritebackState.DONE:
                    row.step = WritebackStep.RECORD
                    await _close(transaction, row)
                report_progress(transaction, row)
            return await finish(transaction)


async def _check_may_begin(transaction: SessionTransaction) -> None:
    session = transaction.session
    check_command(session.status, SessionCommand.RESOLVE)
    await require_no_running_writeback(transaction)
    if session.psa_ticket_id is None:
        return
    connection = (
        await transaction.db.get(PsaConnection, session.psa_connection_id)
        if session.psa_connection_id
        else None
    )
    if connection is None or not connection.is_active:
        raise RuleViolation(
            "psa_connection_gone",
            "The connection to the ticketing system was removed since the session began. "
            "Ask an administrator to connect it again; the session stays open.",
        )


async def _stamp_success(transaction: SessionTransaction) -> None:
    """Resolving without a click on the outcome says that the fix worked."""
    fix = await find_active_fix(transaction.db, transaction.session.id)
    if fix is None or not is_verifying(fix_state(fix)):
        return
    store_fix_state(fix, record_outcome(fix_state(fix), FixOutcome.APPLIED_SUCCESS, None, transaction.now))
    fix.updated_at = transaction.now
    say(transaction, outcome_line(fix.title, FixOutcome.APPLIED_SUCCESS, None), role=MessageRole.SYSTEM)
    await tell_fix(transaction, EventType.FIX_CHANGED, fix)
    transaction.change_note()


async def _new_writeback(transaction: SessionTransaction, command: ResolveSession) -> Writeback:
    session = transaction.session
    last = (
        await transaction.db.execute(
            select(func.max(Writeback.number)).where(Writeback.session_id == session.id)
        )
    ).scalar_one()
    row = Writeback(
        id=uuid4(),
        account_id=session.account_id,
        session_id=session.id,
        number=(last or 0) + 1,
        kind=ArtifactKind.RESOLUTION_NOTE,
        connection_id=session.psa_connection_id if session.psa_ticket_id else None,
        ticket_id=session.psa_ticket_id,
        markdown=command.markdown,
        text_hash=text_hash(command.markdown),
        summary=command.resolution_summary or default_summary(command.markdown),
        requested_status_id=command.status_id,
        state=WritebackState.RUNNING if session.psa_ticket_id else WritebackState.DONE,
        step=WritebackStep.POST_NOTE if session.psa_ticket_id else WritebackStep.RECORD,
        confirmed_by=command.actor_id,
        started_at=transaction.now,
        finished_at=None if session.psa_ticket_id else transaction.now,
    )
    if session.psa_ticket_id is not None:
        await _take_over_note(transaction, row)
    transaction.db.add(row)
    return row


async def _take_over_note(transaction: SessionTransaction, row: Writeback) -> None:
    """An attempt that did not end well may have posted its note: this one goes on with it."""
    previous = (
        await transaction.db.execute(
            select(Writeback)
            .where(
                Writeback.session_id == row.session_id,
                Writeback.kind == row.kind,
                Writeback.ticket_id == row.ticket_id,
                Writeback.connection_id == row.connection_id,
            )
            .order_by(Writeback.number.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    if previous is not None and previous.state is not WritebackState.DONE:
        row.note_id = previous.note_id
        row.note_text_hash = previous.note_text_hash
        row.posted_at = previous.posted_at
        row.post_attempted_at = previous.post_attempted_at


async def _close(transaction: SessionTransaction, row: Writeback) -> None:
    session = transaction.session
    if not is_open(session.status):
        return
    session.status = status_after_writeback(row.kind, session.status)
    if session.status is SessionStatus.RESOLVED:
        session.resolved_at = transaction.now
        session.closed_at = transaction.now
        session.resolution_summary = row.summary
        await drop_queue(transaction)
    if row.ticket_id is not None:
        if session.ticket is not None and row.observed_status_name is not None:
            session.ticket = session.ticket | {"status": row.observed_status_name}
        say(transaction, posted_line(row.ticket_id, row.observed_status_name), role=MessageRole.SYSTEM)
    transaction.emit_status()
