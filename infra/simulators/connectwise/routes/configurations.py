"""Configurations linked to a ticket, as stubs; their details are in `/company/configurations`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.errors import ErrorItem, invalid, missing_field, not_found
from infra.simulators.connectwise.listing import list_response
from infra.simulators.connectwise.routes.requests import id_of, json_body, visible_ticket
from infra.simulators.connectwise.simulator import Simulator, save_unless_silent, simulator_of
from infra.simulators.connectwise.store import Record
from infra.simulators.connectwise.writing import as_reference


async def list_configurations(request: Request) -> Response:
    rows = [_stub(simulator_of(request), link) for link in _links(request)]
    return list_response(request, rows, "configurations")


async def count_configurations(request: Request) -> Response:
    return JSONResponse({"count": len(_links(request))})


async def link_configuration(request: Request) -> Response:
    """`{"id": N}` or `{"deviceIdentifier": "…"}`; a second link of the same one is refused."""
    simulator = simulator_of(request)
    ticket_id = visible_ticket(request)
    configuration = _named(simulator, await json_body(request))
    if any(link["configuration"]["id"] == configuration["id"] for link in _links(request)):
        text = f"Configuration {configuration['id']} is already linked to ticket {ticket_id}."
        raise invalid("configuration", ErrorItem("ObjectExists", text, "configuration", "id"))
    values = {"ticketId": ticket_id, "configuration": as_reference(configuration)}
    link = simulator.store.new("linkedConfigurations", values)
    saved = save_unless_silent(request, "linkedConfigurations", None, link)
    return JSONResponse(_stub(simulator, saved), status_code=201)


async def unlink_configuration(request: Request) -> Response:
    configuration_id = id_of(request, "configuration")
    for link in _links(request):
        if link["configuration"]["id"] == configuration_id:
            simulator_of(request).store.delete("linkedConfigurations", link["id"])
            return Response(status_code=204)
    raise not_found("Configuration", configuration_id)


def _links(request: Request) -> list[Record]:
    ticket_id = visible_ticket(request)
    links = simulator_of(request).store.all("linkedConfigurations")
    return [link for link in links if link["ticketId"] == ticket_id]


def _named(simulator: Simulator, body: Any) -> Record:
    for key in ("id", "deviceIdentifier"):
        if isinstance(body, dict) and body.get(key) is not None:
            for configuration in simulator.store.all("configurations"):
                if configuration[key] == body[key]:
                    return configuration
            raise invalid(
                "configuration",
                ErrorItem("NotFound", f"Configuration {body[key]} not found", "configuration", key),
            )
    raise missing_field("configuration", "id", "id or deviceIdentifier is required.")


def _stub(simulator: Simulator, link: Record) -> Record:
    configuration = simulator.store.get("configurations", link["configuration"]["id"]) or {}
    return {
        "id": link["configuration"]["id"],
        "deviceIdentifier": configuration.get("deviceIdentifier"),
        "_info": link["_info"],
    }


routes = [
    Route("/api/service/tickets/{id}/configurations", list_configurations, methods=["GET"]),
    Route("/api/service/tickets/{id}/configurations", link_configuration, methods=["POST"]),
    Route("/api/service/tickets/{id}/configurations/count", count_configurations, methods=["GET"]),
    Route(
        "/api/service/tickets/{id}/configurations/{configuration}", unlink_configuration, methods=["DELETE"]
    ),
]
