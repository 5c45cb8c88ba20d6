"""Whoever stops a run gets the prompt back, and no process is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.chaos.stand_in import SLEEPERS
from tests.support.waiting import until

PROJECT = Path(__file__).parents[2]


class Run:
    """A run of stand-ins in a session of its own, like the one of a terminal."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.below: set[psutil.Process] = set()

    async def until_paused(self) -> None:
        """All its processes run, and one of them is paused."""

        async def paused() -> bool:
            self.below |= set(psutil.Process(self.process.pid).children(recursive=True))
            children = sum(one.is_running() and one.name() == "sleep" for one in self.below)
            return children == len(SLEEPERS) and any(
                _status(one) == psutil.STATUS_STOPPED for one in self.below
            )

        await until(paused, within=60, what="a paused process")

    async def until_stopping(self) -> None:
        """Somebody has asked the first of them to end."""

        async def stopping() -> bool:
            return any(_status(one) is None for one in self.below)

        await until(stopping, within=60, what="the end of the first process")

    async def ended(self) -> int:
        async with asyncio.timeout(60):
            return await self.process.wait()

    async def none_left(self) -> None:
        async def none() -> bool:
            return not self.left()

        await until(none, within=5, what="the end of every process")

    def left(self) -> list[psutil.Process]:
        return [one for one in self.below if _status(one) not in (None, psutil.STATUS_ZOMBIE)]


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.stand_in", "--seed", "1", "--no-save"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(tmp_path), "CHAOS_PAUSE": "1.75"},
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    run = Run(process)
    try:
        yield run
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        for one in run.left():
            one.kill()


@pytest.mark.parametrize("presses", [1, 2])
async def test_ctrl_c_ends_every_process_also_those_that_are_paused(run: Run, presses: int) -> None:
    await run.until_paused()
    for _ in range(presses):
        os.killpg(run.process.pid, signal.SIGINT)
        await run.until_stopping()
    assert await run.ended() == 130
    await run.none_left()


def _status(process: psutil.Process) -> str | None:
    try:
        return process.status()
    except psutil.NoSuchProcess:
        return None
