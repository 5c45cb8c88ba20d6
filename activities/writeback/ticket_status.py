"""Moving the ticket's status, and looking whether it moved."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import explained
from activities.session_record.transaction import finish, session_transaction
from activities.writeback.rows import WritebackRows, read_rows, read_writeback, report_progress
from domain.psa import PsaProvider, TicketRow
from domain.target_status import StatusTarget, choose_status, wants_status
from domain.vocabulary import WritebackStep
from infra.database.connection import Database
from infra.psa.connections import PsaConnections
from workflows.ticket_writeback.messages import WritebackInput


class TicketStatusActivities:
    """Activities on the ticket's status."""

    def __init__(self, database: Database, connections: PsaConnections) -> None:
        self._database = database
        self._connections = connections

    @activity.defn
    @explained
    async def set_ticket_status(self, request: WritebackInput) -> None:
        """Ask the PSA for the target status of the ticket's board; skipped, with a reason, where there is none."""
        async with self._database.tenant(request.account_id) as db:
            rows = await read_rows(db, request)
        provider = await self._connections.provider(rows.connection)
        ticket = await provider.get_ticket_row(rows.ticket_id)
        target = await _target(provider, ticket, rows)
        if target.status is not None and ticket.status_id != target.status.id:
            await provider.set_status(rows.ticket_id, target.status.id)
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            row = await read_writeback(transaction.db, request)
            row.expected_status_id = target.status.id if target.status else None
            row.expected_status_name = target.status.name if target.status else None
            row.status_transition_skipped_reason = target.skipped_reason
            row.step = WritebackStep.VERIFY
            report_progress(transaction, row)
            await finish(transaction)

    @activity.defn
    @explained
    async def verify_ticket(self, request: WritebackInput) -> None:
        """Re-read ticket and notes. Raises psa_status_unverified or psa_note_unverified when they differ."""
        async with self._database.tenant(request.account_id) as db:
            rows = await read_rows(db, request)
        provider = await self._connections.provider(rows.connection)
        ticket = await provider.get_ticket_row(rows.ticket_id)
        notes = await provider.list_notes(rows.ticket_id)
        async with self._database.tenant(request.account_id) as db:
            row = await read_writeback(db, request)
            row.observed_status_id, row.observed_status_name = ticket.status_id, ticket.status
            expected_id, expected = row.expected_status_id, row.expected_status_name
        if all(note.id != rows.writeback.note_id for note in notes):
            raise ApplicationError(
                "The ticketing system accepted the note, but the ticket does not show it.",
                type="psa_note_unverified",
            )
        if expected_id is not None and ticket.status_id != expected_id:
            raise ApplicationError(
                f"The ticketing system accepted the change, but the ticket still shows “{ticket.status}” instead of "
                f"“{expected}”. The usual cause is a required field that is empty on the ticket, or a rule of the "
                "board that moves the status back.",
                type="psa_status_unverified",
            )


async def _target(provider: PsaProvider, ticket: TicketRow, rows: WritebackRows) -> StatusTarget:
    row = rows.writeback
    if not wants_status(row.kind, row.requested_status_id):
        return StatusTarget()
    if ticket.board_id is None:
        return StatusTarget(skipped_reason="The ticket is on no board, so its status was left alone.")
    return choose_status(
        ticket.board or str(ticket.board_id),
        await provider.statuses(ticket.board_id),
        rows.settings.target_statuses().candidates(ticket.board_id, row.kind),
        row.requested_status_id,
    )
