"""The HTTP surface: `POST /v1/messages`, and `/_simulator/…` to control it from another process."""

import asyncio
import json
import time
from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.simulators.anthropic.behaviour import Behaviour
from infra.simulators.anthropic.checks import key_of, refuse
from infra.simulators.anthropic.prompt_cache import PromptCache, conversation_of, prompt_of, system_of
from infra.simulators.anthropic.stream import ConnectionCut, error_body, message_of, stream
from infra.simulators.scripted import kind_of, reply_to


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

    def take_behaviour(self, body: dict[str, Any]) -> Behaviour:
        """The next behaviour meant for such a request, or the usual one."""
        kind, connected = kind_of(prompt_of(body)), bool(body.get("mcp_servers"))
        conversation = conversation_of(body)
        for place, behaviour in enumerate(self.behaviours):
            if behaviour.is_for(kind, connected, conversation):
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
        behaviour = simulation.take_behaviour(body)
        await simulation.wait(behaviour.seconds_before_first_byte)
        if behaviour.status is not None:
            return _error(
                behaviour.status, behaviour.error_message, behaviour.error_type, behaviour.retry_after
            )
        counted = simulation.cache.count(key_of(headers), body)
        text = behaviour.text if behaviour.text is not None else reply_to(system_of(body), prompt_of(body))
        if body.get("stream"):
            events = stream(simulation, behaviour, body, text, counted)
            return StreamingResponse(events, media_type="text/event-stream")
        if behaviour.cut_after is not None:
            raise ConnectionCut
        if behaviour.hang_after is not None:
            await simulation.stopping.wait()
        message = message_of(body, counted, text, behaviour.stop_reason)
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


def _error(status: int, message: str, kind: str | None = None, retry_after: str | None = None) -> Response:
    headers = {"request-id": f"req_{uuid4().hex}"} | ({"retry-after": retry_after} if retry_after else {})
    body = {"type": "error", "error": error_body(status, message, kind)}
    return JSONResponse(body, status_code=status, headers=headers)
