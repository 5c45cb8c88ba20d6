"""A server that stops lets requests end, and tells those that take too long to come again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from api.middleware import RequestFrame
from tests.support.problems import assert_problem
from tests.support.waiting import until


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


@asynccontextmanager
async def _serving(waiting: Waiting) -> AsyncIterator[tuple[uvicorn.Server, str]]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        RequestFrame(waiting.app), log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve(sockets=[listener]))

    async def started() -> bool:
        return server.started

    await until(started, what="the server")
    try:
        yield server, f"http://127.0.0.1:{listener.getsockname()[1]}/wait"
    finally:
        server.should_exit = True
        await task
        listener.close()


async def test_a_request_that_outlasts_its_patience_is_told_to_come_again() -> None:
    waiting = Waiting()
    async with _serving(waiting) as (server, url), httpx.AsyncClient() as http:
        request = asyncio.create_task(http.get(url))
        await waiting.asked.wait()
        server.should_exit = True
        answer = await request
    assert_problem(answer, 503, "shutting_down")
    assert answer.headers["Retry-After"] == "2"


async def test_a_request_that_ends_in_time_gets_its_answer() -> None:
    waiting = Waiting()
    async with _serving(waiting) as (server, url), httpx.AsyncClient() as http:
        request = asyncio.create_task(http.get(url))
        await waiting.asked.wait()
        server.should_exit = True
        waiting.released.set()
        answer = await request
    assert (answer.status_code, answer.json()) == (200, "done")
