"""The engine's floor: the least that any durable message or turn can cost on this machine, in the same run."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
from temporalio import activity, workflow

FLOOR_QUEUE = "bench-floor"


@workflow.defn
class Floor:
    """Updates that do one thing each."""

    @workflow.run
    async def run(self) -> None:
        await asyncio.Future()

    @workflow.update
    async def insert_locally(self, key: str) -> str:
        """A bare update that inserts one row: the floor of an acknowledged message."""
        answer: str = await workflow.execute_local_activity(
            "insert_row", key, result_type=str, start_to_close_timeout=timedelta(seconds=10)
        )
        return answer

    @workflow.update
    async def insert_in_activity(self, key: str) -> str:
        """An update with one activity that does nothing but insert one row: the floor of a turn."""
        answer: str = await workflow.execute_activity(
            "insert_row", key, result_type=str, start_to_close_timeout=timedelta(seconds=10)
        )
        return answer


class FloorActivities:
    """The one insert."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool

    @activity.defn
    async def insert_row(self, key: str) -> str:
        await self._pool.execute("INSERT INTO bench_floor (id) VALUES ($1)", UUID(key))
        return key
