"""The line between the clients and the api: it can be cut, it can be slow, and it can lose an answer on its way."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field

from infra.stack.ports import LOOPBACK

CONNECTIONS_CUT = "connections cut"
ANSWERS_LOST = "answers lost"
STREAMS_CUT = "streams cut before their first event"
HELD_BACK = "pieces held back"
ON_THE_LINE = (CONNECTIONS_CUT, ANSWERS_LOST, STREAMS_CUT, HELD_BACK)
"""What it does, as `done` counts it."""

_STREAM = re.compile(rb"GET \S+/events HTTP/")
_COMMAND = re.compile(rb"(?:POST|PATCH|PUT|DELETE) /api/v1/ai-sessions")
_PIECE = 64 * 1024


@dataclass(eq=False)
class _Connection:
    """One client, and what is still to happen to the answer it waits for."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    loses_answer: bool = False
    cut_after_headers: bool = False

    def abort(self) -> None:
        for writer in (self.client, self.server):
            writer.transport.abort()


@dataclass
class Proxy:
    """Listens on a free loopback port and passes everything on to `target`. What it did is counted in `done`."""

    target: int
    done: Counter[str] = field(default_factory=Counter)
    _open: set[_Connection] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _answers_to_lose: int = 0
    _streams_to_cut: int = 0
    _next_is_cut: bool = False
    _next_is_late: bool = False
    _delay: float = 0.0
    _delayed_until: float = 0.0

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._open):
            connection.abort()

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the proxy does not listen yet")
        return f"http://{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    def cut(self, choice: random.Random, share: float) -> None:
        """Break that share of the connections that are open now, whatever they are in the middle of.

        Where that is none, the next one that somebody asks something over.
        """
        chosen = [connection for connection in self._open if choice.random() < share]
        for connection in chosen:
            connection.abort()
            self.done[CONNECTIONS_CUT] += 1
        self._next_is_cut = not chosen

    def slow_down(self, delay: float, lasting: float) -> None:
        """Hold back every piece by `delay` seconds, for `lasting` seconds from now, and one piece at least."""
        self._delay, self._delayed_until = delay, time.monotonic() + lasting
        self._next_is_late = True

    def lose_answers(self, count: int) -> None:
        """The next so many commands reach the api, and their answers do not come back."""
        self._answers_to_lose += count

    def cut_before_first_event(self, count: int) -> None:
        """The next so many streams that are opened again end after their headers, and so do those there are."""
        self._streams_to_cut += count

    def behave(self) -> None:
        """From now on pass on everything."""
        self._answers_to_lose = self._streams_to_cut = 0
        self._next_is_cut = self._next_is_late = False
        self._delayed_until = 0.0

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            client.transport.abort()
            return
        connection = _Connection(client, server)
        self._open.add(connection)
        ways = [
            asyncio.create_task(self._requests(reader, connection)),
            asyncio.create_task(self._answers(answers, connection)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(connection)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for writer in (client, server):
                with contextlib.suppress(OSError):
                    writer.close()

    async def _requests(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        while piece := await reader.read(_PIECE):
            await self._hold_back()
            if self._next_is_cut:
                self._next_is_cut = False
                self.done[CONNECTIONS_CUT] += 1
                connection.abort()
                return
            if self._streams_to_cut > 0 and _STREAM.match(piece):
                self._streams_to_cut -= 1
                connection.cut_after_headers = True
            elif self._answers_to_lose > 0 and _COMMAND.match(piece):
                self._answers_to_lose -= 1
                connection.loses_answer = True
            connection.server.write(piece)
            await connection.server.drain()

    async def _answers(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        while piece := await reader.read(_PIECE):
            await self._hold_back()
            if connection.loses_answer:
                self.done[ANSWERS_LOST] += 1
                connection.abort()
                return
            if connection.cut_after_headers:
                headers, end, _ = piece.partition(b"\r\n\r\n")
                connection.client.write(headers + end)
                await connection.client.drain()
                self.done[STREAMS_CUT] += 1
                connection.client.close()  # after the headers, not instead of them
                return
            connection.client.write(piece)
            await connection.client.drain()

    async def _hold_back(self) -> None:
        if self._next_is_late or time.monotonic() < self._delayed_until:
            self._next_is_late = False
            self.done[HELD_BACK] += 1
            await asyncio.sleep(self._delay)
