"""How long `make up` takes until it says that everything runs: in a fresh clone, and again in the same."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from infra.stack.ports import free_ports
from tests.bench.report import Figure, Report

PROJECT = Path(__file__).parents[2]
COLD_GOAL = 240.0
WARM_GOAL = 15.0
GIVE_UP = 900.0
_PORTS = ("PORT", "POSTGRES_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "SIMULATOR_PORT")


async def cold_and_warm_start(report: Report) -> None:
    """Clone what is committed, start it twice. The package caches of the machine are as they are."""
    with tempfile.TemporaryDirectory(prefix="resolutionflow-start-") as folder:
        clone = Path(folder) / "clone"
        await _run("git", "clone", "--quiet", str(PROJECT), str(clone), cwd=PROJECT)
        cold = await _seconds_until_ready(clone)
        warm = await _seconds_until_ready(clone)
    report.add(Figure("make up in a fresh clone (Temporal cached)", cold, COLD_GOAL, "s"))
    report.add(Figure("make up again", warm, WARM_GOAL, "s"))


async def _seconds_until_ready(clone: Path) -> float:
    ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TEMPORAL_", "DATABASE_"))
        },
        **{f"RESOLUTIONFLOW_{name}": str(port) for name, port in ports.items()},
    }
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        "make",
        "up",
        cwd=clone,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    seen: list[str] = []
    try:
        async with asyncio.timeout(GIVE_UP):
            async for line in process.stdout:
                seen.append(line.decode(errors="replace"))
                if "Ready after" in seen[-1]:
                    return time.monotonic() - started
        raise RuntimeError("make up ended before it was ready:\n" + "".join(seen[-20:]))
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
        await process.communicate()
        sys.stdout.write(f"make up: {time.monotonic() - started:.0f} s with its stop\n")


async def _run(*command: str, cwd: Path) -> None:
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd)
    if await process.wait() != 0:
        raise RuntimeError(f"{command[0]} failed")
