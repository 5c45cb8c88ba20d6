"""The event stream of one session: durable events from the rows, prose of a running reply from notices."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sse_starlette import ServerSentEvent

from api.event_hub import EventHub, Notice, Subscription
from api.presence import Viewer
from api.session_reads import read_running_turn
from domain.vocabulary import EventType
from infra.database.connection import Database
from infra.database.faults import is_transient
from infra.database.models import SessionEvent

logger = structlog.get_logger()

BATCH = 200
PERMISSION_ASKED_EVERY = 30.0
_NOTHING: Notice = {"kind": "nothing"}
_ENDS = (EventType.REPLY_COMPLETED, EventType.REPLY_FAILED)


class SessionStream:
    """One client's stream. Durable events carry their number as `id`; a client resumes after the last one it saw."""

    def __init__(
        self,
        database: Database,
        hub: EventHub,
        account_id: UUID,
        session_id: UUID,
        last_seq: int,
        viewer: Viewer | None = None,
        may_go_on: Callable[[], Awaitable[bool]] | None = None,
        piece_interval: float = 0.0,
        closing: asyncio.Event | None = None,
    ) -> None:
        self._database = database
        self._hub = hub
        self._account_id = account_id
        self._session_id = session_id
        self._last_seq = last_seq
        self._viewer = viewer
        self._may_go_on = may_go_on
        self._closing = closing
        self._viewers_told: list[Viewer] | None = None
        self._turn_id: str | None = None
        # Rows are read ahead of notices: pieces of a reply that has ended already come late and are dropped.
        self._ended_turn_id: str | None = None
        self._position = 0
        # Text that was not sent yet: pieces come no more often than the client wants them.
        self._piece_interval = piece_interval
        self._held = ""
        self._release_at = 0.0
        self._next_check = time.monotonic() + PERMISSION_ASKED_EVERY

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Subscribe first, then read what was missed, so that nothing falls in between.

        Pieces of a reply that arrive within `piece_interval` seconds of the last one are sent as one.

        Ends when the database is away: the client comes back with the last number it saw. Ends too when `may_go_on`
        says no, which is asked from time to time: a stream outlives the token it was opened with, and a client that
        reads slowly what it has missed can make that last for hours; and when `closing` is set, because the process
        ends.
        """
        with (
            self._hub.subscribe(self._session_id) as subscription,
            _ended_by(self._closing, subscription),
            self._hub.presence.viewing(self._session_id, self._viewer),
        ):
            try:
                async with aclosing(self._told(subscription)) as told:
                    async for event in told:
                        if await self._is_over():
                            return
                        yield event
            except Exception as error:
                if not is_transient(error):
                    raise
                logger.warning("events.stream_ended", error=type(error).__name__)

    async def _told(self, subscription: Subscription) -> AsyncGenerator[ServerSentEvent]:
        async for event in self._catch_up():
            yield event
        if (viewers := self._presence()) is not None:
            yield viewers
        while not await self._is_over():
            moment = min(self._next_check, self._release_at) if self._held else self._next_check
            if (notice := await _next_before(subscription, moment)) is None:
                return
            async for event in self._on_notice(notice):
                yield event

    async def _is_over(self) -> bool:
        """Whether the client may read no more, asked when it was not asked for a while."""
        if self._may_go_on is None or time.monotonic() < self._next_check:
            return False
        self._next_check = time.monotonic() + PERMISSION_ASKED_EVERY
        return not await self._may_go_on()

    async def _on_notice(self, notice: Notice) -> AsyncIterator[ServerSentEvent]:
        # Whatever happens after words were said is told after them.
        if self._held and (notice["kind"] != "delta" or notice["turn_id"] != self._turn_id):
            yield self._release()
        match notice["kind"]:
            case "event":
                if notice["seq"] > self._last_seq:
                    async for event in self._durable():
                        yield event
            case "delta":
                self._hold(notice)
                if self._held and time.monotonic() >= self._release_at:
                    yield self._release()
            case "reset":
                self._turn_id, self._position = notice["turn_id"], 0
                yield _transient("reply.reset", {"turn_id": notice["turn_id"], "text": ""})
            case "presence":
                if (viewers := self._presence()) is not None:
                    yield viewers
            case "resync":
                async for event in self._catch_up():
                    yield event

    async def _catch_up(self) -> AsyncIterator[ServerSentEvent]:
        async for event in self._durable():
            yield event
        async with self._database.tenant(self._account_id) as db:
            running = await read_running_turn(db, self._session_id)
        if running is not None:
            self._turn_id, self._position = str(running.turn_id), len(running.text)
            yield _transient("reply.reset", {"turn_id": self._turn_id, "text": running.text})

    def _presence(self) -> ServerSentEvent | None:
        """Who has the session open, unless the client knows already or is not seen itself."""
        viewers = self._hub.presence.viewers(self._session_id)
        if self._viewer is None or viewers == self._viewers_told:
            return None
        self._viewers_told = viewers
        people = [{"user_id": str(viewer.user_id), "name": viewer.name} for viewer in viewers]
        return _transient("presence.changed", {"people": people})

    def _hold(self, notice: Notice) -> None:
        """Keep a piece of prose for sending, without what the client has got already when it joined."""
        if notice["turn_id"] == self._ended_turn_id:
            return
        if notice["turn_id"] != self._turn_id:
            self._turn_id, self._position = notice["turn_id"], 0
        piece = notice["text"][max(0, self._position - notice["offset"]) :]
        if piece:
            self._held += piece
            self._position = notice["offset"] + len(notice["text"])

    def _release(self) -> ServerSentEvent:
        text, self._held = self._held, ""
        self._release_at = time.monotonic() + self._piece_interval
        return _transient("reply.delta", {"turn_id": self._turn_id, "text": text})

    async def _durable(self) -> AsyncIterator[ServerSentEvent]:
        while True:
            async with self._database.tenant(self._account_id) as db:
                rows = (
                    await db.execute(
                        select(SessionEvent.seq, SessionEvent.type, SessionEvent.payload)
                        .where(SessionEvent.session_id == self._session_id, SessionEvent.seq > self._last_seq)
                        .order_by(SessionEvent.seq)
                        .limit(BATCH)
                    )
                ).all()
            for seq, type_, payload in rows:
                self._last_seq = seq
                if type_ in _ENDS:
                    self._ended_turn_id = payload["turn_id"]
                yield ServerSentEvent(id=str(seq), event=type_.value, data=json.dumps(payload))
            if len(rows) < BATCH:
                return


@contextmanager
def _ended_by(closing: asyncio.Event | None, subscription: Subscription) -> Iterator[None]:
    """End the subscription when the event is set."""
    if closing is None:
        yield
        return
    waiting = asyncio.create_task(closing.wait())
    waiting.add_done_callback(lambda _waiting: subscription.put(None))
    try:
        yield
    finally:
        waiting.cancel()


async def _next_before(subscription: Subscription, moment: float) -> Notice | None:
    """The next notice; at that moment at the latest one that says nothing."""
    try:
        async with asyncio.timeout(max(0.0, moment - time.monotonic())):
            return await subscription.next()
    except TimeoutError:
        return _NOTHING


def _transient(event: str, payload: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(event=event, data=json.dumps(payload))


def heartbeat() -> ServerSentEvent:
    """Sent every 15 seconds. It has a data line, or parsers would drop it."""
    return ServerSentEvent(event="heartbeat", data="{}")
