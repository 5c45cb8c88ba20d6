"""A client that costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import asyncio
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
