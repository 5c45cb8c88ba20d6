"""A process that ends does not wait for those who do not answer."""

from __future__ import annotations

import asyncio

from infra.closing import close_all


async def test_the_rest_is_closed_after_one_that_fails() -> None:
    closed = []

    async def fails() -> None:
        raise OSError

    async def closes() -> None:
        closed.append("closed")

    await close_all(fails, closes)
    assert closed == ["closed"]


async def test_nobody_is_waited_for_longer_than_there_is_time() -> None:
    closed = []

    async def never() -> None:
        await asyncio.Event().wait()

    async def at_once() -> None:
        closed.append("closed")

    async with asyncio.timeout(10):
        await close_all(never, never, at_once, within=0.01)
    assert closed == ["closed"]
