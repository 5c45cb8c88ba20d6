"""Exceptions as they stand in logs: where they came from and of what kind, without their words.

The message of an exception may quote what an engineer or a client wrote, or what a ticketing system answered, and the
SDK of Temporal logs every step that failed.
"""

from __future__ import annotations

import traceback
from types import TracebackType

import structlog
from structlog.typing import ExcInfo

from infra.storage.store import StorageUnavailable
from infra.temporal.payload_keys import PayloadUnreadable

TELLABLE = (PayloadUnreadable, StorageUnavailable)
"""Their messages promise to hold no content, and say what is to be done."""


def describe(exc_info: ExcInfo) -> str:
    """The chain of exceptions, the one that was raised last at the end, as Python shows it."""
    _, error, frames = exc_info
    return "\n".join(_chain(error, frames, set()))


def _chain(error: BaseException, frames: TracebackType | None, seen: set[int]) -> list[str]:
    seen.add(id(error))
    lines = []
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        lines += [*_chain(before, before.__traceback__, seen), "which led to:"]
    lines += [line.rstrip("\n") for line in traceback.format_tb(frames)]
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            lines += _chain(one, one.__traceback__, seen)
    return [*lines, _name(error)]


def _name(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, TELLABLE):
        return f"{name}: {error}"
    # Ours have a stable code; the SDK hands on the name of the exception that a step raised.
    told = [str(value) for value in (getattr(error, "code", None), getattr(error, "type", None)) if value]
    return f"{name} ({', '.join(told)})" if told else name


render_exception = structlog.processors.ExceptionRenderer(describe)
