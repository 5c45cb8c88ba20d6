"""What stands before every API call: faults, routing by codebase, credentials, rights, throttling."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.simulators.connectwise import credentials
from infra.simulators.connectwise.errors import VendorError, cannot_route, forbidden, no_endpoint
from infra.simulators.connectwise.faults import (
    HAPPENINGS,
    FaultKind,
    answer_with,
    break_off,
    drip,
    drop_connection,
    hold,
)
from infra.simulators.connectwise.happenings import happen
from infra.simulators.connectwise.simulator import ReceivedRequest, Simulator

API_PATH = re.compile(r"^/+(?P<codebase>v\d+_\d+(?:_release)?)/+apis/3\.0(?P<below>/.*)$")
ALWAYS_ROUTED = "v4_6_release"
SECRET_HEADERS = {"authorization", "cookie"}


class Gate:
    """ASGI middleware around the routes. `/_simulator`, pages and companyinfo pass without credentials."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            await _vendor_answer(no_endpoint())(scope, receive, send)
            return
        if scope["type"] != "http" or not self._is_vendor_path(scope["path"]):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        entry = self._log(scope, body)
        match = API_PATH.match(scope["path"])
        below = match.group("below").rstrip("/") if match else scope["path"]
        fault = self._simulator.faults.take(scope["method"], below)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                message["headers"] = [*message.get("headers", []), *_vendor_headers()]
            await send(message)

        if fault is not None and fault.kind is FaultKind.LOST_REQUEST:
            await drop_connection(receive, send)
            return
        if fault is not None and fault.kind is FaultKind.STATUS:
            answer = _faulty_answer(fault.status, fault.body, fault.headers)
            await answer(scope, receive, watch)
            return
        if fault is not None and fault.kind in HAPPENINGS:
            happen(self._simulator, fault, scope["path"], entry.body)
            fault = None
        refused = self._refusal(scope, match)
        inner = refused or self._noting(scope["method"], below)
        if match is not None:
            scope = {**scope, "path": "/api" + below, "raw_path": ("/api" + below).encode()}
            scope["simulator.original_path"] = match.string
        if fault is None or refused is not None:
            await inner(scope, _replay(body, receive), watch)
            return
        scope["simulator.fault"] = fault.kind
        if fault.kind in (FaultKind.SILENT_NO_CHANGE, FaultKind.REVERT_STATUS):
            await inner(scope, _replay(body, receive), watch)
            return
        messages = await answer_with(inner, scope, _replay(body, receive))
        if fault.kind is FaultKind.LOST_ANSWER:
            await drop_connection(receive, send)
        elif fault.kind is FaultKind.RESET_IN_BODY:
            await break_off(messages, watch, receive, send)
        elif fault.kind is FaultKind.DRIP:
            await drip(messages, watch, receive, fault.seconds)
        elif await hold(receive, fault.seconds):
            for message in messages:
                await watch(message)

    def _noting(self, method: str, below: str) -> ASGIApp:
        """The routes, and a note of what they have handled well: some faults wait for it."""

        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            async def note(message: Message) -> None:
                if message["type"] == "http.response.start" and message["status"] < 300:
                    self._simulator.faults.handled(method, below)
                await send(message)

            await self._app(scope, receive, note)

        return handle

    @staticmethod
    def _is_vendor_path(path: str) -> bool:
        return path.startswith("/login/") or "/apis/" in path

    def _log(self, scope: Scope, body: bytes) -> ReceivedRequest:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        entry = ReceivedRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers={name: value for name, value in headers.items() if name not in SECRET_HEADERS},
            body=_json_or_text(body),
        )
        self._simulator.requests.append(entry)
        return entry

    def _refusal(self, scope: Scope, match: re.Match[str] | None) -> Response | None:
        if scope["path"].startswith("/login/"):
            return None
        if match is None or "/apis/3.0" in match.group("below"):
            return cannot_route()
        settings = self._simulator.settings
        if match.group("codebase") not in (settings.codebase.strip("/"), ALWAYS_ROUTED):
            return _vendor_answer(VendorError(404, "ConnectWiseApi", "The endpoint does not exist."))
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if settings.key_revoked or headers.get(b"authorization") != _expected_authorization():
            if settings.auth_failure_status == 404:
                return Response(status_code=404)
            return _vendor_answer(VendorError(401, "Unauthorized", "Incorrect public/private key"))
        if headers.get(b"clientid", "").lower() != credentials.CLIENT_ID:
            status = settings.missing_client_id_status
            return _vendor_answer(
                VendorError(status, "InvalidClientId", "A valid clientId header is required.")
            )
        if self._throttled():
            wait = settings.retry_after_seconds
            text = f"Too many requests. Please try again in {wait} seconds."
            return JSONResponse(
                {"error": "ConnectWiseAPI", "message": text},
                status_code=429,
                headers={"Retry-After": str(wait)},
            )
        call = f"{scope['method']} {match.group('below')}"
        if any(call.startswith(denied) for denied in settings.denied):
            return _vendor_answer(forbidden())
        return None

    def _throttled(self) -> bool:
        limit = self._simulator.settings.requests_per_minute
        if limit is None:
            return False
        now, recent = time.monotonic(), self._simulator.recent
        while recent and recent[0] < now - 60:
            recent.popleft()
        if len(recent) >= limit:
            return True
        recent.append(now)
        return False


def _expected_authorization() -> str:
    pair = f"{credentials.COMPANY_ID}+{credentials.PUBLIC_KEY}:{credentials.PRIVATE_KEY}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _vendor_headers() -> list[tuple[bytes, bytes]]:
    return [
        (b"api-current-version", b"2025.16"),
        (b"x-cw-request-id", secrets.token_hex(8).encode()),
        (b"cache-control", b"no-cache"),
    ]


def _vendor_answer(error: VendorError) -> Response:
    text = json.dumps(error.body(), indent=2).replace("\n", "\r\n")
    return Response(text, status_code=error.status, media_type="application/json")


def _faulty_answer(status: int, body: str | dict[str, Any], headers: dict[str, str]) -> Response:
    if isinstance(body, dict):
        return JSONResponse(body, status_code=status, headers=headers)
    kind = "text/html" if body.lstrip().startswith("<") else "text/plain"
    return Response(body, status_code=status, headers=headers, media_type=kind)


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more for the routes, then the real channel (for the disconnect)."""
    pending = [True]

    async def replay() -> Message:
        if pending:
            pending.clear()
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay


def _json_or_text(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", errors="replace")
