"""Hears what commits announce, for many sessions at once: one connection, each announcement read once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

COMMITS_A_TURN = 3
"""Message stored, reply begun, reply stored."""


class Announcements:
    """Counts the commits of sessions. `TurnWatch` in `measure` does so for a single one."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._waiting: dict[str, tuple[int, asyncio.Future[None]]] = {}

    def on_notice(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """Take one announcement."""
        session_id = json.loads(str(payload))["session_id"]
        self._seen[session_id] += 1
        count, called = self._waiting.get(session_id, (0, None))
        if called is not None and self._seen[session_id] >= count:
            del self._waiting[session_id]
            if not called.done():
                called.set_result(None)

    def forget(self, session_id: UUID) -> None:
        """Count from nothing."""
        self._seen.pop(str(session_id), None)

    async def turn(self, session_id: UUID) -> None:
        """Wait for the commits of one turn since the last call. One waits for a session at a time."""
        key = str(session_id)
        if self._seen[key] < COMMITS_A_TURN:
            called = asyncio.get_running_loop().create_future()
            self._waiting[key] = (COMMITS_A_TURN, called)
            await called
        self._seen[key] -= COMMITS_A_TURN


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Announcements]:
    """Announcements of the database at an SQLAlchemy URL."""
    announcements = Announcements()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.add_listener("session_events", announcements.on_notice)
    try:
        yield announcements
    finally:
        await connection.close()
