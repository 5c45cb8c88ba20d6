"""The simulator refuses what the real API refuses, and can be controlled from another process."""

from typing import Any

import httpx
import pytest

from infra.simulators.anthropic import AnthropicSimulator

HEADERS = {"x-api-key": "key", "anthropic-version": "2023-06-01"}
REQUEST: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "hello"}],
}


async def post(model: AnthropicSimulator, body: Any, headers: dict[str, str] = HEADERS) -> httpx.Response:
    async with httpx.AsyncClient(base_url=model.url, trust_env=False) as client:
        return await client.post("/v1/messages", json=body, headers=headers)


async def test_a_request_is_answered_and_recorded(model: AnthropicSimulator) -> None:
    response = await post(model, REQUEST)
    assert response.status_code == 200
    assert response.json()["content"][0]["text"]
    assert model.requests == [REQUEST]


CACHED = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({}, {"anthropic-version": "2023-06-01"}, 401),
        ({}, {"x-api-key": "key"}, 400),
        ({"max_tokens": None}, HEADERS, 400),
        ({"messages": []}, HEADERS, 400),
        ({"model": "gpt-9"}, HEADERS, 404),
        ({"messages": [{"role": "assistant", "content": "hi"}]}, HEADERS, 400),
        ({"messages": [*REQUEST["messages"], {"role": "assistant", "content": "hi"}]}, HEADERS, 400),
        ({"messages": [{"role": "user", "content": []}]}, HEADERS, 400),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, HEADERS, 400),
        ({"messages": [{"role": "user", "content": [CACHED] * 5}]}, HEADERS, 400),
    ],
)
async def test_what_the_api_would_refuse_is_refused(
    model: AnthropicSimulator, changes: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    response = await post(model, {**REQUEST, **changes}, headers)
    assert response.status_code == status
    assert response.json()["type"] == "error"
    assert model.requests == []


MCP = {"mcp_servers": [{"type": "url", "name": "docs", "url": "https://docs.example/mcp"}]}
TOOLSET = {"tools": [{"type": "mcp_toolset", "mcp_server_name": "docs"}]}
BETA = {**HEADERS, "anthropic-beta": "mcp-client-2025-11-20"}


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({**MCP, **TOOLSET}, BETA, 200),
        ({**MCP, **TOOLSET}, HEADERS, 400),
        (MCP, BETA, 400),
        (TOOLSET, BETA, 400),
    ],
)
async def test_the_connector_needs_its_beta_and_a_toolset_for_each_server(
    model: AnthropicSimulator, changes: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    assert (await post(model, {**REQUEST, **changes}, headers)).status_code == status


@pytest.mark.parametrize(
    ("media_type", "data", "status"),
    [
        ("image/png", "AAAA", 200),
        ("image/svg+xml", "AAAA", 400),
        ("image/png", "?", 400),
        ("image/png", "", 400),
    ],
)
async def test_a_picture_must_be_one(
    model: AnthropicSimulator, media_type: str, data: str, status: int
) -> None:
    source = {"type": "base64", "media_type": media_type, "data": data}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "What is this?"}]
    response = await post(model, {**REQUEST, "messages": [{"role": "user", "content": content}]})
    assert response.status_code == status
    assert len(model.requests) == (status == 200)


async def test_another_process_controls_it_over_http(model: AnthropicSimulator) -> None:
    async with httpx.AsyncClient(base_url=model.url, trust_env=False) as client:
        assert (await client.get("/_simulator/health")).json() == {"status": "ok"}
        added = await client.post("/_simulator/behaviours", json=[{"status": 529}, {"text": "second"}])
        assert added.status_code == 201
        assert (await client.get("/_simulator/behaviours")).json()[0]["status"] == 529
        wrong = await client.post("/_simulator/behaviours", json={"no_such_thing": 1})
        assert wrong.status_code == 422
        assert (await client.post("/v1/messages", json=REQUEST, headers=HEADERS)).status_code == 529
        second = await client.post("/v1/messages", json=REQUEST, headers=HEADERS)
        assert second.json()["content"][0]["text"] == "second"
        assert len((await client.get("/_simulator/requests")).json()) == 2
        assert (await client.post("/_simulator/reset")).status_code == 204
        assert (await client.get("/_simulator/requests")).json() == []


async def test_a_behaviour_for_notes_waits_for_a_note(model: AnthropicSimulator) -> None:
    model.next(status=500, applies_to="note")
    assert (await post(model, REQUEST)).status_code == 200
    note = {**REQUEST, "messages": [{"role": "user", "content": "<note_state>\n{}\n</note_state>"}]}
    assert (await post(model, note)).status_code == 500


async def test_a_behaviour_for_one_conversation_waits_for_it(model: AnthropicSimulator) -> None:
    model.next(text="for the dock", in_conversation="case of the dock")
    of_another = await post(model, REQUEST)
    assert of_another.json()["content"][0]["text"] != "for the dock"
    said = [("user", "case of the dock"), ("assistant", "Tell me."), ("user", "It is broken")]
    of_this = await post(
        model, {**REQUEST, "messages": [{"role": role, "content": text} for role, text in said]}
    )
    assert of_this.json()["content"][0]["text"] == "for the dock"
