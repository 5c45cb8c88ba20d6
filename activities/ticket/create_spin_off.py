"""Creating a second ticket exactly once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio import activity

from activities.failures import explained
from activities.ticket.connection import require_connection
from activities.ticket.spin_off_rows import (
    attempts_at,
    audit_spin_off,
    new_ticket,
    read_spin_offs,
    report_spin_off,
)
from domain.audit import AuditAction
from domain.conversation import spun_off_line
from domain.psa import PsaProvider, PsaUnavailable, TicketRow
from domain.session_state import SessionSnapshot
from domain.vocabulary import MessageRole, SpinOffState
from infra.database.connection import Database
from infra.database.models import PsaConnection, SpinOffTicket
from infra.psa.connections import PsaConnections
from infra.session_record.messages import say
from infra.session_record.transaction import finish, session_transaction
from workflows.troubleshooting_session.messages import CreateSpinOff

CLOCK_TOLERANCE = timedelta(minutes=10)
"""The PSA's clock and ours differ; a ticket this much older than the attempt can still be ours."""

CREATE_WITHIN = 50.0
"""Seconds, less than the time limit of the step: an attempt has ended before the next one looks for its ticket."""


@dataclass(frozen=True)
class _Rows:
    """What is read before the PSA is called."""

    row: SpinOffTicket
    connection: PsaConnection
    attempts: list[SpinOffTicket]
    known: set[str]
    """Tickets that other requests of the session have created."""


class SpinOffActivities:
    """Activity that creates a second ticket."""

    def __init__(self, database: Database, connections: PsaConnections) -> None:
        self._database = database
        self._connections = connections

    @activity.defn
    @explained
    async def create_spin_off(self, request: CreateSpinOff) -> SessionSnapshot:
        """Create the ticket, or find the one that an attempt without an answer has created.

        Raises psa_connection_gone, and what the PSA answers.
        """
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            rows = await read_spin_offs(transaction.db, request.session_id)
            row = next((one for one in rows if one.id == request.spin_off_id), None)
            if row is None or row.state is not SpinOffState.RUNNING:
                # This attempt has created it and only its answer was lost, or nobody has asked for it.
                return await finish(transaction)
            found = _Rows(
                row,
                await require_connection(transaction.db, row.connection_id),
                attempts_at(row, rows),
                {one.ticket_id for one in rows if one.ticket_id is not None},
            )
        provider = await self._connections.provider(found.connection)
        try:
            async with asyncio.timeout(CREATE_WITHIN):
                ticket = await _find_created(provider, found)
                if ticket is None:
                    await self._mark_attempt(request)
                    ticket = await provider.create_ticket(new_ticket(row))
        except TimeoutError:
            raise PsaUnavailable(
                "The ticketing system did not answer in time.", effect_unknown=True
            ) from None
        return await self._record(request, ticket)

    async def _mark_attempt(self, request: CreateSpinOff) -> None:
        """Before the effect: whoever comes after a crash knows that the ticket may be there."""
        async with self._database.tenant(request.account_id) as db:
            row = await db.get_one(SpinOffTicket, request.spin_off_id)
            row.attempted_at = row.attempted_at or datetime.now(UTC)

    async def _record(self, request: CreateSpinOff, ticket: TicketRow) -> SessionSnapshot:
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            row = await transaction.db.get_one(SpinOffTicket, request.spin_off_id)
            # A ticket that came too late for the workflow is there all the same.
            if row.state is not SpinOffState.DONE:
                row.state = SpinOffState.DONE
                row.ticket_id = ticket.id
                row.error_code = row.error_detail = None
                row.finished_at = transaction.now
                say(transaction, spun_off_line(ticket.id, row.summary), role=MessageRole.SYSTEM)
                report_spin_off(transaction, row)
                await audit_spin_off(transaction.db, row, AuditAction.TICKET_CREATED, ticket.id)
            return await finish(transaction)


async def _find_created(provider: PsaProvider, rows: _Rows) -> TicketRow | None:
    for attempt in rows.attempts:
        since = (attempt.attempted_at or attempt.created_at) - CLOCK_TOLERANCE
        ticket = await provider.find_created_ticket(new_ticket(attempt), since)
        if ticket is not None and ticket.id not in rows.known:
            return ticket
    return None
