"""What tickets refer to: boards and their statuses, priorities, members, companies, contacts, machines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.credentials import COMPANY_ID
from infra.simulators.connectwise.errors import bad_condition, not_found
from infra.simulators.connectwise.listing import chosen_fields, list_response, matching, parameters
from infra.simulators.connectwise.routes.requests import id_of, json_body
from infra.simulators.connectwise.simulator import simulator_of
from infra.simulators.connectwise.writing import RESOURCE_NAMES

Handler = Callable[[Request], Awaitable[Response]]

COLLECTIONS = {
    "/service/boards": "boards",
    "/service/priorities": "priorities",
    "/system/members": "members",
    "/company/companies": "companies",
    "/company/contacts": "contacts",
    "/company/configurations": "configurations",
    "/time/workTypes": "workTypes",
    "/time/workRoles": "workRoles",
    "/schedule/types": "scheduleTypes",
}


async def company_info(request: Request) -> Response:
    """Public discovery. An unknown company is the JSON word null, with status 200."""
    settings = simulator_of(request).settings
    if request.path_params["company"].lower() != COMPANY_ID:
        return Response("null", media_type="application/json")
    return JSONResponse(
        {
            "CompanyName": "Demo MSP",
            "Codebase": settings.codebase,
            "VersionCode": settings.codebase.strip("/").replace("_", "."),
            "VersionNumber": "v2025.1.48213",
            "CompanyID": COMPANY_ID,
            "IsCloud": str(settings.cloud) if settings.cloud_flag_as_text else settings.cloud,
            "SiteUrl": settings.site_url or request.headers["host"],
        }
    )


async def system_info(request: Request) -> Response:
    settings = simulator_of(request).settings
    return JSONResponse(
        {
            "version": "v2025.1.48213",
            "isCloud": settings.cloud,
            "serverTimeZone": "UTC",
            "cloudRegion": "NA" if settings.cloud else None,
            "licenseBits": [],
        }
    )


def _list(collection: str) -> Handler:
    async def handler(request: Request) -> Response:
        return list_response(request, simulator_of(request).store.all(collection), collection)

    return handler


def _search(collection: str) -> Handler:
    async def handler(request: Request) -> Response:
        query = parameters(request)
        body = await json_body(request)
        if not isinstance(body, dict):
            raise bad_condition("The search body must be an object.")
        query.update({str(key).lower(): str(value) for key, value in body.items() if value is not None})
        return list_response(request, simulator_of(request).store.all(collection), collection, query)

    return handler


def _count(collection: str) -> Handler:
    async def handler(request: Request) -> Response:
        found = matching(simulator_of(request).store.all(collection), collection, parameters(request))
        return JSONResponse({"count": len(found)})

    return handler


def _get(collection: str) -> Handler:
    async def handler(request: Request) -> Response:
        record = simulator_of(request).store.get(collection, id_of(request))
        if record is None:
            raise not_found(RESOURCE_NAMES.get(collection, "Record"), request.path_params["id"])
        return JSONResponse(chosen_fields(record, parameters(request).get("fields")))

    return handler


def _of_board(collection: str) -> Handler:
    async def handler(request: Request) -> Response:
        store = simulator_of(request).store
        board = id_of(request)
        if store.get("boards", board) is None:
            raise not_found("Service Board", board)
        records = [record for record in store.all(collection) if record["board"]["id"] == board]
        return list_response(request, records, collection)

    return handler


def collection_routes(prefix: str, collection: str) -> list[Route]:
    """List, count, search and get of one collection."""
    return [
        Route(prefix, _list(collection), methods=["GET"]),
        Route(f"{prefix}/count", _count(collection), methods=["GET"]),
        Route(f"{prefix}/search", _search(collection), methods=["POST"]),
        Route(f"{prefix}/{{id}}", _get(collection), methods=["GET"]),
    ]


routes = [
    Route("/api/system/info", system_info, methods=["GET"]),
    Route("/api/service/boards/{id}/statuses", _of_board("statuses"), methods=["GET"]),
    Route("/api/service/boards/{id}/types", _of_board("types"), methods=["GET"]),
    *[
        route
        for prefix, collection in COLLECTIONS.items()
        for route in collection_routes(f"/api{prefix}", collection)
    ],
]
public_routes = [Route("/login/companyinfo/{company}", company_info, methods=["GET"])]
