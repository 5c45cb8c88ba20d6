"""A server that stops lets requests end, and tells those that take too long to come again."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI

from api.middleware import RequestFrame
from tests.support.problems import assert_problem
from tests.support.serving import serving


class Waiting:
    """An application with one address, whose answer comes when it is released."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.released = asyncio.Event()
        self.app = FastAPI()
        self.app.get("/wait")(self._wait)

    async def _wait(self) -> str:
        self.asked.set()
        await self.released.wait()
        return "done"


async def _asked_while_it_stops(waiting: Waiting, *, released: bool) -> httpx.Response:
    """The answer to a request that is under way when the server is asked to stop."""
    app = RequestFrame(waiting.app)
    async with (
        serving(app, lifespan="off", timeout_graceful_shutdown=1) as (server, url),
        httpx.AsyncClient() as http,
    ):
        request = asyncio.create_task(http.get(f"{url}/wait"))
        await waiting.asked.wait()
        server.should_exit = True
        if released:
            waiting.released.set()
        return await request


async def test_a_request_that_outlasts_its_patience_is_told_to_come_again() -> None:
    answer = await _asked_while_it_stops(Waiting(), released=False)
    assert_problem(answer, 503, "shutting_down")
    assert answer.headers["Retry-After"] == "2"


async def test_a_request_that_ends_in_time_gets_its_answer() -> None:
    answer = await _asked_while_it_stops(Waiting(), released=True)
    assert (answer.status_code, answer.json()) == (200, "done")
