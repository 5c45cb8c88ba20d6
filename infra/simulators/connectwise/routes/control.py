"""The control API under `/_simulator`: no part of ConnectWise, used by tests and by people who watch.

| method | path | |
|---|---|---|
| GET, POST, DELETE | `/_simulator/faults` | list, add one (see `Fault`), clear |
| GET, DELETE | `/_simulator/requests` | vendor requests received, without credentials; forget them |
| GET, PATCH | `/_simulator/settings` | switches (see `SimulatorSettings`) |
| GET | `/_simulator/state/{collection}` | records as stored; `?ticketId=48231` those whose fields have these values |
| POST | `/_simulator/reset` | back to the seed, no faults, default settings |
"""

from __future__ import annotations

from dataclasses import asdict

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.faults import Fault
from infra.simulators.connectwise.routes.requests import json_body
from infra.simulators.connectwise.schema import SCHEMAS
from infra.simulators.connectwise.settings import SimulatorSettings
from infra.simulators.connectwise.simulator import simulator_of


def _invalid(error: ValidationError) -> Response:
    return JSONResponse({"errors": error.errors(include_url=False, include_context=False)}, status_code=422)


async def list_faults(request: Request) -> Response:
    return JSONResponse([rule.model_dump(mode="json") for rule in simulator_of(request).faults.rules])


async def add_fault(request: Request) -> Response:
    try:
        rule = Fault.model_validate(await json_body(request))
    except ValidationError as error:
        return _invalid(error)
    simulator_of(request).faults.rules.append(rule)
    return JSONResponse(rule.model_dump(mode="json"), status_code=201)


async def clear_faults(request: Request) -> Response:
    simulator_of(request).faults.rules.clear()
    return Response(status_code=204)


async def list_requests(request: Request) -> Response:
    return JSONResponse([asdict(entry) for entry in simulator_of(request).requests])


async def forget_requests(request: Request) -> Response:
    simulator_of(request).requests.clear()
    return Response(status_code=204)


async def get_settings(request: Request) -> Response:
    return JSONResponse(simulator_of(request).settings.model_dump(mode="json", by_alias=True))


async def patch_settings(request: Request) -> Response:
    simulator = simulator_of(request)
    current = simulator.settings.model_dump(mode="json", by_alias=True)
    try:
        simulator.settings = SimulatorSettings.model_validate({**current, **await json_body(request)})
    except ValidationError as error:
        return _invalid(error)
    return await get_settings(request)


async def get_state(request: Request) -> Response:
    collection = request.path_params["collection"]
    if collection not in SCHEMAS:
        return JSONResponse({"error": "unknown collection", "known": sorted(SCHEMAS)}, status_code=404)
    wanted = request.query_params.multi_items()
    records = simulator_of(request).store.all(collection)
    return JSONResponse(
        [one for one in records if all(str(one.get(name)) == value for name, value in wanted)]
    )


async def reset(request: Request) -> Response:
    simulator_of(request).reset()
    return Response(status_code=204)


routes = [
    Route("/_simulator/faults", list_faults, methods=["GET"]),
    Route("/_simulator/faults", add_fault, methods=["POST"]),
    Route("/_simulator/faults", clear_faults, methods=["DELETE"]),
    Route("/_simulator/requests", list_requests, methods=["GET"]),
    Route("/_simulator/requests", forget_requests, methods=["DELETE"]),
    Route("/_simulator/settings", get_settings, methods=["GET"]),
    Route("/_simulator/settings", patch_settings, methods=["PATCH"]),
    Route("/_simulator/state/{collection}", get_state, methods=["GET"]),
    Route("/_simulator/reset", reset, methods=["POST"]),
]
