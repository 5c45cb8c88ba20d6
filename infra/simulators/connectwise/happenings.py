"""What other people and the tenant's own rules do in the PSA while somebody else is at work on a ticket."""

from __future__ import annotations

import re
from typing import Any

from infra.simulators.connectwise.clock import vendor_now
from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.faults import Fault, FaultKind
from infra.simulators.connectwise.simulator import Simulator
from infra.simulators.connectwise.store import Record
from infra.simulators.connectwise.writing import as_reference

PERSON = "jo"
ADDED = "Called the client, who is content."
"""What the person adds to a note."""


def happen(simulator: Simulator, fault: Fault, path: str, body: Any) -> None:
    """Let it happen to the ticket that the rule names, or that the request is about."""
    if fault.kind is FaultKind.KEY_REVOKED:
        simulator.settings = simulator.settings.model_copy(update={"key_revoked": True})
        return
    ticket = simulator.store.get("tickets", fault.ticket or _ticket_of(path, body))
    if ticket is None:
        return
    if fault.kind is FaultKind.NOTE_EDITED:
        _edit_note(simulator, ticket)
    elif fault.kind is FaultKind.STATUS_MOVED:
        _move(simulator, ticket, closed=False)
    elif fault.kind is FaultKind.TICKET_CLOSED:
        _move(simulator, ticket, closed=True)
    elif fault.kind is FaultKind.TICKET_DELETED:
        _delete(simulator, ticket)


def _ticket_of(path: str, body: Any) -> int:
    named = re.search(r"/service/tickets/(\d+)", path)
    if named is not None:
        return int(named.group(1))
    return int(body["chargeToId"]) if isinstance(body, dict) and "chargeToId" in body else 0


def _edit_note(simulator: Simulator, ticket: Record) -> None:
    """The latest note that came over the API gets another paragraph."""
    written = [
        note
        for note in simulator.store.all("notes")
        if note["ticketId"] == ticket["id"] and note["createdBy"] == API_MEMBER
    ]
    if written:
        note = written[-1]
        simulator.store.save("notes", {**note, "text": f"{note['text']}\n\n{ADDED}"}, author=PERSON)


def _move(simulator: Simulator, ticket: Record, *, closed: bool) -> None:
    """To the board's last status, which closes it, or back to its first one."""
    board = ticket["board"]["id"]
    statuses = [status for status in simulator.store.all("statuses") if status["board"]["id"] == board]
    statuses.sort(key=lambda status: int(status["sortOrder"]))
    changed = {
        **ticket,
        "status": as_reference(statuses[-1 if closed else 0]),
        "closedFlag": closed,
        "closedDate": vendor_now() if closed else None,
        "closedBy": PERSON if closed else None,
    }
    simulator.store.save("tickets", changed, author=PERSON if closed else "Workflow")


def _delete(simulator: Simulator, ticket: Record) -> None:
    """With its notes, as the vendor does it."""
    for note in simulator.store.all("notes"):
        if note["ticketId"] == ticket["id"]:
            simulator.store.delete("notes", note["id"])
    simulator.store.delete("tickets", ticket["id"])
