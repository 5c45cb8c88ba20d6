"""Putting the API together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from api.codec_cors import CodecCors
from api.documentation_page import add_documentation_page
from api.middleware import UPLOADS_PATH, RequestFrame
from api.problems import documented_as_sent, install_handlers
from api.routes import (
    artifacts,
    audit_log,
    auth,
    conversation,
    facts,
    fixes,
    flowpilot_settings,
    handover,
    health,
    invites,
    lane,
    login_sessions,
    members,
    post_log,
    psa,
    registration,
    sessions,
    share_links,
    spin_off,
    temporal_codec,
    ticket,
    turns,
    two_factor,
    updates,
    uploads,
)
from api.second_try import SecondTry
from api.services import Services
from api.web_client import mount_web_client
from infra.config import Settings

PREFIX = "/api/v1"

DESCRIPTION = """\
Troubleshooting sessions for MSP engineers. Every error is a problem detail (RFC 9457) with a stable `code`.
Commands of a session take an `Idempotency-Key`: repeating a request has one effect and gives the same answer."""


class Api(FastAPI):
    """The framework, with errors documented as they are sent."""

    def openapi(self) -> dict[str, Any]:
        return documented_as_sent(super().openapi())


def create_app(settings: Settings) -> FastAPI:
    """The application. It contacts nothing before its lifespan starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await Services.from_settings(settings)
        app.state.services = services
        await services.start()
        try:
            yield
        finally:
            await services.aclose()

    app = Api(
        title="ResolutionFlow",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_middleware(SecondTry, without=frozenset({UPLOADS_PATH}))
    app.add_middleware(CodecCors, ui_origin=settings.temporal_ui_origin)
    app.add_middleware(RequestFrame, https=settings.public_url.startswith("https://"))
    install_handlers(app)
    v1 = APIRouter(prefix=PREFIX)
    for module in (
        auth,
        login_sessions,
        two_factor,
        members,
        invites,
        registration,
        audit_log,
        sessions,
        handover,
        conversation,
        turns,
        lane,
        facts,
        fixes,
        artifacts,
        updates,
        ticket,
        spin_off,
        uploads,
        share_links,
        post_log,
        psa,
        flowpilot_settings,
        temporal_codec,
    ):
        v1.include_router(module.router)
    app.include_router(v1)
    app.include_router(health.router)
    add_documentation_page(app)
    mount_web_client(app, settings.web_dist)
    return app
