"""An answer without an end, of which nothing can be read before its end, is broken off where no answer is as long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from domain.pilot import PilotUnavailable
from domain.vocabulary import ArtifactKind
from infra.pilots import answer_limit
from infra.pilots.anthropic import AnthropicPilot
from infra.pilots.gemini import GeminiPilot
from tests.pilots.talking import Talk
from tests.pilots.test_contract import note_state
from tests.support.waiting import until

LIMIT = 300_000
PIECE = b"x" * 50_000
ON_THE_LINE = 10_000_000
"""What the sockets between the two take in before anybody reads it."""


@dataclass
class Gateway:
    """Sends the beginning of an answer and then one line for ever."""

    url: str
    sent: int = 0
    left: int = 0


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            kind = b"text/event-stream" if b"stream" in head.splitlines()[0].lower() else b"application/json"
            writer.write(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: " + kind + b"\r\n\r\n"
            )
            while True:
                writer.write(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))
                await writer.drain()
                made.sent += len(PIECE)
        except (ConnectionError, asyncio.IncompleteReadError):
            made.left += 1
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    made = Gateway(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    yield made
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("kind", [AnthropicPilot, GeminiPilot])
async def test_an_answer_without_an_end_is_broken_off(
    gateway: Gateway, kind: type[AnthropicPilot | GeminiPilot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_limit, "MOST_BYTES", LIMIT)
    pilot = kind("key", gateway.url)
    try:
        async with asyncio.timeout(20):
            with pytest.raises(PilotUnavailable):
                await Talk(pilot).say("The printer does not print")
            with pytest.raises(PilotUnavailable):
                await pilot.draft_note(ArtifactKind.RESOLUTION_NOTE, note_state())
    finally:
        await pilot.aclose()
    assert gateway.sent < 2 * (LIMIT + ON_THE_LINE)

    async def left() -> bool:
        return gateway.left == 2

    await until(left, what="the end of both connections")
