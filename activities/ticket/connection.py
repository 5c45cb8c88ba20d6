"""The connection a step speaks through."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import RuleViolation
from infra.database.models import PsaConnection


async def require_connection(db: AsyncSession, connection_id: UUID | None) -> PsaConnection:
    """The connection, if it is still in use. Raises psa_connection_gone."""
    row = await db.get(PsaConnection, connection_id) if connection_id is not None else None
    if row is None or not row.is_active:
        raise RuleViolation(
            "psa_connection_gone",
            "The connection to the ticketing system was removed since the session began. "
            "Ask an administrator to connect it again; the session stays open.",
        )
    return row
