"""How much a provider may send: reading stops where no answer is as long."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

MOST_BYTES = 32 * 1024 * 1024
"""Of one answer with all that is around it. The longest reply that is kept is some megabytes of events."""


async def limit_answer(response: httpx2.Response) -> None:
    """A hook of the HTTP client. Reading more than the limit raises httpx2.ReadError, as a line that is cut does."""
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Limited(response.stream)


class _Limited(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise httpx2.ReadError("The answer is longer than any answer may be.")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
