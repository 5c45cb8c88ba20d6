"""One signed-in person whose page repeats a request with the same key until it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import httpx

from tests.chaos.ledger import Answer, Entry, Kind, Ledger

Json = dict[str, Any]
PSA_VERDICTS = frozenset({"psa_post_failed", "psa_status_unverified"})
"""Answers of 502 that say how it ended. The others say that somebody was away."""

SAME_ANSWER = frozenset({Kind.MESSAGE, Kind.ANSWERS, Kind.FACT, Kind.CORRECT})
"""Commands whose answer tells nothing that changes afterwards."""

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_ANSWER_WITHIN = 45.0


@dataclass(frozen=True)
class Sent:
    """A command that was acknowledged, so that it can be sent once more, and what it was answered."""

    entry: Entry
    method: str
    path: str
    body: Json | None
    said: Json


class Refused(Exception):
    """The product answered no. `code` is the problem's."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


@dataclass
class Person:
    """Sends what an engineer asks for. `base_url` is that of the line that chaos cuts."""

    base_url: str
    email: str
    password: str
    ledger: Ledger
    choice: random.Random
    account: str = ""
    """The name of the account in this run. What of another account is shown here goes into the ledger."""
    sent: list[Sent] = field(default_factory=list)
    _http: httpx.AsyncClient | None = None
    _token: str | None = None
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def command(
        self,
        kind: Kind,
        session: str,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        mark: str = "",
        ticket: str | None = None,
        detail: str = "",
    ) -> Json:
        """Send it under a key of its own until it is answered, and record the answer. Raises Refused."""
        entry = Entry(session, kind, str(uuid4()), mark, time.time(), ticket, detail)
        self.ledger.sending(entry)
        answer = await self._until_answered(method, path, body, entry)
        said: Json = answer.json() if answer.content else {}
        code = None if answer.is_success else str(said.get("code"))
        if kind is Kind.START and answer.is_success:
            entry.session = said["id"]
        # A 502 that says how it ended has been recorded like any other answer: the command itself was taken.
        taken = answer.is_success or (answer.status_code == 502 and code in PSA_VERDICTS)
        self.ledger.answered(
            entry, Answer.ACKNOWLEDGED if taken else Answer.REFUSED, answer.status_code, code
        )
        if taken:
            self.sent.append(Sent(entry, method, path, body, said))
        if not answer.is_success:
            raise Refused(answer.status_code, code or "")
        return said

    async def repeat(self, sent: Sent) -> None:
        """Send it once more under its key. An answer that tells otherwise than the first goes into the ledger."""
        entry = sent.entry
        answer = await self._until_answered(
            sent.method, sent.path, sent.body, replace(entry, unsure=Counter())
        )
        said: Json = answer.json() if answer.content else {}
        same = answer.status_code == entry.status
        if entry.kind is Kind.START:  # it is answered by the session as it is now
            same = same and said["id"] == sent.said["id"]
        elif entry.kind in SAME_ANSWER:
            same = same and said == sent.said
        self.ledger.repeated += 1
        if not same:
            self.ledger.differently(
                entry, f"{answer.status_code} {said}, and first {entry.status} {sent.said}"
            )

    async def read(self, path: str, method: str = "GET") -> Json:
        """A read, or a preview: nothing comes of it, so nothing is recorded. Raises Refused."""
        answer = await self._until_answered(method, path, None, None)
        said: Json = answer.json()
        if not answer.is_success:
            raise Refused(answer.status_code, str(said.get("code")))
        return said

    async def change(self, path: str, body: Json) -> None:
        """Set something that is the same whether it is set once or twice. Raises Refused."""
        answer = await self._until_answered("PUT", path, body, None)
        if not answer.is_success:
            raise Refused(answer.status_code, str(answer.json().get("code")))

    async def trespass(self, method: str, path: str, body: Json | None = None) -> None:
        """Try what only another account may do. An answer other than "there is no such thing" goes into the ledger."""
        keyed = Entry("", Kind.FACT, str(uuid4()), "", time.time())
        answer = await self._until_answered(method, path, body, keyed)
        if answer.status_code == 404:
            self.ledger.trespasses += 1
        else:
            self.ledger.crossing(f"{self.account} was answered {answer.status_code} to {method} {path}")

    @asynccontextmanager
    async def stream(self, session: str, after: int) -> AsyncIterator[httpx.Response]:
        """The session's event stream after a number, on a connection of its own."""
        headers = {**await self._authorized(), "Last-Event-ID": str(after)}
        timeout = httpx.Timeout(20, read=40)  # the server says something every fifteen seconds
        async with (
            httpx.AsyncClient(base_url=f"{self.base_url}/api/v1", timeout=timeout, trust_env=False) as http,
            http.stream("GET", f"/ai-sessions/{session}/events", headers=headers) as response,
        ):
            self._look_for_defect(response)
            if response.status_code == 401:
                self._token = None
            response.raise_for_status()
            yield response

    async def _until_answered(
        self, method: str, path: str, body: Json | None, entry: Entry | None
    ) -> httpx.Response:
        pause = 0.2
        while True:
            answer, why = await self._try(method, path, body, entry)
            if answer is not None:
                self.ledger.shown(self.account, f"{method} {path}", answer.text)
                return answer
            if entry is not None:
                entry.unsure[why] += 1
            await asyncio.sleep(pause * self.choice.uniform(0.7, 1.3))
            pause = min(pause * 1.5, 2.0)

    async def _try(
        self, method: str, path: str, body: Json | None, entry: Entry | None
    ) -> tuple[httpx.Response | None, str]:
        try:
            headers = await self._authorized()
            if entry is not None:
                headers["Idempotency-Key"] = entry.key
            answer = await self._client().request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            return None, type(error).__name__
        if answer.status_code == 401:
            self._token = None
            return None, "401"
        self._look_for_defect(answer)
        if answer.status_code not in _AGAIN:
            return answer, ""
        code = ""
        with contextlib.suppress(ValueError, AttributeError):
            code = str(answer.json().get("code"))
        if answer.status_code == 502 and code in PSA_VERDICTS:
            return answer, ""
        return None, f"{answer.status_code} {code}".strip()

    def _look_for_defect(self, answer: httpx.Response) -> None:
        """An outage has codes of its own: whoever answers 500 did not know what has happened."""
        if answer.status_code == 500:
            self.ledger.defect(f"{answer.request.method} {answer.request.url.path} was answered 500")

    async def _authorized(self) -> dict[str, str]:
        async with self._signing_in:
            if self._token is None:
                credentials = {"email": self.email, "password": self.password}
                answer = await self._client().post("/auth/login", json=credentials)
                self._look_for_defect(answer)
                if answer.status_code != 200:
                    raise SignInFailed(f"sign-in {answer.status_code}")
                self._token = str(answer.json()["access_token"])
        return {"Authorization": f"Bearer {self._token}"}

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                base_url=f"{self.base_url}/api/v1",
                timeout=_ANSWER_WITHIN,
                limits=httpx.Limits(max_connections=100, keepalive_expiry=5),
                trust_env=False,
            )
        return self._http


class SignInFailed(httpx.TransportError):
    """Signing in was answered by an outage."""
