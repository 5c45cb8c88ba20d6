"""An attempt at a step ends before the server gives it up: two of them never work at the same time."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.failures import in_time
from domain.psa import PsaUnavailable


def _within(limit: timedelta) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, start_to_close_timeout=limit)
    return environment


async def test_a_step_that_outlasts_its_attempt_is_ended_sooner_and_may_be_tried_again() -> None:
    ended = False

    @in_time
    async def slow() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended = True

    with pytest.raises(PsaUnavailable, match="did not answer in time"):
        await _within(timedelta(milliseconds=50)).run(slow)
    assert ended


async def test_a_step_in_time_answers_and_fails_as_it_does() -> None:
    @in_time
    async def step(fails: bool) -> str:
        if fails:
            raise TimeoutError("of its own")
        return "done"

    assert await _within(timedelta(seconds=60)).run(step, False) == "done"
    with pytest.raises(TimeoutError, match="of its own"):
        await _within(timedelta(seconds=60)).run(step, True)


async def test_a_step_that_the_worker_cancels_is_cancelled() -> None:
    begun = asyncio.Event()

    @in_time
    async def slow() -> None:
        begun.set()
        await asyncio.Event().wait()

    environment = _within(timedelta(seconds=60))
    running = asyncio.ensure_future(environment.run(slow))
    await begun.wait()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
