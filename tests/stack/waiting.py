"""Waiting for conditions, never for time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], T], what: str, *, limit: float = 60.0) -> T:
    """Polls until the condition is true and returns its value; fails after `limit` seconds."""
    deadline = asyncio.get_running_loop().time() + limit
    while not (value := condition()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"never happened: {what}")
        await asyncio.sleep(0.02)
    return value
