"""Who has a session open at the moment, over all processes of the API. Nothing of it is stored.

Each process tells the others over NOTIFY which streams it holds, again and again; what was not told of for a while is
taken for gone, so that the viewers of a process that died disappear by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import structlog

logger = structlog.get_logger()

CHANNEL = "session_presence"
BEAT_SECONDS = 15.0
SWEEP_SECONDS = 3.0
FORGOTTEN_AFTER_SECONDS = 36.0
"""Two beats may be lost; with the sweep, viewers of a process that died are gone within 40 seconds."""
TOLD_AT_ONCE = 8
"""Streams in one notice, which must stay below 8 kB with the longest of names."""
OUTBOX_LENGTH = 1_000
FAREWELL_SECONDS = 2.0

Send = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Viewer:
    """Somebody who has the session open. Two tabs of one user are one viewer."""

    user_id: UUID
    name: str


@dataclass(frozen=True)
class _Stream:
    """One open stream: held by this process, or told of by another one at `heard_at`."""

    viewer: Viewer
    heard_at: float | None = None


class Presence:
    """The streams that this process knows of, by session. `changed` is called with a session whose viewers changed.

    `send` hands a notice to the other processes. A notice that is lost is made up for by the next beat.
    """

    def __init__(
        self, send: Send, changed: Callable[[UUID], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._changed = changed
        self._clock = clock
        self._process = uuid4().hex
        self._streams: dict[UUID, dict[str, _Stream]] = {}
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue(OUTBOX_LENGTH)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to tell the others and to forget those who are silent."""
        self._tasks = [asyncio.create_task(one) for one in (self._deliver(), self._beat(), self._sweep())]

    async def aclose(self) -> None:
        """Say that those who are still here have gone, wait a moment until it is told, and end."""
        for some in _batches([[str(session_id), stream_id] for session_id, stream_id, _ in self._own()]):
            self._tell({"gone": some})
        if self._tasks:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._outbox.join(), FAREWELL_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def viewing(self, session_id: UUID, viewer: Viewer | None) -> Iterator[None]:
        """Be seen in a session while the block lasts."""
        if viewer is None:
            yield
            return
        stream_id = uuid4().hex
        self._set(session_id, {stream_id: _Stream(viewer)})
        # Those who were there first tell of themselves.
        self._tell({"here": [self._told(session_id, stream_id, viewer)], "who": [str(session_id)]})
        try:
            yield
        finally:
            self._drop(session_id, [stream_id])
            self._tell({"gone": [[str(session_id), stream_id]]})

    def viewers(self, session_id: UUID) -> list[Viewer]:
        """Everybody who has the session open, once each, by name."""
        viewers = {
            stream.viewer.user_id: stream.viewer for stream in self._streams.get(session_id, {}).values()
        }
        return sorted(viewers.values(), key=lambda viewer: (viewer.name, viewer.user_id))

    def tell_all(self, *, ask: bool = False) -> None:
        """Tell the others of every stream of this process; with `ask`, have them answer with theirs."""
        for some in _batches([self._told(*stream) for stream in self._own()]):
            self._tell({"here": some})
        if ask:
            self._tell({"who": None})

    def forget_silent(self) -> None:
        """Drop the streams that no process has told of for too long."""
        oldest = self._clock() - FORGOTTEN_AFTER_SECONDS
        for session_id, streams in list(self._streams.items()):
            silent = [
                stream_id
                for stream_id, stream in streams.items()
                if stream.heard_at is not None and stream.heard_at < oldest
            ]
            if silent:
                self._drop(session_id, silent)

    def heard(self, payload: str) -> None:
        """Take in what a process has told. What cannot be read is left out: another version may have said it."""
        try:
            notice = json.loads(payload)
            if notice["from"] == self._process:
                return
            for session, stream_id, user, name in notice.get("here", ()):
                stream = _Stream(Viewer(UUID(user), name), self._clock())
                self._set(UUID(session), {stream_id: stream})
            for session, stream_id in notice.get("gone", ()):
                self._drop(UUID(session), [stream_id])
            if "who" in notice:
                self._answer(notice["who"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("presence.unreadable", error=type(error).__name__)

    def _answer(self, sessions: Sequence[str] | None) -> None:
        if sessions is None:
            self.tell_all()
            return
        asked = set(map(UUID, sessions))
        for some in _batches([self._told(*stream) for stream in self._own() if stream[0] in asked]):
            self._tell({"here": some})

    def _own(self) -> list[tuple[UUID, str, Viewer]]:
        return [
            (session_id, stream_id, stream.viewer)
            for session_id, streams in self._streams.items()
            for stream_id, stream in streams.items()
            if stream.heard_at is None
        ]

    def _set(self, session_id: UUID, streams: dict[str, _Stream]) -> None:
        before = self.viewers(session_id)
        self._streams.setdefault(session_id, {}).update(streams)
        if self.viewers(session_id) != before:
            self._changed(session_id)

    def _drop(self, session_id: UUID, stream_ids: Sequence[str]) -> None:
        before = self.viewers(session_id)
        streams = self._streams.get(session_id, {})
        for stream_id in stream_ids:
            streams.pop(stream_id, None)
        if not streams:
            self._streams.pop(session_id, None)
        if self.viewers(session_id) != before:
            self._changed(session_id)

    @staticmethod
    def _told(session_id: UUID, stream_id: str, viewer: Viewer) -> list[str]:
        return [str(session_id), stream_id, str(viewer.user_id), viewer.name]

    def _tell(self, notice: dict[str, Any]) -> None:
        """Queue it, so that notices leave in the order in which things happened. A full queue drops it."""
        with contextlib.suppress(asyncio.QueueFull):
            self._outbox.put_nowait({"from": self._process, **notice})

    async def _deliver(self) -> None:
        while True:
            notice = await self._outbox.get()
            try:
                await self._send(json.dumps(notice, ensure_ascii=False))
            except Exception as error:
                # Whatever it was: who is there is worth less than anything else the process does.
                logger.warning("presence.not_told", error=type(error).__name__)
            finally:
                self._outbox.task_done()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self.tell_all()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.forget_silent()


def _batches(streams: list[list[str]]) -> Iterator[list[list[str]]]:
    for at in range(0, len(streams), TOLD_AT_ONCE):
        yield streams[at : at + TOLD_AT_ONCE]
