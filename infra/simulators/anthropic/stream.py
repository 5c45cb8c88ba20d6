"""Answers in the form of the API: a message, whole or as the events of a stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol
from uuid import uuid4

from infra.simulators.anthropic.behaviour import ERROR_TYPES, Behaviour
from infra.simulators.anthropic.prompt_cache import CHARACTERS_PER_TOKEN, CountedInput

_PING_SECONDS = 0.05


class ConnectionCut(Exception):
    """Raised in a response so that the server drops the connection."""


class Clock(Protocol):
    """What a stream needs of the simulation: waiting that ends with it."""

    stopping: asyncio.Event

    async def wait(self, seconds: float) -> None: ...


async def stream(
    clock: Clock, behaviour: Behaviour, body: dict[str, Any], text: str, counted: CountedInput
) -> AsyncIterator[bytes]:
    """The events of one answer. Raises ConnectionCut where the behaviour says so."""
    yield _event("message_start", {"message": message_of(body, counted, "", None)})
    index = 0
    for blocks in _look_ups(body, behaviour):
        for piece in _events_of(index, blocks):
            yield piece
        index += 1
    yield _event("content_block_start", {"index": index, "content_block": {"type": "text", "text": ""}})
    yield _event("ping", {})
    size = behaviour.piece_characters
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    for number in range(len(pieces) + 1):
        if number == behaviour.cut_after:
            raise ConnectionCut
        if number == behaviour.error_after:
            error = error_body(529, behaviour.error_message, behaviour.error_type)
            yield _event("error", {"error": error})
            return
        if number == behaviour.hang_after:
            await clock.stopping.wait()
            return
        while number == behaviour.pings_after and not clock.stopping.is_set():
            yield _event("ping", {})
            await clock.wait(_PING_SECONDS)
        if number < len(pieces):
            await clock.wait(behaviour.seconds_between_pieces if number else 0)
            delta = {"type": "text_delta", "text": pieces[number]}
            yield _event("content_block_delta", {"index": index, "delta": delta})
    yield _event("content_block_stop", {"index": index})
    end: dict[str, Any] = {"stop_reason": behaviour.stop_reason, "stop_sequence": None}
    yield _event("message_delta", {"delta": end, "usage": {"output_tokens": _output_tokens(text)}})
    yield _event("message_stop", {})


def message_of(
    body: dict[str, Any], counted: CountedInput, text: str, stop_reason: str | None
) -> dict[str, Any]:
    """A whole message."""
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": counted.fresh,
            "cache_read_input_tokens": counted.cache_read,
            "cache_creation_input_tokens": counted.cache_creation,
            "output_tokens": _output_tokens(text),
        },
    }


def error_body(status: int, message: str, kind: str | None) -> dict[str, str]:
    """An error as the API describes it."""
    return {"type": kind or ERROR_TYPES.get(status, "api_error"), "message": message}


def _look_ups(body: dict[str, Any], behaviour: Behaviour) -> list[dict[str, Any]]:
    """The blocks before the text: what is said first, then each tool with its result."""
    blocks: list[dict[str, Any]] = []
    if behaviour.text_before_tools:
        blocks.append({"type": "text", "text": behaviour.text_before_tools})
    for tool in behaviour.tools:
        use = f"mcptoolu_{uuid4().hex[:24]}"
        server = body["mcp_servers"][0]["name"]
        said = {
            "type": "text",
            "text": "No such page." if behaviour.tools_fail else "A page about [QUESTIONS] of it.",
        }
        blocks.append(
            {"type": "mcp_tool_use", "id": use, "name": tool, "server_name": server, "input": {"query": "q"}}
        )
        blocks.append(
            {
                "type": "mcp_tool_result",
                "tool_use_id": use,
                "is_error": behaviour.tools_fail,
                "content": [said],
            }
        )
    return blocks


def _events_of(index: int, block: dict[str, Any]) -> list[bytes]:
    """A block is opened, filled piece by piece, and closed; results come whole with their opening."""
    opened, delta = block, None
    if block["type"] == "text":
        opened, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
    elif block["type"] == "mcp_tool_use":
        opened = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    events = [_event("content_block_start", {"index": index, "content_block": opened})]
    if delta is not None:
        events.append(_event("content_block_delta", {"index": index, "delta": delta}))
    return [*events, _event("content_block_stop", {"index": index})]


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data}, ensure_ascii=False)}\n\n".encode()


def _output_tokens(text: str) -> int:
    return max(1, len(text) // CHARACTERS_PER_TOKEN)
