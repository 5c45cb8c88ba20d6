"""Locks around effects outside: one holder at a time over all processes, let go when the process dies."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


class LocksUnavailable(Exception):
    """The database that keeps the locks cannot be reached just now."""


class EffectLocks:
    """Advisory locks of PostgreSQL, all held by one connection of this process.

    A connection may take a lock that it holds again, so what this process holds is known here as well. Should the
    connection break, its locks are free: an effect that is under way then ends unguarded.
    """

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._held: set[int] = set()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._one_statement = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[bool]:
        """Hold the lock of that name while the block runs; answers False, holding nothing, when another has it.

        Raises LocksUnavailable.
        """
        key = _key(name)
        if key in self._held:
            yield False
            return
        self._held.add(key)
        try:
            if not await self._taken(key):
                yield False
                return
            try:
                yield True
            finally:
                await asyncio.shield(self._release(key))
        finally:
            self._held.discard(key)

    async def aclose(self) -> None:
        """Let everything go."""
        if self._connection is not None:
            await self._connection.close(timeout=5)
            self._connection = None

    async def _taken(self, key: int) -> bool:
        """Whether the lock is ours now. Where the answer was lost it may be, and nobody would ever let it go."""
        try:
            return await self._run("SELECT pg_try_advisory_lock($1)", key)
        except BaseException:
            await asyncio.shield(self._release(key))
            raise

    async def _release(self, key: int) -> None:
        try:
            await self._run("SELECT pg_advisory_unlock($1)", key)
        except LocksUnavailable:
            return  # the connection is gone, and the lock with it

    async def _run(self, statement: str, key: int) -> bool:
        async with self._one_statement:
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(
                        self._url,
                        timeout=10,
                        command_timeout=10,
                        server_settings={"application_name": "resolutionflow"},
                    )
                return bool(await self._connection.fetchval(statement, key))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise LocksUnavailable(type(error).__name__) from error


def _key(name: str) -> int:
    """A name as the number that PostgreSQL takes."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
