"""The bench itself, small: what nobody runs for a while would no longer run."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest


@pytest.mark.timeout(300)
async def test_the_bench_measures_and_says_which_goals_it_knows_nothing_of() -> None:
    sizes = {"BENCH_REPEATS": "2", "BENCH_CLIENTS": "10"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench", "--only", "fan-out", "rehydrate", "--strict", "--no-save"),
        env={**os.environ, **sizes},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert "fan-out took" in output, output
    assert "rehydrate took" in output, output
    # Ten clients are not five hundred: what was asked for is not all known.
    assert process.returncode == 2, output
    assert "not measured  none of 500 clients misses an event" in output, output
