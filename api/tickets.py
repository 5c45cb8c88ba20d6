"""Tickets of the PSA for the routes: which connection is meant, and keeping what was read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.problems import ApiProblem, not_found
from api.services import Services
from domain.psa import TicketDetail
from infra.database.models import PsaConnection
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


async def keep_ticket(services: Services, connection: PsaConnection, ticket_id: str) -> TicketDetail:
    """Read a ticket through its connection and keep it as the context of sessions, under the PSA's own number.

    Raises a PsaError.
    """
    provider = await services.psa.provider(connection)
    ticket = await provider.get_ticket(ticket_id)
    async with services.database.tenant(connection.account_id) as db:
        kept, _ = await store_ticket(db, connection.account_id, connection.id, ticket)
    return kept
