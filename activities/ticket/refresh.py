"""Reading a ticket again that has changed in the ticketing system."""

from __future__ import annotations

from temporalio import activity

from activities.failures import explained
from activities.session_record.ticket import show_ticket, ticket_payload
from activities.ticket.connection import require_connection
from domain.session_state import SessionSnapshot
from domain.vocabulary import EventType
from infra.database.connection import Database
from infra.database.ticket_snapshots import store_ticket
from infra.psa.connections import PsaConnections
from infra.session_record.transaction import finish, session_transaction
from workflows.troubleshooting_session.messages import RefreshTicket


class RefreshTicketActivities:
    """Activity that brings a session's ticket up to date."""

    def __init__(self, database: Database, connections: PsaConnections) -> None:
        self._database = database
        self._connections = connections

    @activity.defn
    @explained
    async def refresh_ticket(self, request: RefreshTicket) -> SessionSnapshot:
        """Read the ticket and keep it when something changed. Raises psa_connection_gone and what the PSA answers."""
        account_id, session_id = request.account_id, request.session_id
        async with session_transaction(self._database, account_id, session_id) as transaction:
            link = transaction.session.psa_connection_id, transaction.session.psa_ticket_id
            if link[1] is None:
                return await finish(transaction)
            connection = await require_connection(transaction.db, link[0])
        provider = await self._connections.provider(connection)
        ticket = await provider.get_ticket(link[1])
        async with session_transaction(self._database, account_id, session_id) as transaction:
            session = transaction.session
            if link == (session.psa_connection_id, session.psa_ticket_id):
                kept, changed = await store_ticket(transaction.db, account_id, connection.id, ticket)
                if show_ticket(transaction, kept) or changed:
                    transaction.emit(EventType.TICKET_CHANGED, ticket_payload(transaction))
            return await finish(transaction)
