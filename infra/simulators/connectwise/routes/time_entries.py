"""Time entries."""

from __future__ import annotations

import math
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.clock import vendor_now
from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.errors import ErrorItem, VendorError, invalid
from infra.simulators.connectwise.routes.catalog import collection_routes
from infra.simulators.connectwise.routes.requests import id_of, json_body, record_or_error, stubs_of_ticket
from infra.simulators.connectwise.simulator import Simulator, save_unless_silent, simulator_of
from infra.simulators.connectwise.store import Record
from infra.simulators.connectwise.writing import as_reference


async def create_time_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    values = simulator.writer("timeEntries").values(await json_body(request))
    ticket = _charged_ticket(simulator, values)
    if ticket is not None:
        values["company"] = ticket["company"]
    if values.get("workRole") is None and not simulator.settings.default_work_role_fits:
        text = "The default Work Role is not valid for the selected location"
        raise invalid("timeEntry", ErrorItem("InvalidField", text, "timeEntry", "workRole"))
    entry = simulator.store.new("timeEntries", values)
    if entry["member"] is None:
        author = next(
            member for member in simulator.store.all("members") if member["identifier"] == API_MEMBER
        )
        entry["member"] = as_reference(author)
    entry["actualHours"] = _hours(simulator, entry)
    entry.update(status="Open", dateEntered=vendor_now(), enteredBy=API_MEMBER)
    saved = save_unless_silent(request, "timeEntries", None, entry)
    if saved is not entry and ticket is not None:
        _recompute_hours(simulator, ticket["id"])
    return JSONResponse(saved, status_code=201)


def _charged_ticket(simulator: Simulator, values: Record) -> Record | None:
    """The ticket the time is charged to. Some statuses take none."""
    if values.get("chargeToType") != "ServiceTicket":
        return None
    number = values.get("chargeToId")
    ticket = simulator.store.get("tickets", number or 0)
    if ticket is None or number in simulator.settings.invisible_tickets:
        raise invalid(
            "timeEntry", ErrorItem("NotFound", f"Ticket {number} not found", "timeEntry", "chargeToId")
        )
    status = simulator.store.get("statuses", ticket["status"]["id"])
    if status is not None and status["timeEntryNotAllowed"]:
        text = "Time entry is not allowed for the status of this ticket."
        raise invalid("timeEntry", ErrorItem("InvalidField", text, "timeEntry", "chargeToId"))
    return ticket


def _hours(simulator: Simulator, entry: Record) -> float | None:
    """As given, else from start to end; an agreement may round them up."""
    hours: float | None = entry["actualHours"]
    if entry["timeEnd"]:
        worked = datetime.fromisoformat(entry["timeEnd"]) - datetime.fromisoformat(entry["timeStart"])
        if worked.total_seconds() < 0:
            text = "timeEnd must be after timeStart."
            raise invalid("timeEntry", ErrorItem("InvalidField", text, "timeEntry", "timeEnd"))
        hours = round(worked.total_seconds() / 3600, 2) if hours is None else hours
    if hours is not None and hours < 0:
        text = "actualHours must not be negative."
        raise invalid("timeEntry", ErrorItem("InvalidField", text, "timeEntry", "actualHours"))
    step = simulator.settings.hours_rounded_to
    return hours if step is None or hours is None else math.ceil(round(hours / step, 6)) * step


def _recompute_hours(simulator: Simulator, ticket_id: int) -> None:
    ticket = simulator.store.get("tickets", ticket_id)
    if ticket is not None:
        entries = [row for row in simulator.store.all("timeEntries") if row["chargeToId"] == ticket_id]
        total = round(sum(row["actualHours"] or 0 for row in entries), 2)
        simulator.store.save("tickets", {**ticket, "actualHours": total})


async def patch_time_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    before = record_or_error(simulator, "timeEntries", id_of(request), "TimeEntry")
    _check_not_billed(before)
    changed = simulator.writer("timeEntries").patched(before, await json_body(request))
    return JSONResponse(save_unless_silent(request, "timeEntries", before, changed))


async def delete_time_entry(request: Request) -> Response:
    simulator = simulator_of(request)
    entry = record_or_error(simulator, "timeEntries", id_of(request), "TimeEntry")
    _check_not_billed(entry)
    simulator.store.delete("timeEntries", entry["id"])
    return Response(status_code=204)


async def ticket_time_entries(request: Request) -> Response:
    return stubs_of_ticket(request, "timeEntries", "chargeToId")


def _check_not_billed(entry: Record) -> None:
    if entry["status"] in ("Billed", "BilledAgreement"):
        raise VendorError(400, "InvalidObject", "A billed time entry cannot be changed.")


routes = [
    Route("/api/service/tickets/{id}/timeentries", ticket_time_entries, methods=["GET"]),
    Route("/api/time/entries", create_time_entry, methods=["POST"]),
    Route("/api/time/entries/{id}", patch_time_entry, methods=["PATCH"]),
    Route("/api/time/entries/{id}", delete_time_entry, methods=["DELETE"]),
    *collection_routes("/api/time/entries", "timeEntries"),
]
