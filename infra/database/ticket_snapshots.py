"""Tickets as they were last read: one row for a ticket of a connection, whichever sessions work on it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.psa import TicketDetail, keep_known_parts
from infra.database.models import TicketSnapshot

# They move by themselves, or with what the PSA could answer just then.
_PASSING = {"sla", "updated", "unread"}


async def read_ticket(db: AsyncSession, connection_id: UUID, ticket_id: str) -> TicketDetail | None:
    """The ticket as last read, if it ever was."""
    row = await db.get(TicketSnapshot, (connection_id, ticket_id))
    return TicketDetail.model_validate(row.document) if row is not None else None


async def store_ticket(
    db: AsyncSession, account_id: UUID, connection_id: UUID, ticket: TicketDetail
) -> tuple[TicketDetail, bool]:
    """Keep the ticket as just read; parts that could not be read stay as they were known.

    Answers it as kept, and whether it differs from what was known.
    """
    found = await db.execute(
        select(TicketSnapshot.document)
        .where(TicketSnapshot.connection_id == connection_id, TicketSnapshot.ticket_id == ticket.id)
        .with_for_update()
    )
    document = found.scalar_one_or_none()
    known = TicketDetail.model_validate(document) if document is not None else None
    kept = keep_known_parts(ticket, known)
    values = {"document": kept.model_dump(mode="json"), "fetched_at": datetime.now(UTC)}
    await db.execute(
        insert(TicketSnapshot)
        .values(account_id=account_id, connection_id=connection_id, ticket_id=ticket.id, **values)
        .on_conflict_do_update(index_elements=["connection_id", "ticket_id"], set_=values)
    )
    changed = known is None or known.model_dump(exclude=_PASSING) != kept.model_dump(exclude=_PASSING)
    return kept, changed
