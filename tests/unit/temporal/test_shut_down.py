"""The queues of a worker process end together: whoever stops it waits for the longest step and not for their sum."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from temporalio.worker import Worker

from infra import worker as worker_module
from infra.worker import shut_down


class Queue:
    """Ends once all of them have been asked to."""

    def __init__(self, all_asked: asyncio.Barrier) -> None:
        self._all_asked = all_asked

    async def shutdown(self) -> None:
        await self._all_asked.wait()


async def test_no_queue_waits_for_another_one_to_end() -> None:
    all_asked = asyncio.Barrier(3)
    async with asyncio.timeout(10):
        await shut_down([cast("Worker", Queue(all_asked)) for _ in range(3)])


async def test_a_process_whose_queues_do_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def left() -> None:
        raise SystemExit

    monkeypatch.setattr(worker_module, "leave", left)
    never = Queue(asyncio.Barrier(2))
    async with asyncio.timeout(10):
        with pytest.raises(SystemExit):
            await shut_down([cast("Worker", never)], timedelta(seconds=0.01))
