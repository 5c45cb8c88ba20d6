"""A second connection that gets in the way of the product's, and an operator who ends connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from infra.stack.postgres import EmbeddedPostgres
from tests.support.waiting import until

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'resolutionflow'"


class Intruder:
    """One superuser connection with a transaction of its own. It never is the one that a deadlock ends."""

    def __init__(self, connection: Connection, watch: Connection) -> None:
        self._connection = connection
        self._watch = watch

    async def begin(self, *statements: str) -> None:
        """Open a transaction and keep what the statements lock."""
        await self._connection.execute("SET deadlock_timeout = '10min'")
        await self._connection.execute("BEGIN")
        for statement in statements:
            await self._connection.execute(statement)

    async def execute(self, statement: str) -> None:
        """In the open transaction; waits for locks."""
        await self._connection.execute(statement)

    async def commit(self) -> None:
        await self._connection.execute("COMMIT")

    async def roll_back(self) -> None:
        await self._connection.execute("ROLLBACK")

    async def until_blocked(self, count: int = 1, *, but: frozenset[int] = frozenset()) -> frozenset[int]:
        """The processes of the product that wait for a lock, once there are so many besides `but`."""

        async def probe() -> frozenset[int] | None:
            rows = await self._watch.fetch(f"SELECT pid {_OURS} AND wait_event_type = 'Lock'")
            found = frozenset(row["pid"] for row in rows) - but
            return found if len(found) >= count else None

        return await until(probe, within=60, what="a transaction that waits for a lock")

    async def end(self, pids: frozenset[int]) -> None:
        """Cut these connections, whatever they are doing."""
        for pid in pids:
            await self._watch.execute(f"SELECT pg_terminate_backend({pid})")

    async def end_all(self) -> None:
        """Cut every connection of the product to this database, and see them gone."""
        await self._watch.execute(f"SELECT pg_terminate_backend(pid) {_OURS}")

        async def gone() -> bool:
            left: int = await self._watch.fetchval(f"SELECT count(*) {_OURS}")
            return left == 0

        await until(gone, within=60, what="the end of the connections")

    async def fetch(self, statement: str) -> object:
        """One value, as it is stored."""
        return await self._watch.fetchval(statement)

    async def operate(self, statement: str) -> None:
        """What an operator does, in a transaction of its own."""
        await self._watch.execute(statement)


@asynccontextmanager
async def intruder_of(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[Intruder]:
    """An intruder of this database; what it holds is let go at the end."""
    connection, watch = await postgres.connect(database), await postgres.connect(database)
    try:
        yield Intruder(connection, watch)
    finally:
        await connection.close()
        await watch.close()
