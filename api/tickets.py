"""Tickets of the PSA for the routes: which connection is meant, and keeping what was read."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.problems import ApiProblem, not_found
from api.services import Services
from domain.psa import BoardStatus, TicketDetail
from infra.database.models import PsaConnection, Session, TicketSnapshot
from infra.database.ticket_snapshots import store_ticket


async def active_connections(db: AsyncSession) -> list[PsaConnection]:
    rows = await db.execute(
        select(PsaConnection).where(PsaConnection.is_active).order_by(PsaConnection.created_at)
    )
    return list(rows.scalars())


async def find_connection(db: AsyncSession, connection_id: UUID | None) -> PsaConnection:
    """The named connection, or the only one there is. Raises 404, 409 when none is left, 422 when it must be named."""
    if connection_id is not None:
        named = await db.get(PsaConnection, connection_id)
        if named is None:
            raise not_found("connection", "connection_not_found")
        if not named.is_active:
            raise ApiProblem(409, "psa_connection_gone", "This connection was deactivated.")
        return named
    connections = await active_connections(db)
    if not connections:
        raise ApiProblem(
            409, "psa_not_connected", "No ticketing system is connected. An administrator can connect one."
        )
    if len(connections) > 1:
        raise ApiProblem(
            422, "connection_required", "Several ticketing systems are connected: name one of them."
        )
    return connections[0]


class SessionBoard(NamedTuple):
    """Where the ticket of a session stands: whose statuses it can have, and who is asked for them."""

    connection: PsaConnection
    board_id: int
    board: str


async def session_board(db: AsyncSession, session: Session) -> SessionBoard | None:
    """From the ticket as it was last read. None without a ticket, a connection in use, or a known board."""
    if session.psa_ticket_id is None or session.psa_connection_id is None:
        return None
    snapshot = await db.get(TicketSnapshot, (session.psa_connection_id, session.psa_ticket_id))
    connection = await db.get(PsaConnection, session.psa_connection_id)
    if snapshot is None or connection is None or not connection.is_active:
        return None
    ticket = TicketDetail.model_validate(snapshot.document)
    return (
        SessionBoard(connection, ticket.board_id, ticket.board or "") if ticket.board_id is not None else None
    )


async def board_statuses(services: Services, board: SessionBoard) -> list[BoardStatus]:
    """Statuses of the board, in its order. Raises a PsaError."""
    return await (await services.psa.provider(board.connection)).statuses(board.board_id)


async def keep_ticket(services: Services, connection: PsaConnection, ticket_id: str) -> TicketDetail:
    """Read a ticket through its connection and keep it as the context of sessions, under the PSA's own number.

    Raises a PsaError.
    """
    provider = await services.psa.provider(connection)
    ticket = await provider.get_ticket(ticket_id)
    async with services.database.tenant(connection.account_id) as db:
        kept, _ = await store_ticket(db, connection.account_id, connection.id, ticket)
    return kept
