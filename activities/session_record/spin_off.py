"""Recording that a second ticket was asked for, and that it could not be created."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.failures import explained
from activities.ticket.connection import require_connection
from activities.ticket.spin_off_rows import (
    audit_spin_off,
    read_spin_offs,
    reference_of,
    report_spin_off,
    same_ticket,
)
from domain.audit import AuditAction
from domain.commands import Recorded
from domain.errors import RuleViolation, ViolationKind
from domain.hidden_text import without_hidden
from domain.psa import UNANSWERED, TicketDetail
from domain.session_state import SessionSnapshot
from domain.sessions import SessionCommand, check_command
from domain.vocabulary import SpinOffState
from infra.database.connection import Database
from infra.database.models import PsaConnection
from infra.database.models import SpinOffTicket as SpinOffRow
from infra.database.ticket_snapshots import read_ticket
from infra.session_record.transaction import (
    Json,
    SessionTransaction,
    finish,
    record_command,
    session_transaction,
)
from workflows.troubleshooting_session.messages import EndSpinOff, SpinOffTicket

FORGOTTEN_AFTER = timedelta(minutes=20)


class SpinOffRecordActivities:
    """Activities on the rows of second tickets; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def begin_spin_off(self, command: SpinOffTicket) -> Recorded:
        """Store what is to be created; board and company are those of the session's ticket unless named.

        Raises spin_off_running, connection_not_found, psa_connection_gone, psa_not_connected, connection_required,
        board_required and company_required.
        """

        async def effect(transaction: SessionTransaction) -> Json:
            session = transaction.session
            check_command(session.status, SessionCommand.SPIN_OFF)
            summary = without_hidden(command.summary).strip() or command.summary
            await _require_none_running(transaction, summary)
            connection_id, parent = await _where(transaction, command)
            row = SpinOffRow(
                id=uuid4(),
                account_id=session.account_id,
                session_id=session.id,
                connection_id=connection_id,
                parent_ticket_id=session.psa_ticket_id,
                summary=summary,
                description=without_hidden(command.description) if command.description else None,
                board_id=command.board_id or (parent.board_id if parent else None),
                company_id=command.company_id or (parent.company_id if parent else None),
                state=SpinOffState.RUNNING,
                created_by=command.actor_id,
                created_at=transaction.now,
            )
            _require_filled(row, linked=parent is not None)
            transaction.db.add(row)
            transaction.touch()
            report_spin_off(transaction, row)
            return {"id": str(row.id)}

        return await record_command(self._database, command, "spin_off_ticket", effect)

    @activity.defn
    @explained
    async def end_spin_off(self, request: EndSpinOff) -> SessionSnapshot:
        """Store that the ticket could not be created, in the PSA's own words."""
        target = request.spin_off
        async with session_transaction(self._database, target.account_id, target.session_id) as transaction:
            row = await transaction.db.get(SpinOffRow, target.spin_off_id)
            if row is not None and row.state is SpinOffState.RUNNING:
                _fail(transaction, row, request.error_code, request.error_detail)
                if row.attempted_at is not None and request.error_code in UNANSWERED:
                    await audit_spin_off(
                        transaction.db, row, AuditAction.TICKET_UNCONFIRMED, reference_of(row)
                    )
            return await finish(transaction)


async def _require_none_running(transaction: SessionTransaction, summary: str) -> None:
    """Two clicks ask for one ticket. Raises spin_off_running.

    Nobody works on one that has been running for longer than a ticketing system is tried: its workflow was lost.
    """
    for row in await read_spin_offs(transaction.db, transaction.session.id):
        if row.state is not SpinOffState.RUNNING or not same_ticket(row, summary):
            continue
        if row.created_at > transaction.now - FORGOTTEN_AFTER:
            raise RuleViolation(
                "spin_off_running", "This ticket is already being created. Wait until that has ended."
            )
        _fail(transaction, row, "interrupted", "Creating the ticket was interrupted.")


def _fail(transaction: SessionTransaction, row: SpinOffRow, code: str, detail: str) -> None:
    row.state = SpinOffState.FAILED
    row.error_code = code[:60]
    row.error_detail = detail[:2000]
    row.finished_at = transaction.now
    report_spin_off(transaction, row)


async def _where(transaction: SessionTransaction, command: SpinOffTicket) -> tuple[UUID, TicketDetail | None]:
    """The connection to create it through, and the session's ticket when it lives there too."""
    session, db = transaction.session, transaction.db
    linked = session.psa_connection_id if session.psa_ticket_id is not None else None
    if linked is not None and command.psa_connection_id in (None, linked):
        await require_connection(db, linked)
        return linked, await read_ticket(db, linked, session.psa_ticket_id or "")
    if command.psa_connection_id is not None:
        if await db.get(PsaConnection, command.psa_connection_id) is None:
            raise RuleViolation(
                "connection_not_found", "There is no such connection.", ViolationKind.NOT_FOUND
            )
        return (await require_connection(db, command.psa_connection_id)).id, None
    return await _only_connection(db), None


async def _only_connection(db: AsyncSession) -> UUID:
    active = list((await db.execute(select(PsaConnection.id).where(PsaConnection.is_active))).scalars())
    if not active:
        raise RuleViolation(
            "psa_not_connected", "No ticketing system is connected. An administrator can connect one."
        )
    if len(active) > 1:
        raise RuleViolation(
            "connection_required",
            "Several ticketing systems are connected: name one of them.",
            ViolationKind.UNPROCESSABLE,
        )
    return active[0]


def _require_filled(row: SpinOffRow, *, linked: bool) -> None:
    """Beside a linked ticket the PSA's own board will do; without one nobody could tell where it belongs."""
    if row.company_id is None:
        raise RuleViolation(
            "company_required", "Name the client company of the new ticket.", ViolationKind.UNPROCESSABLE
        )
    if row.board_id is None and not linked:
        raise RuleViolation(
            "board_required", "Name the board of the new ticket.", ViolationKind.UNPROCESSABLE
        )
