"""Ticket notes, and allNotes which also shows the text of time entries."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.clock import vendor_now
from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.errors import ErrorItem, invalid, no_endpoint, not_found
from infra.simulators.connectwise.listing import list_response
from infra.simulators.connectwise.routes.requests import id_of, json_body, visible_ticket
from infra.simulators.connectwise.simulator import Simulator, save_unless_silent, simulator_of
from infra.simulators.connectwise.store import Record
from infra.simulators.connectwise.writing import as_reference

DISPLAY_FLAGS = ("detailDescriptionFlag", "internalAnalysisFlag", "resolutionFlag")


def new_note(simulator: Simulator, ticket_id: int, body: Any) -> Record:
    """A note ready to save. Without a member the API member is its author."""
    values = simulator.writer("notes").values(body)
    _check_display(values)
    note = simulator.store.new("notes", values)
    if note["member"] is None and note["contact"] is None:
        author = next(
            member for member in simulator.store.all("members") if member["identifier"] == API_MEMBER
        )
        note["member"] = as_reference(author)
    created_by = note["member"]["identifier"] if note["member"] else note["contact"]["name"]
    note.update(ticketId=ticket_id, dateCreated=vendor_now(), createdBy=created_by)
    note.update(internalFlag=None, externalFlag=None)
    note["_info"] = {key: note["_info"][key] for key in ("lastUpdated", "updatedBy")}
    return note


async def list_notes(request: Request) -> Response:
    simulator = simulator_of(request)
    ticket_id = visible_ticket(request)
    notes = [note for note in simulator.store.all("notes") if note["ticketId"] == ticket_id]
    return list_response(request, notes, "notes")


async def get_note(request: Request) -> Response:
    return JSONResponse(_note(request))


async def post_note(request: Request) -> Response:
    simulator = simulator_of(request)
    ticket_id = visible_ticket(request)
    note = new_note(simulator, ticket_id, await json_body(request))
    saved = save_unless_silent(request, "notes", None, note)
    if saved is not note:
        _touch_ticket(simulator, ticket_id)
    # The reply to a POST shows both legacy flags true whatever the note is; a later GET shows null.
    return JSONResponse({**saved, "internalFlag": True, "externalFlag": True}, status_code=201)


async def patch_note(request: Request) -> Response:
    simulator = simulator_of(request)
    before = _note(request)
    changed = simulator.writer("notes").patched(before, await json_body(request))
    _check_display(changed)
    saved = save_unless_silent(request, "notes", before, changed)
    if saved is not before:
        _touch_ticket(simulator, saved["ticketId"])
    return JSONResponse(saved)


async def delete_note(request: Request) -> Response:
    simulator_of(request).store.delete("notes", _note(request)["id"])
    return Response(status_code=204)


async def all_notes(request: Request) -> Response:
    simulator = simulator_of(request)
    if not simulator.settings.has_all_notes:
        raise no_endpoint()
    ticket_id = visible_ticket(request)
    rows = [
        {**note, "noteType": "TicketNote", "isMarkdownFlag": False}
        for note in simulator.store.all("notes")
        if note["ticketId"] == ticket_id
    ]
    rows += [
        {
            "id": entry["id"],
            "noteType": "TimeEntryNote",
            "text": entry["notes"],
            "member": entry["member"],
            "timeStart": entry["timeStart"],
            "timeEnd": entry["timeEnd"],
            "detailDescriptionFlag": entry["addToDetailDescriptionFlag"],
            "internalAnalysisFlag": entry["addToInternalAnalysisFlag"],
            "resolutionFlag": entry["addToResolutionFlag"],
            "isMarkdownFlag": False,
            "_info": entry["_info"],
        }
        for entry in simulator.store.all("timeEntries")
        if entry["chargeToId"] == ticket_id and entry["notes"]
    ]
    return list_response(request, rows, "notes")


def _check_display(values: Record) -> None:
    if not any(values.get(flag) for flag in DISPLAY_FLAGS):
        text = "Please choose where to display the notes in order to save this record."
        raise invalid("serviceNote", ErrorItem("InvalidField", text, "serviceNote", ""))


def _note(request: Request) -> Record:
    ticket_id, note_id = visible_ticket(request), id_of(request, "note")
    note = simulator_of(request).store.get("notes", note_id)
    if note is None or note["ticketId"] != ticket_id:
        raise not_found("ServiceNote", note_id)
    return note


def _touch_ticket(simulator: Simulator, ticket_id: int) -> None:
    ticket = simulator.store.get("tickets", ticket_id)
    if ticket is not None and simulator.settings.note_touches_ticket:
        simulator.store.save("tickets", ticket)


routes = [
    Route("/api/service/tickets/{id}/notes", list_notes, methods=["GET"]),
    Route("/api/service/tickets/{id}/notes", post_note, methods=["POST"]),
    Route("/api/service/tickets/{id}/notes/{note}", get_note, methods=["GET"]),
    Route("/api/service/tickets/{id}/notes/{note}", patch_note, methods=["PATCH"]),
    Route("/api/service/tickets/{id}/notes/{note}", delete_note, methods=["DELETE"]),
    Route("/api/service/tickets/{id}/allNotes", all_notes, methods=["GET"]),
]
