"""What belongs to another account looks exactly like what does not exist, on every route with an id."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.streams import event_stream
from tests.support.tenants import Tenant

SESSION_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", "/messages", None),
    ("GET", "/events", None),
    ("GET", "/facts", None),
    ("GET", "/suggested-fixes/active", None),
    ("POST", "/messages", {"text": "hello"}),
    ("POST", "/chat", {"text": "hello"}),
    ("POST", "/items", {"items": [{"item_id": str(uuid4()), "answer": "yes"}]}),
    ("POST", "/facts", {"text": "a fact"}),
    ("GET", "/facts?deleted=true", None),
    ("POST", "/facts/promote", {"source_type": "ai_synthesis", "proposed_text": "a fact"}),
    ("PATCH", f"/facts/{uuid4()}", {"text": "a fact"}),
    ("DELETE", f"/facts/{uuid4()}", None),
    ("POST", f"/facts/{uuid4()}/restore", None),
    ("POST", f"/items/{uuid4()}/reopen", None),
    ("GET", "/suggested-fixes", None),
    ("POST", "/suggested-fixes/{fix}/decision", {"decision": "build_template"}),
    ("POST", "/suggested-fixes/{fix}/decision", {"decision": "dismissed"}),
    ("PATCH", "/suggested-fixes/{fix}/script", {"ai_drafted_script": "Get-Service"}),
    ("DELETE", "/suggested-fixes/{fix}/ai-outcome-proposal", None),
    ("POST", "/suggested-fixes/{fix}/resume", None),
    ("POST", "/suggested-fixes/{fix}/restore", None),
    ("POST", "/suggested-fixes/{fix}/still-checking", None),
    ("POST", "/stop", None),
    ("POST", "/retry", None),
    ("POST", "/pause", None),
    ("POST", "/resume", None),
    ("POST", "/abandon", {"reason": "not ours"}),
    ("POST", "/reopen", None),
    ("POST", "/pick-up", None),
    ("GET", "/post-log", None),
    ("GET", "/share-links", None),
    ("POST", "/share-links", {}),
    ("DELETE", f"/share-links/{uuid4()}", None),
    ("POST", "/ticket", {"psa_ticket_id": "48231"}),
    ("GET", "/spin-off-tickets", None),
    ("POST", "/spin-off-tickets", {"summary": "another problem"}),
    ("POST", "/suggested-fixes/{fix}/apply", None),
    ("PATCH", "/suggested-fixes/{fix}/outcome", {"outcome": "applied_success"}),
    ("POST", "/resolution-note/preview", None),
    ("POST", "/resolution-note/post", {"markdown": "## Problem"}),
]


async def test_a_session_of_another_account_is_not_found_on_any_route(
    desk: Desk, other_engineer: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The VPN of the branch office drops every hour")
    fix = await journey.until_fix()
    before = await journey.detail()
    for method, route, body in SESSION_ROUTES:
        told = []
        for session_id in (journey.id, str(uuid4())):
            path = f"/ai-sessions/{session_id}{route.format(fix=fix['id'])}"
            answer = await other_engineer.request(method, path, json=body)
            problem = assert_problem(answer, 404, "session_not_found")
            told.append({key: value for key, value in problem.items() if key != "request_id"})
        assert told[0] == told[1], f"{method} {route} tells that a foreign session exists"
    assert await journey.detail() == before


async def test_lists_hold_the_own_account_only(desk: Desk, other_engineer: httpx.AsyncClient) -> None:
    await Journey.start(desk.engineer, text="The disk of the file server is full")
    for query in ({"scope": "team"}, {"scope": "mine"}, {"scope": "team", "q": "disk"}):
        answer = await other_engineer.get("/ai-sessions", params=query)
        assert answer.json() == {"items": [], "next_cursor": None}


async def test_a_cursor_of_another_account_shows_nothing_of_it(
    desk: Desk, other_engineer: httpx.AsyncClient
) -> None:
    for number in range(2):
        await Journey.start(desk.engineer, text=f"Session {number} for the cursor")
    page = (await desk.engineer.get("/ai-sessions", params={"limit": 1})).json()
    answer = await other_engineer.get("/ai-sessions", params={"scope": "team", "cursor": page["next_cursor"]})
    assert answer.json()["items"] == []


async def test_a_key_of_one_account_is_free_in_another(desk: Desk, other_engineer: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": f"shared-{uuid4()}"}
    ids = set()
    for client in (desk.engineer, other_engineer):
        answer = await client.post("/ai-sessions", json={"text": "The same words"}, headers=headers)
        assert answer.status_code == 201
        ids.add(answer.json()["id"])
    assert len(ids) == 2


async def test_a_connection_of_another_account_is_not_found_and_not_listed(
    application: Application,
    administrator: httpx.AsyncClient,
    engineer: httpx.AsyncClient,
    tenant: Tenant,
    desk: Desk,
    psa: SimulatorServer,
) -> None:
    assert [one["id"] for one in (await administrator.get("/integrations/psa/connections")).json()] == [
        str(tenant.connection_id)
    ]
    assert (await desk.admin.get("/integrations/psa/connections")).json() == []
    psa.forget_requests()
    for action in ("test", "deactivate"):
        answer = await desk.admin.post(f"/integrations/psa/connections/{tenant.connection_id}/{action}")
        assert_problem(answer, 404, "connection_not_found")
    named = {"connection_id": str(tenant.connection_id)}
    for path in ("/boards", "/tickets/search", "/tickets/48231"):
        answer = await desk.engineer.get(f"/integrations/psa{path}", params=named)
        assert_problem(answer, 404, "connection_not_found")
    answer = await desk.engineer.post(
        "/ai-sessions", json={"psa_ticket_id": "48231", "psa_connection_id": str(tenant.connection_id)}
    )
    assert_problem(answer, 404, "connection_not_found")
    assert psa.requests() == [], "the PSA of another account was asked"
    assert (await engineer.get("/integrations/psa/boards", params=named)).json()["boards"]


async def test_a_fix_or_item_of_another_session_is_not_found(desk: Desk) -> None:
    first = await Journey.start(desk.engineer, text="The printer on the second floor is offline")
    second = await Journey.start(desk.engineer, text="The printer on the third floor is offline")
    fix = await first.until_fix()
    item = (await first.detail())["lane"][0]["id"]
    before = await first.detail()
    apply = await desk.engineer.post(second.path(f"/suggested-fixes/{fix['id']}/apply"))
    assert_problem(apply, 404, "fix_not_found")
    assert_problem(await second.outcome(fix, "applied_success"), 404, "fix_not_found")
    body = {"items": [{"item_id": item, "answer": "yes"}]}
    assert_problem(await desk.engineer.post(second.path("/items"), json=body), 404, "item_not_found")
    assert await first.detail() == before


async def test_events_of_one_session_never_reach_the_stream_of_another(
    desk: Desk, other_engineer: httpx.AsyncClient
) -> None:
    theirs = await Journey.start(other_engineer, text="Their problem")
    ours = await Journey.start(desk.engineer, text="Our problem")
    async with event_stream(other_engineer, theirs.id) as stream:
        await ours.say("Something that is only for us")
        await theirs.say("Something of their own")
        await stream.until("reply.completed")
        assert "only for us" not in str(stream.seen)
        assert "Something of their own" in str(stream.seen)
