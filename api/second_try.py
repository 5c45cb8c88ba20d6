"""Running a request once more when the database let it down."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import structlog
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependencies import KEY_HEADER
from infra.database.faults import is_momentary

logger = structlog.get_logger()

_SAFE = frozenset({"GET", "HEAD", "PUT"})
"""Methods that may be repeated by what HTTP says of them. DELETE is not among ours: a second one may find nothing."""


class SecondTry:
    """Pure ASGI. A connection that broke or a transaction that lost against another is no reason to bother the client.

    Only for requests that have the same effect once or twice: reads, PUT, and those with an `Idempotency-Key` that
    their route reads; only before an answer has begun; and only once, so that an outage is told and not made worse.
    Everything else is reported, and the transaction it was in was rolled back as a whole.
    """

    def __init__(self, app: ASGIApp, without: frozenset[str] = frozenset()) -> None:
        """`without` are paths whose bodies are too large to be kept for a second run."""
        self._app = app
        self._without = without

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._may_run_twice(scope):
            await self._app(scope, receive, send)
            return
        before = dict(scope)
        body = _KeptBody(receive)
        answered = False

        async def send_noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, body.receive, send_noted)
        except Exception as error:
            if answered or not is_momentary(error) or not _is_repeatable(scope):
                raise
            logger.info("api.second_try", error=type(error).__name__)
            _restore(scope, before)
            body.rewind()
            await self._app(scope, body.receive, send)

    def _may_run_twice(self, scope: Scope) -> bool:
        if scope["path"] in self._without:
            return False
        return scope["method"] in _SAFE or KEY_HEADER in Headers(scope=scope)


def _is_repeatable(scope: Scope) -> bool:
    """Whether the route that was taken does the same once or twice: a key helps where it is read, and nowhere else."""
    if scope["method"] in _SAFE:
        return True
    route = scope.get("route")
    return isinstance(route, APIRoute) and any(
        one.alias == KEY_HEADER for one in route.dependant.header_params
    )


class _KeptBody:
    """What was received, to be received again."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []
        self._next = 0

    async def receive(self) -> Message:
        if self._next < len(self._kept):
            self._next += 1
            return self._kept[self._next - 1]
        message = await self._receive()
        if message["type"] == "http.request":
            self._kept.append(message)
            self._next += 1
        return message

    def rewind(self) -> None:
        self._next = 0


def _restore(scope: MutableMapping[str, Any], before: dict[str, Any]) -> None:
    """The same object, because the frame around us reads the route from it."""
    scope.clear()
    scope.update(before)
