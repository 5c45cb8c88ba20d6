"""Ports for a Temporal server whose members find each other through PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Callable

from infra.stack.ports import is_taken

HIGHEST = 32767
"""The server keeps its members' ports in a column of type `smallint`."""
LOWEST = 20000


def member_ports(count: int, *, taken: Callable[[int], bool] = is_taken) -> list[int]:
    """`count` different loopback ports that nobody listens on right now, none above `HIGHEST`."""
    drawn = random.sample(range(LOWEST, HIGHEST + 1), k=HIGHEST + 1 - LOWEST)
    free: list[int] = []
    for port in drawn:
        if len(free) == count:
            return free
        if not taken(port):
            free.append(port)
    raise RuntimeError(f"fewer than {count} free ports between {LOWEST} and {HIGHEST}")
