"""The HTTP surface: `POST /<version>/models/<model>:generateContent` and `:streamGenerateContent?alt=sse`."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.simulators.gemini.behaviour import STATUS_NAMES, Behaviour
from infra.simulators.gemini.checks import refuse, texts_of
from infra.simulators.scripted import reply_to

_CHARACTERS_PER_TOKEN = 4


class ConnectionCut(Exception):
    """Raised in a response so that the server drops the connection."""


class Simulation:
    """Everything the simulator remembers: requests received and behaviours waiting."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.behaviours: list[Behaviour] = []
        self.stopping = asyncio.Event()
        self.open_streams = 0
        self._last_prefix = ""

    def reset(self) -> None:
        """Forget requests, behaviours and what is cached."""
        self.requests.clear()
        self.behaviours.clear()
        self._last_prefix = ""

    def count(self, request: dict[str, Any]) -> dict[str, int]:
        """Tokens of the input; what is the same as in the request before is read from the cache."""
        kept = {key: request[key] for key in ("systemInstruction", "contents") if key in request}
        text = json.dumps(kept, ensure_ascii=False)
        same = next(
            (at for at, (a, b) in enumerate(zip(text, self._last_prefix, strict=False)) if a != b),
            min(len(text), len(self._last_prefix)),
        )
        self._last_prefix = text
        return {
            "promptTokenCount": len(text) // _CHARACTERS_PER_TOKEN,
            "cachedContentTokenCount": same // _CHARACTERS_PER_TOKEN,
        }

    async def wait(self, seconds: float) -> None:
        """Wait, but not longer than the simulator runs."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            pass


def create_app(simulation: Simulation) -> Starlette:
    """The ASGI application over `simulation`."""

    async def generate(request: Request) -> Response:
        model, _, method = request.path_params["call"].partition(":")
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        key = request.headers.get("x-goog-api-key", "")
        refusal = refuse(key, model, body)
        if refusal is not None:
            return _error(refusal.status, refusal.message, reason=refusal.reason)
        simulation.requests.append({"model": model, "method": method, **body})
        behaviour = simulation.behaviours.pop(0) if simulation.behaviours else Behaviour()
        if behaviour.seconds_before_first_byte:
            await simulation.wait(behaviour.seconds_before_first_byte)
        if behaviour.status is not None and behaviour.error_body is not None:
            return Response(behaviour.error_body, status_code=behaviour.status, media_type="text/html")
        if behaviour.status is not None:
            return _error(
                behaviour.status,
                behaviour.error_message,
                reason=behaviour.error_reason,
                retry_delay=behaviour.retry_delay,
            )
        counted = simulation.count(body)
        text = behaviour.text
        if text is None:
            text = reply_to(texts_of(body.get("systemInstruction")), texts_of(body["contents"][-1]))
        if method == "streamGenerateContent":
            events = _stream(simulation, behaviour, model, text, counted)
            return StreamingResponse(events, media_type="text/event-stream")
        if behaviour.cut_after is not None:
            raise ConnectionCut
        if behaviour.hang_after is not None:
            await simulation.stopping.wait()
        return JSONResponse(_answer(behaviour, model, text, counted, last=True))

    return Starlette(routes=[Route("/{version:str}/models/{call}", generate, methods=["POST"])])


async def _stream(
    simulation: Simulation, behaviour: Behaviour, model: str, text: str, counted: dict[str, int]
) -> AsyncIterator[bytes]:
    simulation.open_streams += 1
    try:
        async for event in _events(simulation, behaviour, model, text, counted):
            yield event
    finally:
        simulation.open_streams -= 1


async def _events(
    simulation: Simulation, behaviour: Behaviour, model: str, text: str, counted: dict[str, int]
) -> AsyncIterator[bytes]:
    size = behaviour.piece_characters
    pieces = [text[at : at + size] for at in range(0, len(text), size)] or [""]
    for number, piece in enumerate([*pieces, None]):
        if number == behaviour.cut_after:
            raise ConnectionCut
        if number == behaviour.error_after:
            yield _event(_error_body(503, behaviour.error_message, behaviour.error_reason, None))
            return
        if number == behaviour.hang_after:
            await simulation.stopping.wait()
            return
        if piece is not None:
            first = behaviour if number == 0 else behaviour.model_copy(update={"thoughts": ""})
            yield _event(_answer(first, model, piece, counted, last=number == len(pieces) - 1))


def _answer(
    behaviour: Behaviour, model: str, text: str, counted: dict[str, int], *, last: bool
) -> dict[str, Any]:
    usage = {
        **counted,
        "candidatesTokenCount": max(1, len(text) // _CHARACTERS_PER_TOKEN),
        "thoughtsTokenCount": len(behaviour.thoughts) // _CHARACTERS_PER_TOKEN,
    }
    answer: dict[str, Any] = {"modelVersion": model, "responseId": "r", "usageMetadata": usage}
    if behaviour.blocked is not None:
        return answer | {"promptFeedback": {"blockReason": behaviour.blocked}}
    parts: list[dict[str, Any]] = (
        [{"text": behaviour.thoughts, "thought": True}] if behaviour.thoughts else []
    )
    parts += [{"text": text}] if text else []
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": parts}}
    if last and behaviour.finish_reason is not None:
        candidate["finishReason"] = behaviour.finish_reason
    return answer | {"candidates": [candidate]}


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\r\n\r\n".encode()


def _error_body(status: int, message: str, reason: str | None, retry_delay: str | None) -> dict[str, Any]:
    details: list[dict[str, Any]] = []
    if reason is not None:
        details.append({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason})
    if retry_delay is not None:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_delay})
    name = STATUS_NAMES.get(status, "UNKNOWN")
    return {"error": {"code": status, "message": message, "status": name, "details": details}}


def _error(
    status: int, message: str, *, reason: str | None = None, retry_delay: str | None = None
) -> Response:
    return JSONResponse(_error_body(status, message, reason, retry_delay), status_code=status)
