"""Run the measurements on servers of their own and print them against their goals.

`python -m tests.bench` runs all, `python -m tests.bench --only reads lists` some. It ends with 2 when a part could not
be measured; with `--strict` also when a goal was not, and with 1 when one is missed. `docs/performance.md` says what
the figures mean.

`BENCH_REPEATS` (100) is how often each thing is done, `BENCH_TURNS` (500) the turns of a long session,
`BENCH_SECONDS` (12) how long each load lasts, `BENCH_SESSIONS` (100,000) the rows of a long list, `BENCH_STORM` (500)
the waiting turns of a busy account, `BENCH_CLIENTS` (500) the open streams, `BENCH_IDLE` (5,000) the open sessions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from tests.bench.engine import measure_engine
from tests.bench.fairness import measure_fairness
from tests.bench.fan_out import measure_fan_out
from tests.bench.growth import measure_growth
from tests.bench.idle import measure_idle
from tests.bench.progress import tell
from tests.bench.reads import measure_reads
from tests.bench.rehydrate import measure_rehydrate
from tests.bench.report import UNMEASURED, Report
from tests.bench.servers import Bench, running_bench
from tests.bench.session_lists import measure_session_lists
from tests.bench.start_up import cold_and_warm_start
from tests.bench.streaming import measure_streaming
from tests.bench.throughput import measure_throughput
from tests.bench.web_client import measure_web_client

REPEATS = int(os.environ.get("BENCH_REPEATS", "100"))
RESULTS = Path(__file__).parent / "results"

# What leaves much behind comes late: nothing else is measured beside thousands of open sessions.
PARTS: dict[str, Callable[[Report, Bench, int], Awaitable[None]]] = {
    "engine": measure_engine,
    "throughput": measure_throughput,
    "reads": measure_reads,
    "growth": measure_growth,
    "streaming": measure_streaming,
    "fan-out": measure_fan_out,
    "rehydrate": measure_rehydrate,
    "lists": measure_session_lists,
    "fairness": measure_fairness,
    "idle": measure_idle,
}
ALONE: dict[str, Callable[[Report], Awaitable[None]]] = {
    "web": measure_web_client,
    "start-up": cold_and_warm_start,
}
"""With servers of their own."""

_CORES = {1: "one core", 2: "two shared cores", 4: "four shared cores", 8: "eight shared cores"}


def machine() -> str:
    """What it runs on: cores of a virtual machine are shared with others."""
    cores = os.cpu_count() or 1
    return f"{_CORES.get(cores, f'{cores} shared cores')}, {platform.system()} {platform.machine()}"


def save(report: Report) -> str:
    """Keep the figures beside earlier ones; answers the file's name."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{report.at:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n")
    return path.name


async def run_parts(report: Report, parts: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
    """One after the other. One that fails is told of, and the others are measured all the same."""
    for name, measure in parts.items():
        tell(f"{name} begins")
        started = time.monotonic()
        try:
            await measure()
        except Exception as error:
            report.failures[name] = f"{type(error).__name__}: {error}".splitlines()[0]
            tell(f"{name} could not be measured: {report.failures[name]}")
            traceback.print_exc()
        else:
            report.parts[name] = time.monotonic() - started
            tell(f"{name} took {report.parts[name]:.0f} s")


async def measure(report: Report) -> None:
    """All parts that the report wants, first those that share the servers."""
    if served := [name for name in PARTS if name in report.wanted]:
        try:
            async with running_bench() as bench:
                await run_parts(
                    report, {name: partial(PARTS[name], report, bench, REPEATS) for name in served}
                )
        except Exception as error:
            report.failures["servers"] = f"{type(error).__name__}: {error}".splitlines()[0]
            traceback.print_exc()
    await run_parts(report, {name: partial(ALONE[name], report) for name in ALONE if name in report.wanted})


async def main() -> int:
    arguments = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    wanted = [name for name in (*PARTS, *ALONE) if name in (arguments.only or (*PARTS, *ALONE))]
    if arguments.no_start_up:
        wanted = [name for name in wanted if name != "start-up"]
    report = Report(machine(), datetime.now(UTC), wanted)
    try:
        await measure(report)
    finally:
        # Also when somebody has lost patience: what was measured until then is worth keeping.
        sys.stdout.write(report.table() + "\n")
        if report.parts and not arguments.no_save:
            sys.stdout.write(f"saved as {save(report)}\n")
    if arguments.strict:
        return report.exit_code()
    return UNMEASURED if report.failures else 0


def _arguments() -> argparse.Namespace:
    names = [*PARTS, *ALONE]
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", nargs="+", choices=names, help="run these parts alone")
    parser.add_argument("--strict", action="store_true", help="end with 1 or 2 unless all goals are held")
    parser.add_argument("--no-start-up", action="store_true", help="leave out the two starts of the stack")
    parser.add_argument("--no-save", action="store_true", help="print the table, keep no file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
