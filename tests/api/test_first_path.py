"""The main path: from a ticket to a verified note, over HTTP, with the playbook pilot."""

from __future__ import annotations

import httpx

from infra.simulators.connectwise.server import SimulatorServer
from tests.support.waiting import until


async def test_a_session_from_a_ticket_ends_with_one_verified_note(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    started = await engineer.post("/ai-sessions", json={"psa_ticket_id": "48231"})
    assert started.status_code == 201, started.text
    session = started.json()

    async def detail() -> dict | None:
        body = (await engineer.get(f"/ai-sessions/{session['id']}")).json()
        return body if any(m["role"] == "pilot" for m in body["messages"]) else None

    page = await until(detail, what="the first reply")
    print(page)
    assert page["lane"]
