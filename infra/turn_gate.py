"""Turns of many accounts in one worker: taken in as they come, let at the model by turns of the accounts.

The task queue of a server without fairness hands out its tasks in the order of their arrival. So the worker takes in
more turns than it runs: whoever comes behind a storm of another account is known at once, and passes it at the gate.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from infra.fair_gate import FairGate

AT_ONCE = 50
"""Model calls that a worker makes at a time."""

AT_ONCE_EACH = 40
"""How many of them one account may have: a fifth stays for those who come."""

TAKEN_IN = 600
"""Activities that a worker holds, running or waiting. Those behind them wait in the server's queue."""

GATED = frozenset({"chat_turn", "write_digest"})
"""What comes in storms. A preview or a fact is asked for by a person who waits for it, and passes."""

BEATS_ITSELF = "chat_turn"
"""Tells with its heartbeats how far it is; for the others they are sent here, waiting or not."""

BEAT = timedelta(seconds=2)
"""Well within the heartbeat timeout of these steps; a stop reaches a waiting turn with the next one."""


class TurnGate(Interceptor):
    """Lets turns at the model, fairly by account, and tells Temporal that steps with the model live.

    One for each worker of the models' queue.
    """

    def __init__(self, gate: FairGate | None = None) -> None:
        self.gate = gate or FairGate(AT_ONCE, AT_ONCE_EACH)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """See the base class."""
        return _Gated(next, self.gate)


class _Gated(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, gate: FairGate) -> None:
        super().__init__(next)
        self._gate = gate

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        async with _beating() as beats:
            if info.activity_type not in GATED:
                return await self.next.execute_activity(input)
            async with self._gate.place(info.priority.fairness_key or ""):
                if info.activity_type == BEATS_ITSELF:
                    beats.cancel()
                return await self.next.execute_activity(input)


@asynccontextmanager
async def _beating() -> AsyncIterator[asyncio.Task[None]]:
    """Heartbeats for as long as the task that is given runs: who waits, for its turn or for the model, is alive."""

    async def beat() -> None:
        while True:
            activity.heartbeat({"characters": 0})
            await asyncio.sleep(BEAT.total_seconds())

    task = asyncio.create_task(beat())
    try:
        yield task
    finally:
        task.cancel()
