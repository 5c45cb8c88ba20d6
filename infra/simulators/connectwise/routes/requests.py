"""Reading what a request says and means."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from infra.simulators.connectwise.errors import VendorError, forbidden, no_endpoint, not_found
from infra.simulators.connectwise.listing import list_response
from infra.simulators.connectwise.simulator import Simulator, simulator_of
from infra.simulators.connectwise.store import Record


async def json_body(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise VendorError(400, "InvalidObject", "The request body is not valid JSON.") from None


def id_of(request: Request, name: str = "id") -> int:
    text: str = request.path_params[name]
    if not text.isdigit():
        raise no_endpoint()
    return int(text)


def visible_ticket(request: Request) -> int:
    """The number of the ticket in the path. Raises when it is not there, or outside the key's scope."""
    simulator = simulator_of(request)
    ticket_id = id_of(request)
    if ticket_id in simulator.settings.invisible_tickets and simulator.settings.invisible_status == 403:
        raise forbidden()
    hidden = ticket_id in simulator.settings.invisible_tickets
    if hidden or simulator.store.get("tickets", ticket_id) is None:
        raise not_found("Ticket", ticket_id)
    return ticket_id


def record_or_error(simulator: Simulator, collection: str, record_id: int, resource: str) -> Record:
    record = simulator.store.get(collection, record_id)
    if record is None:
        raise not_found(resource, record_id)
    return record


def stubs_of_ticket(request: Request, collection: str, key: str) -> Response:
    """What belongs to a ticket as `{id, _info}`: the rows themselves are read in their own collection."""
    simulator = simulator_of(request)
    ticket_id = visible_ticket(request)
    found = [record for record in simulator.store.all(collection) if record[key] == ticket_id]
    return list_response(request, [{"id": row["id"], "_info": row["_info"]} for row in found], collection)
