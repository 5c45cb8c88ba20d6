"""What the processes under measurement have used: CPU time and memory, each family told apart."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from typing import Self

import psutil

HARNESS = "harness"
"""The measuring process itself: what it uses would be the engineers' machines in production."""


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, of its children, and of those of its children that have ended."""
    total = 0.0
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return total
    for process in family:
        # A child that ends while we look is counted with its parent next time.
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def resident_megabytes(pid: int) -> float:
    """Memory of one process that is in use, in MiB."""
    used: int = psutil.Process(pid).memory_info().rss
    return used / 2**20


@dataclass(frozen=True)
class Usage:
    """CPU seconds between two looks, by family; `elapsed` seconds have passed, `busy` is all cores' busy time."""

    cpu: dict[str, float]
    elapsed: float
    busy: float

    @property
    def busy_share(self) -> float:
        """How much of the machine was busy with anything, from 0 to 1."""
        return self.busy / (self.elapsed * (psutil.cpu_count() or 1))

    def share(self, family: str) -> float:
        """How much of the machine a family had, from 0 to 1."""
        return self.cpu[family] / (self.elapsed * (psutil.cpu_count() or 1))

    def milliseconds_each(self, count: int) -> dict[str, float]:
        """CPU milliseconds by family for each of `count` things that were done."""
        return {family: seconds * 1000 / count for family, seconds in self.cpu.items()}


class Consumers:
    """Families of processes, each by its oldest. The harness is one of them, without those it has started."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._before = self._look()

    def _look(self) -> tuple[float, float, dict[str, float]]:
        own = psutil.Process(os.getpid()).cpu_times()
        cpu = {family: cpu_seconds(pid) for family, pid in self._pids.items()}
        whole = psutil.cpu_times()
        return time.monotonic(), _busy(whole), {**cpu, HARNESS: own.user + own.system}

    def start(self) -> Self:
        """Count from now."""
        self._before = self._look()
        return self

    def used(self) -> Usage:
        """What was used since `start`."""
        at, busy, cpu = self._look()
        at_before, busy_before, cpu_before = self._before
        return Usage(
            {family: seconds - cpu_before[family] for family, seconds in cpu.items()},
            at - at_before,
            busy - busy_before,
        )


def _busy(times: object) -> float:
    """All but idle time and waiting for disks; `guest` is counted in `user` already."""
    names = ("user", "nice", "system", "irq", "softirq", "steal")
    return sum(getattr(times, name, 0.0) for name in names)
