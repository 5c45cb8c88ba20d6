"""Limits that all processes share: counted in the database, in one statement, under keys that tell nothing."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from sqlalchemy import delete, func, select

from infra.database.connection import Database
from infra.database.models import RateLimitState

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Rate:
    """So many at once, and as many again spread over `period`."""

    count: int
    period: timedelta

    @classmethod
    def parse(cls, text: str) -> Self:
        """`30/minute` and the like; the settings have checked the form."""
        count, _, unit = text.partition("/")
        return cls(int(count), timedelta(seconds=_SECONDS[unit]))

    @property
    def step(self) -> timedelta:
        """The time in which one comes back."""
        return self.period / self.count


@dataclass(frozen=True)
class Allowance:
    """What somebody may do how often: `what` is done, by or against `whom`."""

    what: str
    whom: str
    rate: Rate

    @property
    def key(self) -> str:
        """Another rate is another counter: what was used up under the old one would count for ages under the new."""
        whom = hashlib.sha256(self.whom.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.what}/{self.rate.count} in {self.rate.period.total_seconds():.0f} s/{whom[:40]}"


class RateLimits:
    """Takes from allowances. The counters live in the database, so it does not matter which process is asked.

    They belong to no account, and signing in must not wait while the work of accounts has every connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, allowance: Allowance) -> int:
        """Take one. Answers 0, or the whole seconds until there is one again; then nothing was taken."""
        take = func.take_rate_limit(allowance.key, allowance.rate.step, allowance.rate.count)
        async with self._database.admin() as db:
            waits: float = (await db.execute(select(take))).scalar_one()
        return math.ceil(waits)

    async def give_back(self, allowance: Allowance) -> None:
        """Return what was taken: the attempt turned out to be a good one."""
        async with self._database.admin() as db:
            await db.execute(select(func.give_back_rate_limit(allowance.key, allowance.rate.step)))


async def sweep_rate_limits(database: Database) -> int:
    """Delete counters that say nothing any more; answers how many it were."""
    async with database.admin() as db:
        gone = await db.execute(
            delete(RateLimitState).where(RateLimitState.full_at < func.now()).returning(RateLimitState.key)
        )
        return len(gone.all())
