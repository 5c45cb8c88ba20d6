"""Service tickets: reading, creating, and the status change with all that hangs on it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.clock import vendor_now
from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.errors import (
    ErrorItem,
    bad_condition,
    forbidden,
    invalid,
    missing_field,
    not_found,
)
from infra.simulators.connectwise.faults import FaultKind
from infra.simulators.connectwise.listing import chosen_fields, list_response, matching, parameters
from infra.simulators.connectwise.routes.notes import new_note
from infra.simulators.connectwise.routes.requests import id_of, json_body
from infra.simulators.connectwise.seed.desk import CLOSED_WITHOUT_FLAG
from infra.simulators.connectwise.simulator import Simulator, fault_of, save_unless_silent, simulator_of
from infra.simulators.connectwise.store import Record
from infra.simulators.connectwise.writing import as_reference

INITIAL_NOTES = {
    "initialDescription": "detailDescriptionFlag",
    "initialInternalAnalysis": "internalAnalysisFlag",
    "initialResolution": "resolutionFlag",
}


def visible_tickets(simulator: Simulator) -> list[Record]:
    """Tickets within the key's scope; the others are left out of lists without a word."""
    hidden = set(simulator.settings.invisible_tickets)
    return [ticket for ticket in simulator.store.all("tickets") if ticket["id"] not in hidden]


def ticket_or_error(simulator: Simulator, ticket_id: int) -> Record:
    ticket = simulator.store.get("tickets", ticket_id)
    if ticket_id in simulator.settings.invisible_tickets:
        raise forbidden() if simulator.settings.invisible_status == 403 else not_found("Ticket", ticket_id)
    if ticket is None:
        raise not_found("Ticket", ticket_id)
    return ticket


def shown(request: Request, ticket: Record) -> Record:
    """With the links to its children; the doubled slash is the vendor's."""
    root = (
        f"{request.url.scheme}://{request.headers['host']}/{simulator_of(request).settings.codebase}/apis/3.0"
    )
    links = {
        f"{name}_href": f"{root}/service/tickets/{ticket['id']}/{name}"
        for name in ("notes", "timeentries", "scheduleentries", "configurations")
    }
    return {**ticket, "_info": {**ticket["_info"], **links}}


async def list_tickets(request: Request) -> Response:
    return list_response(request, visible_tickets(simulator_of(request)), "tickets")


async def search_tickets(request: Request) -> Response:
    body = await json_body(request)
    if not isinstance(body, dict):
        raise bad_condition("The search body must be an object.")
    query = parameters(request)
    query.update({str(key).lower(): str(value) for key, value in body.items() if value is not None})
    return list_response(request, visible_tickets(simulator_of(request)), "tickets", query)


async def count_tickets(request: Request) -> Response:
    found = matching(visible_tickets(simulator_of(request)), "tickets", parameters(request))
    return JSONResponse({"count": len(found)})


async def get_ticket(request: Request) -> Response:
    ticket = ticket_or_error(simulator_of(request), id_of(request))
    return JSONResponse(chosen_fields(shown(request, ticket), parameters(request).get("fields")))


async def create_ticket(request: Request) -> Response:
    simulator = simulator_of(request)
    body = await json_body(request)
    body = _with_default_board(simulator, body)
    values = simulator.writer("tickets").values(_with_board_status(simulator, body, None))
    ticket = simulator.store.new("tickets", values)
    board = ticket["board"]["id"]
    if ticket["status"] is None:
        ticket["status"] = as_reference(_board_statuses(simulator, board)[0])
    if ticket["priority"] is None:
        defaults = [entry for entry in simulator.store.all("priorities") if entry["defaultFlag"]]
        ticket["priority"] = as_reference(defaults[0])
    ticket["recordType"] = "ServiceTicket"
    _check_status(simulator, ticket)
    saved = save_unless_silent(request, "tickets", None, ticket)
    for name, flag in INITIAL_NOTES.items():
        if body.get(name):
            save_unless_silent(
                request, "notes", None, new_note(simulator, saved["id"], {"text": body[name], flag: True})
            )
    return JSONResponse(shown(request, saved), status_code=201)


async def patch_ticket(request: Request) -> Response:
    simulator = simulator_of(request)
    before = ticket_or_error(simulator, id_of(request))
    operations = await json_body(request)
    if isinstance(operations, list):
        operations = [_operation_in_board(simulator, operation, before) for operation in operations]
    changed = simulator.writer("tickets").patched(before, operations)
    _check_status(simulator, changed)
    changed = _after_status_change(simulator, before, changed)
    saved = save_unless_silent(request, "tickets", before, changed)
    if fault_of(request) is FaultKind.REVERT_STATUS and saved["status"] != before["status"]:
        simulator.store.save("tickets", before, author="Workflow")
    elif saved["closedDate"] and not before["closedDate"]:
        _finish_schedule(simulator, saved["id"])
    return JSONResponse(shown(request, saved))


def _with_default_board(simulator: Simulator, body: Any) -> Any:
    board = simulator.settings.default_board
    if board is None or not isinstance(body, dict) or body.get("board") is not None:
        return body
    return {**body, "board": {"id": board}}


def _board_statuses(simulator: Simulator, board: int) -> list[Record]:
    statuses = [status for status in simulator.store.all("statuses") if status["board"]["id"] == board]
    return sorted(statuses, key=lambda status: int(status["sortOrder"]))


def _operation_in_board(simulator: Simulator, operation: Any, ticket: Record) -> Any:
    """Status names repeat on every board, so `{name}` means the one on the ticket's board."""
    if isinstance(operation, dict) and operation.get("path") in ("status", "/status"):
        given = _with_board_status(simulator, {"status": operation.get("value")}, ticket["board"]["id"])
        return {**operation, "value": given["status"]}
    return operation


def _with_board_status(simulator: Simulator, body: Any, board: int | None) -> Any:
    if not isinstance(body, dict) or not isinstance(body.get("status"), dict) or "id" in body["status"]:
        return body
    given_board = body.get("board")
    board = board if board is not None else given_board.get("id") if isinstance(given_board, dict) else None
    name = body["status"].get("name")
    for status in simulator.store.all("statuses"):
        if status["board"]["id"] == board and status["name"] == name:
            return {**body, "status": {"id": status["id"]}}
    item = ErrorItem(
        "NotFound", f"Service Status {name} not found for Service Board {board}", "ticket", "status/name"
    )
    raise invalid("ticket", item)


def _check_status(simulator: Simulator, ticket: Record) -> None:
    status, board = ticket["status"], ticket["board"]["id"]
    record = simulator.store.get("statuses", status["id"]) if status else None
    if record is None:
        raise missing_field("ticket", "status")
    if record["board"]["id"] != board:
        text = f"Service Status {status['id']} not found for Service Board {board}"
        raise invalid("ticket", ErrorItem("NotFound", text, "ticket", "status/id"))


def _after_status_change(simulator: Simulator, before: Record, changed: Record) -> Record:
    """Closing stamps closed*, empties the resources and keeps the owner; reopening clears the stamps."""
    if changed["status"]["id"] == before["status"]["id"]:
        return changed
    status = simulator.store.get("statuses", changed["status"]["id"]) or {}
    if not status.get("closedStatus"):
        return {**changed, "closedFlag": False, "closedDate": None, "closedBy": None}
    if not simulator.settings.can_close_tickets:
        raise forbidden()
    _check_required_on_close(simulator, changed)
    return {
        **changed,
        "closedFlag": status["name"] not in CLOSED_WITHOUT_FLAG,
        "closedDate": vendor_now(),
        "closedBy": API_MEMBER,
        "resources": None,
    }


def _check_required_on_close(simulator: Simulator, ticket: Record) -> None:
    for rule in simulator.settings.required_on_close:
        if rule.field == "resolution":
            notes = simulator.store.all("notes")
            there = any(note["ticketId"] == ticket["id"] and note["resolutionFlag"] for note in notes)
        elif rule.field == "time":
            there = any(entry["chargeToId"] == ticket["id"] for entry in simulator.store.all("timeEntries"))
        else:
            there = ticket.get(rule.field) is not None
        if not there:
            raise missing_field("ticket", rule.field, rule.message)


def _finish_schedule(simulator: Simulator, ticket_id: int) -> None:
    for entry in simulator.store.all("scheduleEntries"):
        if entry["objectId"] == ticket_id and not entry["doneFlag"]:
            simulator.store.save("scheduleEntries", {**entry, "doneFlag": True})


routes = [
    Route("/api/service/tickets", list_tickets, methods=["GET"]),
    Route("/api/service/tickets", create_ticket, methods=["POST"]),
    Route("/api/service/tickets/count", count_tickets, methods=["GET"]),
    Route("/api/service/tickets/search", search_tickets, methods=["POST"]),
    Route("/api/service/tickets/{id}", get_ticket, methods=["GET"]),
    Route("/api/service/tickets/{id}", patch_ticket, methods=["PATCH"]),
]
