"""What operators ask: is it alive, is it ready, what does it count."""

from __future__ import annotations

import httpx

from api.middleware import SECURITY_HEADERS
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey


async def test_health_and_readiness_need_no_sign_in(application: Application) -> None:
    async with httpx.AsyncClient(base_url=application.url) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json() == {"status": "ready", "down": {}}


async def test_metrics_count_requests_by_route_and_never_by_id(application: Application, desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    await desk.engineer.get("/ai-sessions/no-id")
    async with httpx.AsyncClient(base_url=application.url) as client:
        await client.get("/some/page/of/the/client")
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = [
        line for line in answer.text.splitlines() if line.startswith("resolutionflow_http_requests_total")
    ]
    assert any('method="GET"' in line and "{session_id}" in line and 'status="200"' in line for line in lines)
    assert any('status="422"' in line for line in lines)
    assert 'route="other"' in answer.text
    assert journey.id not in answer.text
    assert "/some/page" not in answer.text
    assert "resolutionflow_http_request_seconds_bucket" in answer.text


async def test_answers_of_a_running_server_carry_the_security_headers(
    application: Application, desk: Desk
) -> None:
    for answer in (
        await desk.engineer.get("/ai-sessions"),
        await desk.engineer.get("/ai-sessions/no-id"),
        await desk.engineer.post("/ai-sessions", content=b"x" * 300_000),
    ):
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]
