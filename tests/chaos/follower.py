"""Reads a session's event stream like an open page: comes back after each break with the last number it saw."""

from __future__ import annotations

import asyncio
import random
import time

import httpx

from tests.chaos.client import Person
from tests.chaos.ledger import Ledger, Seen, digest


class Follower:
    """Follows one session. `last` is the highest number of a durable event so far."""

    def __init__(self, person: Person, session: str, ledger: Ledger, choice: random.Random) -> None:
        self._person = person
        self._session = session
        self._ledger = ledger
        self._choice = choice
        self.last = 0

    async def run(self, until: int | None = None) -> None:
        """Until it is cancelled, or the event of that number was seen."""
        while until is None or self.last < until:
            try:
                async with self._person.stream(self._session, self.last) as response:
                    await self._read(response, until)
            except httpx.HTTPError:  # the line, the api, or what the api needs was away
                pass
            self._ledger.reconnects += 1
            await asyncio.sleep(self._choice.uniform(0.1, 0.6))

    async def _read(self, response: httpx.Response, until: int | None) -> None:
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
                self._ledger.shown(self._person.account, f"the stream of {self._session}", value)
                continue
            if "id" in fields:
                # Recorded as shown, also when it comes twice or too early: the verdict is not made here.
                content = digest(fields.get("data", "null"))
                event = Seen(int(fields["id"]), fields.get("event", ""), time.time(), content)
                self._ledger.saw(self._session, event)
                self.last = max(self.last, event.seq)
                if until is not None and self.last >= until:
                    return
            fields = {}
