"""A client that costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Self


class PlainClient:
    """One connection that is kept open. Requests one after the other, without a body; answers only JSON sizes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._token = token

    @classmethod
    async def connect(cls, url: str, token: str) -> Self:
        """`url` is `http://host:port`; `token` goes with every request."""
        host, _, port = url.removeprefix("http://").partition(":")
        return cls(*await asyncio.open_connection(host, int(port), limit=2**22), token)

    async def request(self, method: str, path: str) -> bytes:
        """The body of a 200. Raises RuntimeError for any other answer."""
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Length: 0\r\n\r\n".encode()
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length: ", 1)[1].split("\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        if not head.startswith("http/1.1 200 "):
            raise RuntimeError(f"{method} {path}: {head.splitlines()[0]}: {body[:300]!r}")
        return body

    async def aclose(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


class PlainStream:
    """One event stream, as a browser has it open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, url: str, token: str, path: str, last_event_id: int | None = None) -> Self:
        """Open `path` at `http://host:port`, from now or after an event. Raises RuntimeError unless it answers 200."""
        host, _, port = url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        resume = "" if last_event_id is None else f"Last-Event-ID: {last_event_id}\r\n"
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n{resume}\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if not head.startswith("http/1.1 200 ") or "transfer-encoding: chunked" not in head:
            raise RuntimeError(f"GET {path}: {head.splitlines()[0]}")
        return cls(reader, writer)

    async def events(self) -> AsyncIterator[dict[str, str]]:
        """The fields of each event, until the connection ends on either side."""
        rest = ""
        try:
            while (size := int(await self._reader.readuntil(b"\r\n"), 16)) > 0:
                rest += (await self._reader.readexactly(size + 2))[:-2].decode()
                *whole, rest = rest.replace("\r\n", "\n").split("\n\n")
                for event in whole:
                    yield dict(line.split(": ", 1) for line in event.split("\n") if ": " in line)
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    async def aclose(self) -> None:
        """Hang up."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return
