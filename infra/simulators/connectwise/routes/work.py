"""Time entries and schedule entries; a ticket's resources are recomputed from the latter."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.clock import vendor_now
from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.errors import ErrorItem, VendorError, invalid, missing_field, not_found
from infra.simulators.connectwise.listing import list_response
from infra.simulators.connectwise.routes.catalog import collection_routes
from infra.simulators.connectwise.routes.requests import id_of, json_body
from infra.simulators.connectwise.simulator import Simulator, save_unless_silent, simulator_of
from infra.simulators.connectwise.store import Record
from infra.simulators.connectwise.writing import as_reference

SERVICE_TYPE = 4


async def create_time_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    values = simulator.writer("timeEntries").values(await json_body(request))
    ticket = simulator.store.get("tickets", values.get("chargeToId") or 0)
    if values.get("chargeToType") == "ServiceTicket":
        if ticket is None:
            text = f"Ticket {values.get('chargeToId')} not found"
            raise invalid("timeEntry", ErrorItem("NotFound", text, "timeEntry", "chargeToId"))
        status = simulator.store.get("statuses", ticket["status"]["id"])
        if status is not None and status["timeEntryNotAllowed"]:
            text = "Time entry is not allowed for the status of this ticket."
            raise invalid("timeEntry", ErrorItem("InvalidField", text, "timeEntry", "chargeToId"))
        values["company"] = ticket["company"]
    entry = simulator.store.new("timeEntries", values)
    if entry["member"] is None:
        author = next(
            member for member in simulator.store.all("members") if member["identifier"] == API_MEMBER
        )
        entry["member"] = as_reference(author)
    if entry["actualHours"] is None and entry["timeEnd"]:
        worked = datetime.fromisoformat(entry["timeEnd"]) - datetime.fromisoformat(entry["timeStart"])
        entry["actualHours"] = round(worked.total_seconds() / 3600, 2)
    if (entry["actualHours"] or 0) < 0:
        text = "timeEnd must be after timeStart."
        raise invalid("timeEntry", ErrorItem("InvalidField", text, "timeEntry", "timeEnd"))
    entry.update(status="Open", dateEntered=vendor_now(), enteredBy=API_MEMBER)
    return JSONResponse(save_unless_silent(request, "timeEntries", None, entry), status_code=201)


async def patch_time_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    before = _record(simulator, "timeEntries", id_of(request), "TimeEntry")
    _check_not_billed(before)
    changed = simulator.writer("timeEntries").patched(before, await json_body(request))
    return JSONResponse(save_unless_silent(request, "timeEntries", before, changed))


async def delete_time_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    entry = _record(simulator, "timeEntries", id_of(request), "TimeEntry")
    _check_not_billed(entry)
    simulator.store.delete("timeEntries", entry["id"])
    return Response(status_code=204)


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
    entry = _record(simulator, "scheduleEntries", id_of(request), "ScheduleEntry")
    simulator.store.delete("scheduleEntries", entry["id"])
    _recompute_resources(simulator, entry["objectId"])
    return Response(status_code=204)


async def ticket_time_entries(request: Request) -> Response:
    return _stubs(request, "timeEntries", "chargeToId")


async def ticket_schedule_entries(request: Request) -> Response:
    return _stubs(request, "scheduleEntries", "objectId")


async def ticket_configurations(request: Request) -> Response:
    """The machines of the ticket's contact, as stubs: details are read one by one."""
    simulator = simulator_of(request)
    ticket = _record(simulator, "tickets", id_of(request), "Ticket")
    contact = (ticket["contact"] or {}).get("id")
    rows = [
        {"id": record["id"], "deviceIdentifier": record["deviceIdentifier"], "_info": record["_info"]}
        for record in simulator.store.all("configurations")
        if record["contact"] and record["contact"]["id"] == contact
    ]
    return list_response(request, rows, "configurations")


def _stubs(request: Request, collection: str, key: str) -> Response:
    simulator = simulator_of(request)
    ticket = _record(simulator, "tickets", id_of(request), "Ticket")
    found = [record for record in simulator.store.all(collection) if record[key] == ticket["id"]]
    return list_response(request, [{"id": row["id"], "_info": row["_info"]} for row in found], collection)


def _record(simulator: Simulator, collection: str, record_id: int, resource: str) -> Record:
    record = simulator.store.get(collection, record_id)
    if record is None:
        raise not_found(resource, record_id)
    return record


def _check_not_billed(entry: Record) -> None:
    if entry["status"] in ("Billed", "BilledAgreement"):
        raise VendorError(400, "InvalidObject", "A billed time entry cannot be changed.")


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
    Route("/api/service/tickets/{id}/timeentries", ticket_time_entries, methods=["GET"]),
    Route("/api/service/tickets/{id}/scheduleentries", ticket_schedule_entries, methods=["GET"]),
    Route("/api/service/tickets/{id}/configurations", ticket_configurations, methods=["GET"]),
    Route("/api/time/entries", create_time_entry, methods=["POST"]),
    Route("/api/time/entries/{id}", patch_time_entry, methods=["PATCH"]),
    Route("/api/time/entries/{id}", delete_time_entry, methods=["DELETE"]),
    Route("/api/schedule/entries", create_schedule_entry, methods=["POST"]),
    Route("/api/schedule/entries/{id}", delete_schedule_entry, methods=["DELETE"]),
    *collection_routes("/api/time/entries", "timeEntries"),
    *collection_routes("/api/schedule/entries", "scheduleEntries"),
]
