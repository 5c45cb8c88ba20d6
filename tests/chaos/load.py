"""Engineers who repeat a request with the same key until it is answered, as the web client does."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

Json = dict[str, Any]
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
PASSWORD_ROUTE = "/auth/login"


@dataclass
class Engineer:
    """One user; `repeats` counts requests that had to be sent again."""

    base_url: str
    email: str
    password: str
    repeats: int = 0
    _token: str | None = None

    async def send(
        self, method: str, path: str, body: Json | None = None, key: str | None = None
    ) -> httpx.Response:
        """Send until there is an answer that is not an outage. The key makes that safe."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        while True:
            try:
                async with httpx.AsyncClient(base_url=f"{self.base_url}/api/v1", timeout=40) as client:
                    if self._token is None:
                        await self._sign_in(client)
                    headers["Authorization"] = f"Bearer {self._token}"
                    answer = await client.request(method, path, json=body, headers=headers)
            except (httpx.TransportError, SignInFailed):
                answer = None
            if answer is not None and answer.status_code == 401:
                self._token = None
            elif answer is not None and (answer.status_code not in RETRIED or _is_verdict(answer)):
                return answer
            self.repeats += 1
            await asyncio.sleep(0.3)

    async def _sign_in(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(PASSWORD_ROUTE, json={"email": self.email, "password": self.password})
        if answer.status_code != 200:
            raise SignInFailed(answer.status_code)
        self._token = answer.json()["access_token"]


class SignInFailed(Exception):
    """Signing in was answered by an outage."""


def _is_verdict(answer: httpx.Response) -> bool:
    """A PSA that refused is an answer; a PSA or server that was away is not."""
    if answer.status_code != 502:
        return False
    return bool(answer.json().get("code") == "psa_status_unverified")


@dataclass
class WorkedSession:
    """What an engineer was told about one session."""

    engineer: Engineer
    ticket: str
    next_engineer: Engineer | None = None
    """Who picks the session up after it was escalated; without one it is not escalated."""
    id: str = ""
    acknowledged: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    update: str = ""
    second_ticket: str = ""
    package: str = ""

    async def work(self, seconds: float) -> None:
        """Start from a ticket, talk, tell the client, split a ticket off, hand over, talk again, resolve."""
        await self._start()
        await self._talk(seconds / 2)
        await self._share_update()
        await self._spin_off()
        if self.next_engineer is not None:
            await self._hand_over(self.next_engineer)
        await self._talk(seconds / 2)
        await self._confirm("resolution-note", "resolved")

    async def _start(self) -> None:
        started = await self.engineer.send("POST", "/ai-sessions", {"psa_ticket_id": self.ticket})
        self.id = _expect(started, 201)["id"]

    async def _talk(self, seconds: float) -> None:
        """Say things and add facts for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            number = len(self.acknowledged) + 1
            text = f"Message {number} of ticket {self.ticket}: {uuid4()}"
            _expect(await self.engineer.send("POST", f"/ai-sessions/{self.id}/messages", {"text": text}), 202)
            self.acknowledged.append(text)
            fact = f"Fact {number} of ticket {self.ticket}: {uuid4()}"
            _expect(await self.engineer.send("POST", f"/ai-sessions/{self.id}/facts", {"text": fact}), 201)
            self.facts.append(fact)
            await asyncio.sleep(0.5)

    async def _share_update(self) -> None:
        text = f"We are working on it: {uuid4()}"
        body = {"markdown": text, "audience": "client"}
        _expect(await self.engineer.send("POST", f"/ai-sessions/{self.id}/updates", body), 200)
        await self._writeback_ended()
        self.update = text

    async def _spin_off(self) -> None:
        summary = f"Second problem {uuid4()}"
        path = f"/ai-sessions/{self.id}/spin-off-tickets"
        made = _expect(await self.engineer.send("POST", path, {"summary": summary}), 201)
        while made["state"] == "running":
            await asyncio.sleep(0.3)
            rows = _expect(await self.engineer.send("GET", path), 200)["items"]
            made = next(row for row in rows if row["id"] == made["id"])
        self.second_ticket = summary

    async def _hand_over(self, next_engineer: Engineer) -> None:
        self.package = await self._confirm("escalation-package", "escalated")
        _expect(await next_engineer.send("POST", f"/ai-sessions/{self.id}/pick-up"), 200)
        self.engineer = next_engineer

    async def _confirm(self, artifact: str, status: str) -> str:
        """Confirm what the preview shows until the session has that status, as an engineer would press again."""
        path = f"/ai-sessions/{self.id}/{artifact}"
        markdown: str = _expect(await self.engineer.send("POST", f"{path}/preview"), 200)["markdown"]
        while True:
            answer = await self.engineer.send("POST", f"{path}/post", {"markdown": markdown})
            if await self._status() == status:
                return markdown
            if answer.status_code not in (200, 409, 502):
                raise AssertionError(f"confirming was answered {answer.status_code}: {answer.text}")
            await asyncio.sleep(0.3)

    async def _status(self) -> str:
        return str((await self.detail())["session"]["status"])

    async def _writeback_ended(self) -> None:
        while True:
            if (await self.detail())["session"]["writeback"]["state"] != "running":
                return
            await asyncio.sleep(0.3)

    async def detail(self) -> Json:
        return _expect(await self.engineer.send("GET", f"/ai-sessions/{self.id}"), 200)

    async def messages(self) -> list[Json]:
        """The whole conversation, oldest first."""
        found: list[Json] = []
        cursor: str | None = None
        while True:
            query = f"?limit=200&before={cursor}" if cursor else "?limit=200"
            page = _expect(await self.engineer.send("GET", f"/ai-sessions/{self.id}/messages{query}"), 200)
            found = [*page["items"], *found]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


def _expect(answer: httpx.Response, status: int) -> Json:
    if answer.status_code != status:
        raise AssertionError(f"expected {status}, was answered {answer.status_code}: {answer.text}")
    body: Json = answer.json()
    return body
