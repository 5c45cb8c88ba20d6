"""A server that calls itself a PSA and never comes to an end costs a bounded amount of memory."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from domain.psa import PsaError
from infra.psa.connectwise import transport
from tests.psa.conftest import Connect

PAGE = json.dumps([{"id": 1, "name": "x" * 1000}] * 100)
"""Some 100 kB."""


async def test_a_list_that_never_ends_is_given_up_before_it_fills_the_memory(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_LISTED_BYTES", 10 * len(PAGE))
    asked: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        body, link = json.dumps({"Codebase": "v2025_1/", "SiteUrl": "", "CompanyName": "X"}), ""
        if number := re.search(r"[?&]page=(\d+)", request):
            asked.append(int(number[1]))
            body, link = PAGE, f'Link: <http://127.0.0.1/?page={asked[-1] + 1}>; rel="next"\r\n'
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"{link}Connection: close\r\n\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        psa = connect(host=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(PsaError, match="too many"):
            await psa.boards()
    assert asked == list(range(1, 12))
