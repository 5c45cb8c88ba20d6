"""One holder at a time, over all processes, and none that is dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from infra.database.effect_locks import EffectLocks, LocksUnavailable
from infra.stack.ports import free_port
from infra.stack.postgres import EmbeddedPostgres


@pytest.fixture
async def processes(postgres: EmbeddedPostgres) -> AsyncIterator[list[EffectLocks]]:
    """The locks of two processes."""
    both = [EffectLocks(postgres.app_url()) for _ in range(2)]
    yield both
    for one in both:
        await one.aclose()


async def test_what_one_holds_nobody_else_gets(processes: list[EffectLocks]) -> None:
    here, there = processes
    async with here.hold("post the note") as ours:
        assert ours
        for other in processes:
            async with other.hold("post the note") as also:
                assert not also
        async with there.hold("another note") as another:
            assert another
    async with there.hold("post the note") as later:
        assert later


async def test_an_error_in_the_block_lets_it_go(processes: list[EffectLocks]) -> None:
    here, there = processes
    with pytest.raises(ValueError, match="refused"):
        async with here.hold("post the note"):
            raise ValueError("refused")
    async with there.hold("post the note") as ours:
        assert ours


async def test_a_process_that_dies_holds_nothing(processes: list[EffectLocks]) -> None:
    here, there = processes
    async with here.hold("post the note") as ours:
        assert ours
        await here.aclose()
        async with there.hold("post the note") as theirs:
            assert theirs


@pytest.mark.parametrize("lost", [TimeoutError, asyncio.CancelledError], ids=["too late", "given up"])
async def test_a_lock_whose_answer_was_lost_is_held_by_nobody(
    processes: list[EffectLocks], monkeypatch: pytest.MonkeyPatch, lost: type[BaseException]
) -> None:
    here, there = processes
    fetchval = asyncpg.Connection.fetchval

    async def answer_is_lost(*arguments: Any, **options: Any) -> Any:
        await fetchval(*arguments, **options)
        monkeypatch.undo()
        raise lost

    async with here.hold("another note"):
        monkeypatch.setattr(asyncpg.Connection, "fetchval", answer_is_lost)
        with pytest.raises(LocksUnavailable if lost is TimeoutError else lost):
            async with here.hold("post the note"):
                raise AssertionError("the block must not run")
        async with there.hold("post the note") as ours:
            assert ours
        async with there.hold("another note") as also:
            assert not also, "what was held before still is"


async def test_without_the_database_nothing_is_begun() -> None:
    with pytest.raises(LocksUnavailable):
        async with EffectLocks(f"postgresql+asyncpg://nobody:x@127.0.0.1:{free_port()}/none").hold("x"):
            raise AssertionError("the block must not run")
