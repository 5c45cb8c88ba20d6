"""The HTTP surface: `POST /v1/messages`, and `/_simulator/…` to control it from another process."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.simulators.anthropic.behaviour import ERROR_TYPES, Behaviour
from infra.simulators.anthropic.checks import key_of, refuse
from infra.simulators.anthropic.prompt_cache import CHARACTERS_PER_TOKEN, CountedInput, PromptCache
from infra.simulators.anthropic.script import kind_of, reply_to

_PING_SECONDS = 0.05


class ConnectionCut(Exception):
    """Raised in a response so that the server drops the connection."""


class Simulation:
    """Everything the simulator remembers: requests received, behaviours waiting, the prompt cache."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.behaviours: list[Behaviour] = []
        self.stopping = asyncio.Event()
        self.seconds_later = 0.0
        self.reset()

    def reset(self) -> None:
        """Forget requests, behaviours and cached prompts."""
        self.requests.clear()
        self.behaviours.clear()
        self.seconds_later = 0.0
        self.cache = PromptCache(lambda: time.monotonic() + self.seconds_later)

    def take_behaviour(self, kind: str) -> Behaviour:
        """The next behaviour meant for this kind of request, or the usual one."""
        for place, behaviour in enumerate(self.behaviours):
            if behaviour.applies_to in (None, kind):
                return self.behaviours.pop(place)
        return Behaviour()

    async def wait(self, seconds: float) -> None:
        """Wait, but not longer than the simulator runs."""
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self.stopping.wait()
            except TimeoutError:
                pass


def create_app(simulation: Simulation) -> Starlette:
    """The ASGI application over `simulation`."""

    async def messages(request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        headers = dict(request.headers)
        refusal = refuse(headers, body)
        if refusal is not None:
            return _error(refusal.status, refusal.message)
        simulation.requests.append(body)
        behaviour = simulation.take_behaviour(kind_of(body))
        await simulation.wait(behaviour.seconds_before_first_byte)
        if behaviour.status is not None:
            return _error(
                behaviour.status, behaviour.error_message, behaviour.error_type, behaviour.retry_after
            )
        counted = simulation.cache.count(key_of(headers), body)
        text = behaviour.text if behaviour.text is not None else reply_to(body)
        if body.get("stream"):
            return StreamingResponse(
                _stream(simulation, behaviour, body, text, counted), media_type="text/event-stream"
            )
        if behaviour.cut_after is not None:
            raise ConnectionCut
        if behaviour.hang_after is not None:
            await simulation.stopping.wait()
        message = _message(body, counted, text, behaviour.stop_reason)
        return JSONResponse(message, headers={"request-id": f"req_{uuid4().hex}"})

    async def behaviours(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([one.model_dump(exclude_none=True) for one in simulation.behaviours])
        try:
            given = await request.json()
            added = [Behaviour.model_validate(one) for one in (given if isinstance(given, list) else [given])]
        except (ValueError, ValidationError) as error:
            return JSONResponse({"detail": str(error)}, status_code=422)
        simulation.behaviours.extend(added)
        return JSONResponse({"waiting": len(simulation.behaviours)}, status_code=201)

    async def requests(request: Request) -> Response:
        return JSONResponse(simulation.requests)

    async def reset(request: Request) -> Response:
        simulation.reset()
        return Response(status_code=204)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/v1/messages", messages, methods=["POST"]),
            Route("/_simulator/behaviours", behaviours, methods=["GET", "POST"]),
            Route("/_simulator/requests", requests, methods=["GET"]),
            Route("/_simulator/reset", reset, methods=["POST"]),
            Route("/_simulator/health", health, methods=["GET"]),
        ]
    )


async def _stream(
    simulation: Simulation, behaviour: Behaviour, body: dict[str, Any], text: str, counted: CountedInput
) -> AsyncIterator[bytes]:
    start = _message(body, counted, "", None)
    yield _event("message_start", {"message": start})
    yield _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
    yield _event("ping", {})
    size = behaviour.piece_characters
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    for number in range(len(pieces) + 1):
        if number == behaviour.cut_after:
            raise ConnectionCut
        if number == behaviour.error_after:
            yield _event("error", {"error": _error_body(529, behaviour.error_message, behaviour.error_type)})
            return
        if number == behaviour.hang_after:
            await simulation.stopping.wait()
            return
        while number == behaviour.pings_after and not simulation.stopping.is_set():
            yield _event("ping", {})
            await simulation.wait(_PING_SECONDS)
        if number < len(pieces):
            await simulation.wait(behaviour.seconds_between_pieces if number else 0)
            delta = {"type": "text_delta", "text": pieces[number]}
            yield _event("content_block_delta", {"index": 0, "delta": delta})
    yield _event("content_block_stop", {"index": 0})
    end: dict[str, Any] = {"stop_reason": behaviour.stop_reason, "stop_sequence": None}
    yield _event("message_delta", {"delta": end, "usage": {"output_tokens": _output_tokens(text)}})
    yield _event("message_stop", {})


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data}, ensure_ascii=False)}\n\n".encode()


def _message(
    body: dict[str, Any], counted: CountedInput, text: str, stop_reason: str | None
) -> dict[str, Any]:
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


def _output_tokens(text: str) -> int:
    return max(1, len(text) // CHARACTERS_PER_TOKEN)


def _error_body(status: int, message: str, kind: str | None) -> dict[str, str]:
    return {"type": kind or ERROR_TYPES.get(status, "api_error"), "message": message}


def _error(status: int, message: str, kind: str | None = None, retry_after: str | None = None) -> Response:
    headers = {"request-id": f"req_{uuid4().hex}"} | ({"retry-after": retry_after} if retry_after else {})
    body = {"type": "error", "error": _error_body(status, message, kind)}
    return JSONResponse(body, status_code=status, headers=headers)
