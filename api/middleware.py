"""Around every request: id, size limit, security headers, metrics and one log line."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.codec_cors import CODEC_PATH
from api.problems import (
    BODY_LIMIT,
    PAYLOADS_BODY_LIMIT,
    UPLOAD_BODY_LIMIT,
    BodyTooLarge,
    body_too_large,
    payloads_too_large,
    respond,
    respond_unexpected,
    shutting_down,
    upload_too_large,
)

logger = structlog.get_logger()

UPLOADS_PATH = "/api/v1/uploads"
"""Where files are sent to."""

LARGER_BODIES = {
    ("POST", UPLOADS_PATH): (UPLOAD_BODY_LIMIT, upload_too_large),
    ("POST", f"{CODEC_PATH}/decode"): (PAYLOADS_BODY_LIMIT, payloads_too_large),
}
"""The addresses whose bodies may be larger than others, and what is said of too large a one."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Where people reach us over TLS, for a year they never come without."""

SHARED_PATHS = ("/api/v1/shared/", "/shared/")
"""Addresses that carry the token of a read-only link: it goes to no other site, no search engine and no cache."""

SHARED_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

REQUESTS = Counter("resolutionflow_http_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "resolutionflow_http_request_seconds", "Seconds until the answer began", ["method", "route"]
)


class RequestFrame:
    """Pure ASGI, so that streams are not buffered and disconnects are seen."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self._app = app
        self._headers = SECURITY_HEADERS | (STRICT_TRANSPORT if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                if scope["path"].startswith(SHARED_PATHS):
                    headers.update(SHARED_HEADERS)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
                _measure(scope, status, time.perf_counter() - started)
            await send(message)

        try:
            await self._limited(scope, receive, send_framed)
        finally:
            _log(scope, status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit, too_large = LARGER_BODIES.get((scope["method"], scope["path"]), (BODY_LIMIT, body_too_large))
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            await respond(Request(scope), too_large())(scope, receive, send)
            return
        received = 0
        answered = False

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise BodyTooLarge(too_large())
            return message

        async def send_noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, receive_counted, send_noted)
        except asyncio.CancelledError:
            # The server has stopped being patient with what is under way: it would answer 500 in plain words.
            if answered:
                raise
            await respond(Request(scope), shutting_down())(scope, receive, send)
        except Exception as error:
            # Here and not in a handler outside: this answer is measured, logged and framed like every other.
            if answered:
                raise
            await respond_unexpected(Request(scope), error)(scope, receive, send)


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "other"))


def _measure(scope: Scope, status: int, seconds: float) -> None:
    REQUESTS.labels(scope["method"], _route(scope), status).inc()
    SECONDS.labels(scope["method"], _route(scope)).observe(seconds)


def _log(scope: Scope, status: int, seconds: float) -> None:
    if _route(scope) in ("/healthz", "/readyz", "/metrics"):
        return
    logger.info(
        "api.request",
        method=scope["method"],
        route=_route(scope),
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )
