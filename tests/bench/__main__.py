"""Run the measurements on servers of their own and print them against their goals.

`python -m tests.bench` runs all, `python -m tests.bench --only reads lists` some. `BENCH_REPEATS` (100) is how
often each thing is done, `BENCH_STORM` (500) how many turns the busy account of `fairness` has waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from tests.bench.engine import measure_engine
from tests.bench.fairness import measure_fairness
from tests.bench.growth import measure_growth
from tests.bench.reads import measure_reads
from tests.bench.report import Report
from tests.bench.servers import Bench, running_bench
from tests.bench.session_lists import measure_session_lists
from tests.bench.start_up import cold_and_warm_start
from tests.bench.streaming import measure_streaming
from tests.bench.web_client import measure_web_client

REPEATS = int(os.environ.get("BENCH_REPEATS", "100"))
RESULTS = Path(__file__).parent / "results"

PARTS: dict[str, Callable[[Report, Bench, int], Awaitable[None]]] = {
    "engine": measure_engine,
    "reads": measure_reads,
    "lists": measure_session_lists,
    "growth": measure_growth,
    "streaming": measure_streaming,
    "fairness": measure_fairness,
}
WEB = "web"
START_UP = "start-up"


def save(report: Report) -> str:
    """Keep the figures beside earlier ones; answers the file's name."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{report.at:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return path.name


async def main() -> None:
    arguments = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report = Report(
        machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}", at=datetime.now(UTC)
    )
    wanted = arguments.only or [*PARTS, WEB, START_UP]
    parts = {name: measure for name, measure in PARTS.items() if name in wanted}
    if parts:
        async with running_bench() as bench:
            for measure in parts.values():
                await measure(report, bench, REPEATS)
    if WEB in wanted:
        await measure_web_client(report)
    if START_UP in wanted and not arguments.no_start_up:
        await cold_and_warm_start(report)
    sys.stdout.write(report.table() + "\n")
    if not arguments.no_save:
        sys.stdout.write(f"saved as {save(report)}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", nargs="+", choices=[*PARTS, WEB, START_UP], help="run these parts alone")
    parser.add_argument("--no-start-up", action="store_true", help="leave out the two starts of the stack")
    parser.add_argument("--no-save", action="store_true", help="print the table, keep no file")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
