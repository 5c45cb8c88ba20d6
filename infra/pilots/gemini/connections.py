"""Closes what the client leaves open: a stream of its that is dropped would keep its connection until it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Protocol


class _Response(Protocol):
    async def aclose(self) -> None: ...


_received: ContextVar[list[_Response] | None] = ContextVar("received", default=None)


async def remember_response(response: _Response) -> None:
    """A hook of the HTTP client: note the response for whoever waits for it in this context."""
    received = _received.get()
    if received is not None:
        received.append(response)


@asynccontextmanager
async def closing_responses() -> AsyncIterator[None]:
    """At the end of the block the responses received in it are closed, whatever came of them.

    The block may be left in another task than the one that entered it.
    """
    received: list[_Response] = []
    _received.set(received)
    try:
        yield
    finally:
        _received.set(None)
        for response in received:
            await response.aclose()
