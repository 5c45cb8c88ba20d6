"""Temporal's UI, and no other site, may ask for payloads from a browser."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

CODEC_PATH = "/api/v1/temporal/codec"
CODEC_COOKIE = "rf_codec"


class CodecCors:
    """Answers preflights of the codec's addresses and marks their answers, refusals included. Others are left alone."""

    def __init__(self, app: ASGIApp, ui_origin: str) -> None:
        self._app = app
        self._with_cors = CORSMiddleware(
            app,
            allow_origins=[ui_origin],
            allow_methods=["POST"],
            allow_headers=["Authorization", "Authorization-Extras", "Content-Type", "X-Namespace"],
            allow_credentials=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(f"{CODEC_PATH}/")
        await (self._with_cors if ours else self._app)(scope, receive, send)
