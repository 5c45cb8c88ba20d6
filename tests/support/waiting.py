"""Waiting for a condition instead of for time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(
    probe: Callable[[], Awaitable[T | None]],
    *,
    within: float = 20,
    what: str = "the condition",
    every: float = 0.02,
) -> T:
    """The first answer of `probe` that is not None or False. Fails after `within` seconds; looks `every` so many."""
    limit = asyncio.timeout(within)
    try:
        async with limit:
            while True:
                found = await probe()
                if found is not None and found is not False:
                    return found
                await asyncio.sleep(every)
    except TimeoutError:
        if limit.expired():
            raise AssertionError(f"{what} did not come true within {within} s") from None
        raise
