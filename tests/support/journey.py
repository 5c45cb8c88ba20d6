"""Working a session over HTTP as an engineer would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.support.waiting import until

Json = dict[str, Any]


class Journey:
    """One session, worked through the API."""

    def __init__(self, client: httpx.AsyncClient, session: Json) -> None:
        self.client = client
        self.id = session["id"]

    @classmethod
    async def start(cls, client: httpx.AsyncClient, **body: Any) -> Journey:
        """Start a session and wait for the first reply."""
        answer = await client.post("/ai-sessions", json=body)
        assert answer.status_code == 201, answer.text
        journey = cls(client, answer.json())
        await journey.settled()
        return journey

    def path(self, rest: str = "") -> str:
        return f"/ai-sessions/{self.id}{rest}"

    async def detail(self) -> Json:
        answer = await self.client.get(self.path())
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def settled(self, check: Callable[[Json], bool] = lambda _: True) -> Json:
        """The session once no turn is queued or running (and `check` holds)."""

        async def probe() -> Json | None:
            body = await self.detail()
            busy = any(m.get("turn_state") in ("queued", "running") for m in body["messages"])
            return body if not busy and check(body) else None

        return await until(probe, what="the end of the turn")

    async def say(self, text: str, **headers: str) -> Json:
        """Send a message and wait for the reply."""
        answer = await self.client.post(self.path("/messages"), json={"text": text}, headers=headers)
        assert answer.status_code == 202, answer.text
        return await self.settled()

    async def answer_open_items(self) -> Json:
        """Answer everything that is open: the first option of a question, an output for a check."""
        lane = (await self.detail())["lane"]
        items = [
            {"item_id": item["id"], "answer": (item["options"] or ["Yes"])[0]}
            if item["kind"] == "question"
            else {"item_id": item["id"], "output": "Completed without errors"}
            for item in lane
            if item["status"] == "open"
        ]
        answer = await self.client.post(self.path("/items"), json={"items": items})
        assert answer.status_code == 202, answer.text
        return await self.settled()

    async def until_fix(self) -> Json:
        """Answer until the pilot proposes a fix; answers the fix."""
        body = await self.detail()
        for _ in range(15):
            if body["active_fix"] is not None:
                fix: Json = body["active_fix"]
                return fix
            body = await self.answer_open_items()
        raise AssertionError("no fix was proposed within 15 turns")

    async def apply(self, fix: Json) -> Json:
        answer = await self.client.post(self.path(f"/suggested-fixes/{fix['id']}/apply"))
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def outcome(self, fix: Json, outcome: str, notes: str | None = None) -> httpx.Response:
        return await self.client.patch(
            self.path(f"/suggested-fixes/{fix['id']}/outcome"), json={"outcome": outcome, "notes": notes}
        )

    async def preview(self) -> Json:
        answer = await self.client.post(self.path("/resolution-note/preview"))
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def post_note(self, markdown: str, **headers: str) -> httpx.Response:
        return await self.client.post(
            self.path("/resolution-note/post"), json={"markdown": markdown}, headers=headers
        )
