"""Following a pilot's stream: the raw reply as it grows, its prose for readers, and a sign of life for the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from temporalio import activity

from activities.turn.publisher import ReplyPublisher
from domain.markers import ProseStream
from domain.pilot import Pilot, PilotUnavailable, ReplyDelta, ReplyEnd, TurnContext
from domain.text import drop_unstorable
from infra.crash_points import CrashPoint, reached

REPLY_CHARACTERS = 200_000
"""A reply longer than this is cut: a model that never ends must not fill memory or the page."""

REPLY_SECONDS = 110.0
"""A reply that takes longer is cut too, less than the providers' own limit: what was said until then is kept."""

SILENCE_SECONDS = 60.0
"""A model that says nothing for so long does not answer, however alive its connection is."""

HEARTBEAT_SECONDS = 1.0


class Reply:
    """A reply as it grows."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._started = time.monotonic()
        self.length = 0
        self.end: ReplyEnd | None = None
        self.cut = False
        self.seconds = 0.0

    def add(self, text: str) -> str:
        """Take a piece; answers what of it still fits."""
        piece = text[: max(0, REPLY_CHARACTERS - self.length)]
        if piece:
            self._parts.append(piece)
        self.length += len(piece)
        self.cut = self.cut or len(piece) < len(text)
        self.seconds = time.monotonic() - self._started
        return piece

    @property
    def raw(self) -> str:
        return "".join(self._parts)


class _TimeOver(Exception):
    """The reply has taken as long as it may."""


class _SilentTooLong(Exception):
    """The model has said nothing for as long as it may."""


async def stream_reply(pilot: Pilot, context: TurnContext, publisher: ReplyPublisher, reply: Reply) -> None:
    """Collect the raw reply and publish its prose until it ends, or is as long as it may get.

    Raises PilotUnavailable when the model falls silent, or has said nothing when its time is over.
    """
    prose = ProseStream()
    async with aclosing(_timely(pilot.stream_reply(context), publisher)) as parts:
        try:
            async for part in parts:
                if isinstance(part, ReplyEnd):
                    reply.end = part
                    continue
                await publisher.add(prose.feed(reply.add(drop_unstorable(part.text))))
                if reply.cut:
                    break
        except _SilentTooLong:
            said = "stopped in the middle of its reply" if reply.length else "did not answer in time"
            raise PilotUnavailable(f"The model {said}.") from None
        except _TimeOver:
            if reply.length == 0:
                raise PilotUnavailable("The model did not answer in time.") from None
            reply.cut = True
    reply.add("")
    await reached(CrashPoint.AFTER_MODEL)
    if publisher.published:
        await publisher.add(prose.finish())
        await publisher.flush()


async def _timely(
    parts: AsyncIterator[ReplyDelta | ReplyEnd], publisher: ReplyPublisher
) -> AsyncGenerator[ReplyDelta | ReplyEnd, None]:
    """The parts as they come; when the model pauses, what it has said until then goes out.

    Raises _TimeOver after REPLY_SECONDS, and _SilentTooLong after SILENCE_SECONDS without a part.
    """
    ends_at = time.monotonic() + REPLY_SECONDS
    try:
        while True:
            silent_at = time.monotonic() + SILENCE_SECONDS
            following = asyncio.ensure_future(anext(parts))
            try:
                due_in = publisher.due_in()
                if due_in is not None and not (await asyncio.wait({following}, timeout=due_in))[0]:
                    await publisher.flush()
                left = max(0.0, min(ends_at, silent_at) - time.monotonic())
                done, _ = await asyncio.wait({following}, timeout=left)
                if time.monotonic() >= ends_at:
                    raise _TimeOver
                if not done:
                    raise _SilentTooLong
                part = await following
            except StopAsyncIteration:
                return
            finally:
                if following.cancel():  # a generator that still runs cannot be closed
                    await asyncio.gather(following, return_exceptions=True)
                elif not following.cancelled():
                    following.exception()  # seen, also where the time was over at the same moment
            yield part
    finally:
        if isinstance(parts, AsyncGenerator):  # a reply that is cut must not hold its connection
            await parts.aclose()


@asynccontextmanager
async def heartbeating(reply: Reply) -> AsyncIterator[None]:
    """Heartbeat while the block runs, also while the model says nothing; a stop arrives with the next one.

    The first one comes after a second: a turn that has just begun is known to live, and most of a short one would be
    telling so. What operators see of a running turn is how many characters it has got.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            activity.heartbeat({"characters": reply.length})

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
