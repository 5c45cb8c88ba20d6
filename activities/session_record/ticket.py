"""Recording which ticket a session belongs to, and how that ticket reads now."""

from __future__ import annotations

from temporalio import activity

from activities.failures import explained
from activities.ticket.connection import require_connection
from domain.commands import Recorded
from domain.conversation import linked_line
from domain.errors import RuleViolation, ViolationKind
from domain.psa import TicketDetail
from domain.resources import TicketHeader
from domain.sessions import SessionCommand, check_command
from domain.vocabulary import EventType, MessageRole
from infra.database.connection import Database
from infra.database.rows import ticket_header
from infra.database.ticket_snapshots import read_ticket
from infra.session_record.messages import say
from infra.session_record.transaction import (
    Json,
    SessionTransaction,
    record_command,
    require_no_running_writeback,
)
from workflows.troubleshooting_session.messages import LinkTicket


class TicketLinkActivities:
    """Activity that links a session to its ticket; one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def link_ticket(self, command: LinkTicket) -> Recorded:
        """Link or change the ticket, whose snapshot is stored already; the title stays as it is.

        Raises ticket_not_found, psa_connection_gone, writeback_running.
        """

        async def effect(transaction: SessionTransaction) -> Json:
            session = transaction.session
            check_command(session.status, SessionCommand.LINK_TICKET)
            await require_no_running_writeback(transaction)
            await require_connection(transaction.db, command.psa_connection_id)
            ticket = await read_ticket(transaction.db, command.psa_connection_id, command.psa_ticket_id)
            if ticket is None:
                raise RuleViolation(
                    "ticket_not_found", "The ticket has not been read yet.", ViolationKind.NOT_FOUND
                )
            before = session.psa_connection_id, session.psa_ticket_id
            if before != (command.psa_connection_id, command.psa_ticket_id):
                session.psa_connection_id = command.psa_connection_id
                session.psa_ticket_id = command.psa_ticket_id
                line = linked_line(ticket.id, ticket.summary, before[1])
                say(transaction, line, role=MessageRole.SYSTEM)
                transaction.change_note()
                show_ticket(transaction, ticket)
                transaction.emit_status()
            else:
                show_ticket(transaction, ticket)
            transaction.touch()
            result = ticket_payload(transaction)
            transaction.emit(EventType.TICKET_CHANGED, result)
            return result | {"state_version": session.state_version}

        return await record_command(self._database, command, "link_ticket", effect)


def show_ticket(transaction: SessionTransaction, ticket: TicketDetail) -> bool:
    """Bring the session's header of the ticket up to date; True when it read differently before.

    Only what a note may tell of the ticket makes notes of the session old.
    """
    session = transaction.session
    header = ticket_header(ticket)
    before = TicketHeader.model_validate(session.ticket) if session.ticket else None
    if header == before:
        return False
    session.ticket = header.model_dump(mode="json")
    if before is None or _told_in_notes(before) != _told_in_notes(header):
        transaction.change_note()
    return True


def ticket_payload(transaction: SessionTransaction) -> Json:
    """The link as events and answers tell it."""
    session = transaction.session
    return {
        "psa_connection_id": str(session.psa_connection_id),
        "psa_ticket_id": session.psa_ticket_id,
        "ticket": session.ticket,
    }


def _told_in_notes(header: TicketHeader) -> tuple[str | None, ...]:
    return header.ref, header.summary, header.client, header.contact
