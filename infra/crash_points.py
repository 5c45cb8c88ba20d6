"""The places at which the death of a worker could lose something or do it twice.

The shared code that every step passes through says where it is; tests listen, and let a worker die there. In
production nobody listens and a place costs one comparison. No configuration reaches this: only code can listen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum


class CrashPoint(StrEnum):
    """Where a step is. A transaction and a write outside pass theirs each time."""

    BEFORE_STEP = "before the step"
    BEFORE_COMMIT = "after the effect, before the commit"
    AFTER_COMMIT = "after the commit"
    AFTER_OUTSIDE_WRITE = "after the effect in another system"
    AFTER_MODEL = "after the answer of the model"
    BEFORE_ANSWER = "before the answer"


Listener = Callable[[CrashPoint], Awaitable[None]]

_listener: Listener | None = None


async def reached(point: CrashPoint) -> None:
    """Say that the code is at this place. Whatever the listener raises goes through."""
    if _listener is not None:
        await _listener(point)


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[None]:
    """Let `listener` hear of every place that is passed in this process while the block runs."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before
