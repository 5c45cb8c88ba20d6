"""How far the team trusts what the pilot concludes."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.vocabulary import FactSource
from infra.database.models import Fact


class DisputedFacts(NamedTuple):
    """`concluded`: facts that the pilot synthesised; `disputed`: those of them edited or deleted later."""

    concluded: int
    disputed: int

    @property
    def rate(self) -> float | None:
        """disputed_fact_rate, 0-1; None while there is nothing to dispute."""
        return self.disputed / self.concluded if self.concluded else None


async def count_disputed_facts(
    db: AsyncSession, *, since: datetime | None = None, until: datetime | None = None
) -> DisputedFacts:
    """The account's facts made from `since` on and before `until`. Deleted ones count: that is the dispute."""
    query = select(func.count(), func.count().filter(Fact.disputed)).where(
        Fact.source_type == FactSource.AI_SYNTHESIS
    )
    if since is not None:
        query = query.where(Fact.created_at >= since)
    if until is not None:
        query = query.where(Fact.created_at < until)
    concluded, disputed = (await db.execute(query)).one()
    return DisputedFacts(concluded, disputed)
