"""Reading a session's event stream as a browser does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

WITHIN = 20.0


@dataclass(frozen=True)
class Event:
    """One server-sent event; `id` only on durable ones."""

    type: str
    data: dict[str, Any]
    id: int | None = None


class EventReader:
    """Events of one open stream, in the order they arrived. `seen` keeps all that were read.

    Who has the session open has nothing to do with what happens in it: `presence.changed` is read by who wants it.
    """

    def __init__(self, response: httpx.Response, *, with_presence: bool = False) -> None:
        self._lines = response.aiter_lines()
        self._left_out = {"heartbeat"} if with_presence else {"heartbeat", "presence.changed"}
        self.seen: list[Event] = []

    async def next(self) -> Event | None:
        """The next event, heartbeats left out; None when the server has ended the stream."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(WITHIN):
            async for line in self._lines:
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                    continue
                if fields and fields.get("event") not in self._left_out:
                    event = Event(
                        fields["event"],
                        json.loads(fields["data"]),
                        int(fields["id"]) if "id" in fields else None,
                    )
                    self.seen.append(event)
                    return event
                fields = {}
        return None

    async def until(self, type_: str, count: int = 1) -> Event:
        """Read on until an event of this type has come `count` times."""
        while True:
            event = await self.next()
            assert event is not None, f"the stream ended before {type_}"
            if event.type == type_:
                count -= 1
                if count == 0:
                    return event

    def of(self, type_: str) -> list[Event]:
        return [event for event in self.seen if event.type == type_]

    @property
    def durable_ids(self) -> list[int]:
        return [event.id for event in self.seen if event.id is not None]

    def reply_text(self) -> str:
        """Prose of the last reply as a page puts it together: a reset replaces, a delta appends."""
        text = ""
        for event in self.seen:
            if event.type == "reply.reset":
                text = event.data["text"]
            elif event.type == "reply.delta":
                text += event.data["text"]
        return text


@asynccontextmanager
async def event_stream(
    client: httpx.AsyncClient,
    session_id: str,
    *,
    after: int | None = None,
    with_presence: bool = False,
    piece_interval_ms: int | None = None,
) -> AsyncIterator[EventReader]:
    """Open the stream, from now or after a number."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    params = {} if piece_interval_ms is None else {"piece_interval_ms": piece_interval_ms}
    path = f"/ai-sessions/{session_id}/events"
    async with client.stream("GET", path, headers=headers, params=params) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield EventReader(response, with_presence=with_presence)
