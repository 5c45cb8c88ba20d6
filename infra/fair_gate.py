"""A limited number of places that parties share fairly: whoever has the fewest gets the next one."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairGate:
    """`places` in all, and at most `places_each` for one party, so that a newcomer need not wait for anybody to end.

    For one event loop. Whoever waits is served in the order of arrival within its party, and never forgotten: a
    place that becomes free is handed over at once, also when the one it was meant for has given up meanwhile.
    """

    def __init__(self, places: int, places_each: int) -> None:
        if not 0 < places_each <= places:
            raise ValueError("a party gets at least one place, and not more than there are")
        self._free = places
        self._places_each = places_each
        self._inside: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """Parties in the order in which they were served last, or began to wait."""

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(len(queue) for queue in self._waiting.values())

    @asynccontextmanager
    async def place(self, party: str) -> AsyncIterator[None]:
        """Hold a place while the block runs; waits for it."""
        await self._enter(party)
        try:
            yield
        finally:
            self._leave(party)

    async def _enter(self, party: str) -> None:
        if party not in self._waiting and self._may_enter(party):
            self._take(party)
            return
        called = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party, deque()).append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave(party)  # it was called in the very moment in which it gave up
            else:
                self._forget(party, called)
            raise

    def _may_enter(self, party: str) -> bool:
        return self._free > 0 and self._inside[party] < self._places_each

    def _take(self, party: str) -> None:
        self._free -= 1
        self._inside[party] += 1

    def _leave(self, party: str) -> None:
        self._free += 1
        self._inside[party] -= 1
        if not self._inside[party]:
            del self._inside[party]
        self._call_next()

    def _call_next(self) -> None:
        while candidates := [party for party in self._waiting if self._may_enter(party)]:
            party = min(candidates, key=lambda one: self._inside[one])
            called = self._waiting[party][0]
            self._waiting[party] = self._waiting.pop(party)
            self._forget(party, called)
            if not called.done():
                self._take(party)
                called.set_result(None)

    def _forget(self, party: str, called: asyncio.Future[None]) -> None:
        queue = self._waiting[party]
        queue.remove(called)
        if not queue:
            del self._waiting[party]
