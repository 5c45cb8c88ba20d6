"""What must hold of the account that a transaction sets, tried through two pooled connections."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.connection import Database

_LOOK = text("SELECT account_id FROM sessions")
_SETTING = text("SELECT current_setting('app.current_account_id', true)")


class Alternation:
    """Transactions of several accounts, two at a time over two connections; some are cancelled on the way.

    `wrong` collects what somebody saw that was not theirs, `stages` how far cancelled ones had come.
    """

    def __init__(self, database: Database, accounts: Sequence[UUID], *, seed: int) -> None:
        self._database = database
        self._accounts = accounts
        self._random = Random(seed)
        self.wrong: list[str] = []
        self.stages: Counter[str] = Counter()
        self.finished = 0

    async def run(self, rounds: int, *, cancelled: float = 0.0) -> None:
        """Run `rounds` transactions on each connection, a share of them cancelled, then look at what is left."""
        await asyncio.gather(*(self._alternate(rounds, cancelled) for _ in range(2)))
        await self._look_at_what_is_left()

    async def _alternate(self, rounds: int, cancelled: float) -> None:
        for number in range(rounds):
            account = self._accounts[number % len(self._accounts)]
            told = ["before it began"]
            task = asyncio.create_task(self._transaction(account, told))
            if self._random.random() < cancelled:
                # Each turn of the loop lets the other side of the connection come a little further.
                for _ in range(self._random.randrange(40)):
                    if task.done():
                        break
                    await asyncio.sleep(0)
                if task.cancel():
                    self.stages[told[-1]] += 1
            await asyncio.gather(task, return_exceptions=True)
            if not task.cancelled() and (error := task.exception()) is not None:
                self.wrong.append(f"{error!r}")
            if number % 3 == 0:
                async with self._database.without_tenant() as db:
                    await self._expect(db, None, "no account's transaction")

    async def _transaction(self, account: UUID, told: list[str]) -> None:
        told.append("while it began")
        async with self._database.tenant(account) as db:
            told.append("in the first query")
            await self._expect(db, account, "the first query")
            told.append("in the second query")
            await self._expect(db, account, "the second query")
            told.append("at the commit")
        told.append("after it")
        self.finished += 1

    async def _expect(self, db: AsyncSession, account: UUID | None, who: str) -> None:
        seen = list((await db.execute(_LOOK)).scalars())
        if seen != ([account] if account else []):
            self.wrong.append(f"{who} of {account} sees {seen}")

    async def _look_at_what_is_left(self) -> None:
        """Both connections at once, as the pool hands them out: neither remembers anybody."""
        async with self._database.without_tenant() as one, self._database.without_tenant() as other:
            for db in (one, other):
                await self._expect(db, None, "a connection at rest")
                setting = (await db.execute(_SETTING)).scalar_one()
                if setting:
                    self.wrong.append(f"a connection at rest keeps the account {setting}")
