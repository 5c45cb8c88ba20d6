"""The ASGI application: routes behind the gate."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.simulators.connectwise.errors import VendorError, answer_vendor_error, no_endpoint
from infra.simulators.connectwise.gate import Gate
from infra.simulators.connectwise.routes import (
    catalog,
    configurations,
    control,
    notes,
    pages,
    schedule,
    tickets,
    time_entries,
)
from infra.simulators.connectwise.simulator import Simulator


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _answer_http_error(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code != 404:
        return Response(status_code=error.status_code)
    return await answer_vendor_error(request, no_endpoint())


def create_app(simulator: Simulator) -> ASGIApp:
    """The simulator as one ASGI application; lost connections work only behind uvicorn."""
    app = Starlette(
        routes=[
            Route("/_simulator/health", _health, methods=["GET"]),
            *pages.routes,
            *control.routes,
            *catalog.public_routes,
            *notes.routes,
            *configurations.routes,
            *time_entries.routes,
            *schedule.routes,
            *tickets.routes,
            *catalog.routes,
        ],
        exception_handlers={VendorError: answer_vendor_error, HTTPException: _answer_http_error},
    )
    app.state.simulator = simulator
    return Gate(app, simulator)
