"""Closing what a process holds when it ends, without waiting for those who do not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

logger = structlog.get_logger()

CLOSED_WITHIN = 3.0
"""Seconds for all of it. Whatever is not closed then ends with the process, as it does when one is killed."""


async def close_all(*closers: Callable[[], Awaitable[None]], within: float = CLOSED_WITHIN) -> None:
    """Call one after the other. One that fails, or has no time left, is logged and stands in nobody's way."""
    until = asyncio.get_running_loop().time() + within
    for close in closers:
        try:
            async with asyncio.timeout_at(until):
                await close()
        except Exception as error:
            logger.warning("process.not_closed", what=close.__qualname__, error=type(error).__name__)
