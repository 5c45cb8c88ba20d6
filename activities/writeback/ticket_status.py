"""Moving the ticket's status, and looking whether it moved."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import explained, in_time
from activities.writeback.rows import (
    NOTE_UNVERIFIED,
    Traces,
    WritebackRows,
    audit_writeback,
    read_rows,
    read_traces,
    read_writeback,
    report_progress,
    text_hash,
)
from domain.audit import AuditAction
from domain.conversation import note_changed_line
from domain.psa import PsaProvider, TicketNote, TicketRow
from domain.target_status import StatusTarget, choose_status, stays_closed, wants_status
from domain.vocabulary import MessageRole, WritebackStep
from infra.database.connection import Database
from infra.database.models import Writeback
from infra.psa.connections import PsaConnections
from infra.session_record.messages import say
from infra.session_record.transaction import SessionTransaction, finish, session_transaction
from workflows.ticket_writeback.messages import WritebackInput

LOOK_AGAIN_AFTER = (timedelta(seconds=0.5), timedelta(seconds=1), timedelta(seconds=2))
"""The PSA may lag behind its own answer: four looks, then it is said what is seen."""


class TicketStatusActivities:
    """Activities on the ticket's status."""

    def __init__(self, database: Database, connections: PsaConnections) -> None:
        self._database = database
        self._connections = connections

    @activity.defn
    @explained
    @in_time
    async def set_ticket_status(self, request: WritebackInput) -> None:
        """Ask the PSA for the target status of the ticket's board; skipped, with a reason, where there is none."""
        async with self._database.tenant(request.account_id) as db:
            rows = await read_rows(db, request)
        if rows.writeback.step is WritebackStep.VERIFY:
            return  # this attempt has moved it; only its answer was lost
        provider = await self._connections.provider(rows.connection)
        ticket = await provider.get_ticket_row(rows.ticket_id)
        target = await _target(provider, ticket, rows)
        moved = target.status if target.status is not None and ticket.status_id != target.status.id else None
        if moved is not None:
            await provider.set_status(rows.ticket_id, moved.id)
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            row = await read_writeback(transaction.db, request)
            row.expected_status_id = target.status.id if target.status else None
            row.expected_status_name = target.status.name if target.status else None
            row.status_transition_skipped_reason = target.skipped_reason
            row.step = WritebackStep.VERIFY
            # A later attempt that finds the status set has set it before and lost the answer.
            if target.status is not None and (moved is not None or activity.info().attempt > 1):
                told = {"from": ticket.status, "to": target.status.name, "status_id": target.status.id}
                effect = f"status/{activity.info().workflow_run_id}/{target.status.id}"
                await audit_writeback(transaction.db, row, AuditAction.STATUS_CHANGED, effect, told)
            report_progress(transaction, row)
            await finish(transaction)

    @activity.defn
    @explained
    @in_time
    async def verify_ticket(self, request: WritebackInput) -> None:
        """Re-read ticket and note. Raises psa_status_unverified or psa_note_unverified when they differ for good.

        A PSA in trouble is another matter than one that shows something else: the workflow has it tried again.
        """
        for pause in (*LOOK_AGAIN_AFTER, None):
            difference = await self._difference(request)
            if difference is None:
                return
            if pause is None:
                raise difference
            await asyncio.sleep(pause.total_seconds())

    async def _difference(self, request: WritebackInput) -> ApplicationError | None:
        async with self._database.tenant(request.account_id) as db:
            rows = await read_rows(db, request)
            traces = await read_traces(db, rows.writeback)
        provider = await self._connections.provider(rows.connection)
        ticket = await provider.get_ticket_row(rows.ticket_id)
        notes = await provider.list_notes(rows.ticket_id)
        note = next((one for one in notes if one.id == rows.writeback.note_id), None)
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            row = await read_writeback(transaction.db, request)
            row.observed_status_id, row.observed_status_name = ticket.status_id, ticket.status
            problem = _note_problem(note, row, traces)
            if note is not None and problem is None:
                _tell_of_change(transaction, row, text_hash(note.text))
            await finish(transaction)
        return problem or _status_problem(ticket, row)


def _note_problem(note: TicketNote | None, row: Writeback, traces: Traces) -> ApplicationError | None:
    if note is None:
        text = "The ticketing system accepted the note, but the ticket does not show it."
    elif text_hash(note.text) in _replaced(row, traces):
        text = "The ticketing system accepted the new text of the note, but the ticket still shows the earlier one."
    else:
        return None
    return ApplicationError(text, type=NOTE_UNVERIFIED, non_retryable=True)


def _replaced(row: Writeback, traces: Traces) -> frozenset[str]:
    """Texts that the note must not show any more. An attempt with nothing new to say has replaced none of others."""
    told = frozenset() if row.text_hash in traces.posted else traces.told
    return (traces.hashes | told) - {row.text_hash}


def _tell_of_change(transaction: SessionTransaction, row: Writeback, seen: str) -> None:
    """Someone else has written into the note. That is theirs to do, and the engineer's to know: once."""
    if seen not in (row.text_hash, row.note_text_hash):
        row.note_text_hash = seen
        say(transaction, note_changed_line(row.ticket_id or ""), role=MessageRole.SYSTEM)


def _status_problem(ticket: TicketRow, row: Writeback) -> ApplicationError | None:
    if row.expected_status_id is None or ticket.status_id == row.expected_status_id:
        return None
    if stays_closed(row.kind, row.requested_status_id, is_closed=ticket.is_closed):
        return None
    return ApplicationError(
        f"The ticketing system accepted the change, but the ticket still shows “{ticket.status}” instead of "
        f"“{row.expected_status_name}”. The usual cause is a required field that is empty on the ticket, or a rule "
        "of the board that moves the status back.",
        type="psa_status_unverified",
        non_retryable=True,
    )


async def _target(provider: PsaProvider, ticket: TicketRow, rows: WritebackRows) -> StatusTarget:
    row = rows.writeback
    if not wants_status(row.kind, row.requested_status_id):
        return StatusTarget()
    if ticket.board_id is None:
        return StatusTarget(skipped_reason="The ticket is on no board, so its status was left alone.")
    target = choose_status(
        ticket.board or str(ticket.board_id),
        await provider.statuses(ticket.board_id),
        rows.settings.target_statuses().candidates(ticket.board_id, row.kind),
        row.requested_status_id,
    )
    closed = stays_closed(row.kind, row.requested_status_id, is_closed=ticket.is_closed)
    if closed and target.status is not None and target.status.id != ticket.status_id:
        return StatusTarget(
            skipped_reason=f"The ticket is closed already: “{ticket.status}” was left as it is."
        )
    return target
