"""One attempt at an effect outside at a time, also where Temporal no longer knows of the one before.

Temporal runs one attempt of an activity at a time, as long as it remembers the workflow. A worker that outlives the
loss of Temporal's data can still be at a request when the workflow, started again from its rows, begins the same step:
both would look, find nothing, and post. What names a step is the same in both, and so is its lock. So it is where an
operator has ended a writeback whose request is under way, and the engineer confirms the note again.
"""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from infra.database.effect_locks import EffectLocks, LocksUnavailable

AGAIN_AFTER = timedelta(seconds=1)

_OF_ONE_ATTEMPT = {"number", "log_time"}
"""What tells the writebacks of a session apart; they are attempts at the same ticket, one after the other."""


class OneAtATime(Interceptor):
    """Guards the activities of these names; the others pass."""

    def __init__(self, locks: EffectLocks, guarded: frozenset[str]) -> None:
        self._locks = locks
        self._guarded = guarded

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Guard(next, self._locks, self._guarded)


class _Guard(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, locks: EffectLocks, guarded: frozenset[str]) -> None:
        super().__init__(next)
        self._locks = locks
        self._guarded = guarded

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        if info.activity_type not in self._guarded:
            return await super().execute_activity(input)
        name = f"{info.activity_type}/{_digest(input.args)}"
        async with AsyncExitStack() as held:
            try:
                ours = await held.enter_async_context(self._locks.hold(name))
            except LocksUnavailable:
                raise ApplicationError(
                    "A part of the system is not reachable (the database).", type="unreachable"
                ) from None
            if not ours:
                raise ApplicationError(
                    "An earlier attempt at this step is still at work.",
                    type="step_still_running",
                    next_retry_delay=AGAIN_AFTER,
                )
            return await super().execute_activity(input)


def _digest(arguments: Any) -> str:
    """Tells effects of one kind apart: those of two sessions, or two second tickets of one."""
    said = "\n".join(
        one.model_dump_json(exclude=_OF_ONE_ATTEMPT) if isinstance(one, BaseModel) else repr(one)
        for one in arguments
    )
    return hashlib.sha256(said.encode()).hexdigest()
