"""Schedule entries; a ticket's resources are recomputed from them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.errors import ErrorItem, invalid, missing_field
from infra.simulators.connectwise.routes.catalog import collection_routes
from infra.simulators.connectwise.routes.requests import id_of, json_body, record_or_error, stubs_of_ticket
from infra.simulators.connectwise.simulator import Simulator, save_unless_silent, simulator_of

SERVICE_TYPE = 4


async def create_schedule_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    values = simulator.writer("scheduleEntries").values(await json_body(request))
    ticket = simulator.store.get("tickets", values.get("objectId") or 0)
    if values["type"]["id"] != SERVICE_TYPE or ticket is None:
        kind = "Ticket" if values["type"]["id"] == SERVICE_TYPE else "Activity"
        text = f"{kind} {values.get('objectId')} not found"
        raise invalid("schedule", ErrorItem("NotFound", text, "schedule", "objectId"))
    if values.get("member") is None:
        raise missing_field("schedule", "member")
    entry = simulator.store.new("scheduleEntries", values)
    if not entry["name"]:
        entry["name"] = f"{ticket['company']['name']} / Ticket# {ticket['id']} - {ticket['summary']}"
    saved = save_unless_silent(request, "scheduleEntries", None, entry)
    _recompute_resources(simulator, ticket["id"])
    return JSONResponse(saved, status_code=201)


async def delete_schedule_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    entry = record_or_error(simulator, "scheduleEntries", id_of(request), "ScheduleEntry")
    simulator.store.delete("scheduleEntries", entry["id"])
    _recompute_resources(simulator, entry["objectId"])
    return Response(status_code=204)


async def ticket_schedule_entries(request: Request) -> Response:
    return stubs_of_ticket(request, "scheduleEntries", "objectId")


def _recompute_resources(simulator: Simulator, ticket_id: int) -> None:
    ticket = simulator.store.get("tickets", ticket_id)
    if ticket is None:
        return
    names: list[str] = []
    for entry in simulator.store.all("scheduleEntries"):
        name = entry["member"]["identifier"]
        if entry["objectId"] == ticket_id and not entry["doneFlag"] and name not in names:
            names.append(name)
    simulator.store.save("tickets", {**ticket, "resources": ", ".join(names) or None})


routes = [
    Route("/api/service/tickets/{id}/scheduleentries", ticket_schedule_entries, methods=["GET"]),
    Route("/api/schedule/entries", create_schedule_entry, methods=["POST"]),
    Route("/api/schedule/entries/{id}", delete_schedule_entry, methods=["DELETE"]),
    *collection_routes("/api/schedule/entries", "scheduleEntries"),
]
