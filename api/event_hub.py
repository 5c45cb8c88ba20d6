"""One LISTEN connection per process, fanned out to the event streams of its clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from api import presence
from api.presence import Presence

logger = structlog.get_logger()

APPLICATION_NAME = "resolutionflow-events"
CHANNELS = ("session_events", "reply_deltas", presence.CHANNEL)
QUEUE_LENGTH = 1_000
"""A client this far behind is cut off; it resumes from the database with Last-Event-ID."""
RECONNECT_SECONDS = (0.5, 1.0, 2.0, 5.0)
PROBE_SECONDS = 15.0

Notice = dict[str, Any]
RESYNC: Notice = {"kind": "resync"}
PRESENCE: Notice = {"kind": "presence"}


class Subscription:
    """The notices of one session for one client. `None` from `next` ends the stream."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Notice | None] = asyncio.Queue(QUEUE_LENGTH)
        self._overflowed = False

    def put(self, notice: Notice | None) -> None:
        """Add without waiting: a slow client never holds up the others."""
        if self._overflowed:
            return
        try:
            self._queue.put_nowait(notice)
        except asyncio.QueueFull:
            self._overflowed = True

    async def next(self) -> Notice | None:
        """The next notice; None when the stream must end."""
        if self._overflowed and self._queue.empty():
            return None
        return await self._queue.get()


class EventHub:
    """Listens as long as the process lives; connects again when the database was away."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._subscriptions: dict[UUID, set[Subscription]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._speaking = asyncio.Lock()
        self.connected = False
        self.presence = Presence(self._tell_other_processes, self._viewers_changed, clock=clock)

    def start(self) -> None:
        """Begin to listen, in the background."""
        self._task = asyncio.create_task(self._listen_for_ever())
        self.presence.start()

    @contextmanager
    def subscribe(self, session_id: UUID) -> Iterator[Subscription]:
        """Receive the notices of a session while the block lasts."""
        subscription = Subscription()
        self._subscriptions[session_id].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[session_id].discard(subscription)
            if not self._subscriptions[session_id]:
                del self._subscriptions[session_id]

    @property
    def open_streams(self) -> int:
        return sum(len(subscriptions) for subscriptions in self._subscriptions.values())

    async def aclose(self) -> None:
        """End all streams and the connection."""
        self._tell_all(None)
        await self.presence.aclose()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen_for_ever(self) -> None:
        attempt = 0
        while True:
            reason = "closed"
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                reason = type(error).__name__
            logger.warning("events.disconnected", reason=reason)
            attempt = 0 if self.connected else attempt + 1
            self.connected = False
            await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])

    async def _listen(self) -> None:
        """Listen until the connection is lost, which is noticed at once when the server says so."""
        connection = await asyncpg.connect(
            self._url, timeout=10, server_settings={"application_name": APPLICATION_NAME}
        )
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        try:
            for channel in CHANNELS:
                await connection.add_listener(channel, self._on_notice)
            self.connected, self._connection = True, connection
            self.presence.tell_all(ask=True)
            # What was said while nobody listened is read from the rows.
            self._tell_all(RESYNC)
            while not lost.is_set():
                try:
                    async with asyncio.timeout(PROBE_SECONDS):
                        await lost.wait()
                except TimeoutError:
                    async with self._speaking:
                        await connection.execute("SELECT 1", timeout=10)
        finally:
            self._connection = None
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)

    async def _tell_other_processes(self, payload: str) -> None:
        """Presence is told over the connection that listens: who cannot be heard of does not hear either."""
        if (connection := self._connection) is None:
            return
        async with self._speaking:
            await connection.execute("SELECT pg_notify($1, $2)", presence.CHANNEL, payload, timeout=10)

    def _viewers_changed(self, session_id: UUID) -> None:
        for subscription in self._subscriptions.get(session_id, ()):
            subscription.put(PRESENCE)

    def _on_notice(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        if channel == presence.CHANNEL:
            self.presence.heard(str(payload))
            return
        notice: Notice = json.loads(str(payload))
        for subscription in self._subscriptions.get(UUID(notice["session_id"]), ()):
            subscription.put(notice)

    def _tell_all(self, notice: Notice | None) -> None:
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.put(notice)
