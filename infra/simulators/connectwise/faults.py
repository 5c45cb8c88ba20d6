"""Faults on demand: which requests go wrong, how, and how often."""

from __future__ import annotations

import asyncio
import re
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class FaultKind(StrEnum):
    SILENT_NO_CHANGE = "silent_no_change"  # a success answer, nothing written
    LOST_ANSWER = "lost_answer"  # written, then the connection closes without an answer
    LOST_REQUEST = "lost_request"  # the connection closes before anything is written
    STATUS = "status"  # this status, body and headers instead of the effect
    SLOW = "slow"  # written at once, answered after `seconds`
    DRIP = "drip"  # answered one byte every `seconds`
    REVERT_STATUS = "revert_status"  # a workflow rule sets the ticket's status back after the write
    RESET_IN_BODY = "reset_in_body"  # written, then the connection breaks in the middle of the answer
    # What others do to the ticket just before the request is handled; see `happenings`.
    NOTE_EDITED = "note_edited"
    STATUS_MOVED = "status_moved"
    TICKET_CLOSED = "ticket_closed"
    TICKET_DELETED = "ticket_deleted"
    KEY_REVOKED = "key_revoked"


HAPPENINGS = frozenset(
    {
        FaultKind.NOTE_EDITED,
        FaultKind.STATUS_MOVED,
        FaultKind.TICKET_CLOSED,
        FaultKind.TICKET_DELETED,
        FaultKind.KEY_REVOKED,
    }
)
"""The request itself is answered as ever, by a PSA in which this has happened."""


class Fault(BaseModel):
    """One rule. `path` is a regular expression searched in the path below the API root.

    `times` None means until cleared. With `after` the rule sleeps until a request has been handled well whose
    `METHOD path` that expression is found in. `ticket` is the one that others do something to, by default the one
    in the path.
    """

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    method: str | None = None
    path: str = ""
    times: int | None = Field(default=1, ge=1)
    status: int = 500
    body: str | dict[str, Any] = ""
    headers: dict[str, str] = Field(default_factory=dict)
    seconds: float = Field(default=1.0, ge=0)
    after: str | None = None
    ticket: int | None = None

    def matches(self, method: str, path: str) -> bool:
        if self.after is not None or (self.method is not None and self.method.upper() != method):
            return False
        return re.search(self.path, path) is not None


class Faults:
    """The active rules in the order they were added; the first that matches is used."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def take(self, method: str, path: str) -> Fault | None:
        for rule in self.rules:
            if rule.matches(method, path):
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times == 0:
                        self.rules = [other for other in self.rules if other is not rule]
                return rule
        return None

    def handled(self, method: str, path: str) -> None:
        """A request took effect, whatever becomes of its answer: rules that waited for it are awake."""
        for rule in self.rules:
            if rule.after is not None and re.search(rule.after, f"{method} {path}") is not None:
                rule.after = None


async def break_off(messages: list[Message], send: Send, receive: Receive, raw_send: Send) -> None:
    """Send the headers and half of the body, then break the connection."""
    body = b"".join(message.get("body", b"") for message in messages[1:])
    await send(messages[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await drop_connection(receive, raw_send)


async def drop_connection(receive: Receive, send: Send) -> None:
    """Close the socket without the rest of an answer, as a crashed server or a broken line does.

    ASGI has no word for this, so it reaches for uvicorn's transport behind `send`.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("Lost connections can only be simulated behind uvicorn.")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer_with(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    """Run the application to its end and keep what it would have sent."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return messages


async def drip(messages: list[Message], send: Send, receive: Receive, seconds: float) -> None:
    """Send headers at once and the body byte by byte, until the client has left."""
    left = asyncio.ensure_future(_disconnected(receive))
    try:
        await send(messages[0])
        body = b"".join(message.get("body", b"") for message in messages[1:])
        for position in range(len(body)):
            await asyncio.wait([left], timeout=seconds)
            if left.done():
                return
            await send(
                {
                    "type": "http.response.body",
                    "body": body[position : position + 1],
                    "more_body": position + 1 < len(body),
                }
            )
    finally:
        left.cancel()


async def hold(receive: Receive, seconds: float) -> bool:
    """Wait, or stop early when the client leaves. True when the client is still there."""
    try:
        await asyncio.wait_for(_disconnected(receive), timeout=seconds)
    except TimeoutError:
        return True
    return False


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
