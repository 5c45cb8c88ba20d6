"""How long `make up` takes until it says that everything runs: on a fresh copy, and again on the same."""

from __future__ import annotations

from tests.bench.report import Report


async def cold_and_warm_start(report: Report) -> None:
    raise RuntimeError("see below")
