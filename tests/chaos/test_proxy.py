"""The line passes everything on, and breaks where it is told to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.chaos.proxy import Proxy

COMMAND, STREAM = "/api/v1/ai-sessions/1/messages", "/api/v1/ai-sessions/1/events"


class Api:
    """Answers commands, and begins streams that go on until they are cut."""

    def __init__(self) -> None:
        self.commands = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(65536):
            if b"/events " in request:
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                await writer.drain()
                writer.write(b"10\r\nid: 1\ndata: {}\n\n\r\n")
            else:
                self.commands += 1
                writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()


@pytest.fixture
async def api() -> AsyncIterator[tuple[Api, Proxy, httpx.AsyncClient]]:
    api = Api()
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    async with (
        Proxy(server.sockets[0].getsockname()[1]) as proxy,
        httpx.AsyncClient(base_url=proxy.url, trust_env=False) as http,
    ):
        yield api, proxy, http
    server.close()


Line = tuple[Api, Proxy, httpx.AsyncClient]


async def test_commands_and_streams_pass(api: Line) -> None:
    _, _, http = api
    assert (await http.post(COMMAND)).status_code == 202
    async with http.stream("GET", STREAM) as stream:
        assert await anext(stream.aiter_lines()) == "id: 1"


async def test_an_answer_is_lost_after_the_command_has_arrived(api: Line) -> None:
    served, proxy, http = api
    proxy.lose_answers(1)
    with pytest.raises(httpx.TransportError):
        await http.post(COMMAND)
    assert served.commands == 1
    assert (await http.post(COMMAND)).status_code == 202
    assert proxy.done["answers lost"] == 1


async def test_a_stream_is_cut_before_its_first_event(api: Line) -> None:
    _, proxy, http = api
    proxy.cut_before_first_event(1)
    async with http.stream("GET", STREAM) as stream:
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        with pytest.raises(httpx.TransportError):
            await anext(lines)
    async with http.stream("GET", STREAM) as stream:
        assert await anext(stream.aiter_lines()) == "id: 1"


async def test_open_connections_are_cut(api: Line) -> None:
    _, proxy, http = api
    async with http.stream("GET", STREAM) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "id: 1"
        proxy.cut(random.Random(1), 1.0)
        with pytest.raises(httpx.TransportError):
            await _rest(lines)


async def test_a_cut_that_meets_nobody_meets_the_next_one(api: Line) -> None:
    served, proxy, http = api
    proxy.cut(random.Random(1), 1.0)
    with pytest.raises(httpx.TransportError):
        await http.post(COMMAND)
    assert (await http.post(COMMAND)).status_code == 202
    assert served.commands == proxy.done["connections cut"] == 1


async def test_a_slow_line_holds_back_one_piece_at_least(api: Line) -> None:
    _, proxy, http = api
    proxy.slow_down(delay=0.01, lasting=0)
    for _ in range(2):
        assert (await http.post(COMMAND)).status_code == 202
    assert proxy.done["pieces held back"] == 1


async def _rest(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


async def test_after_all_it_behaves(api: Line) -> None:
    served, proxy, http = api
    proxy.lose_answers(5)
    proxy.behave()
    assert (await http.post(COMMAND)).status_code == 202
    assert served.commands == 1
