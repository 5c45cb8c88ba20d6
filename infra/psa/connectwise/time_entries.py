"""Time worked on a ticket."""

from __future__ import annotations

from datetime import timedelta

from domain.psa import NewTimeEntry, TimeEntry
from infra.psa.connectwise import conditions, translation
from infra.psa.connectwise.models import RawTimeEntry
from infra.psa.connectwise.records import many, number, one
from infra.psa.connectwise.times import vendor_time
from infra.psa.connectwise.transport import ConnectWiseTransport

PATH = "/time/entries"
SERVICE_TICKET = "ServiceTicket"


async def list_time_entries(transport: ConnectWiseTransport, ticket_id: str) -> list[TimeEntry]:
    """All time entries of the ticket, oldest first. The ticket's own list holds nothing but their ids."""
    wanted = [
        conditions.is_word("chargeToType", SERVICE_TICKET),
        conditions.equals("chargeToId", number(ticket_id, "ticket")),
    ]
    rows = await transport.rows(PATH, {"conditions": conditions.all_of(wanted), "orderBy": "id asc"})
    return [translation.time_entry(raw) for raw in many(RawTimeEntry, rows)]


async def log_time(transport: ConnectWiseTransport, ticket_id: str, entry: NewTimeEntry) -> TimeEntry:
    """Start, end and hours are all sent: members may be set up to need each of them."""
    body: dict[str, object] = {
        "chargeToType": SERVICE_TICKET,
        "chargeToId": number(ticket_id, "ticket"),
        "timeStart": vendor_time(entry.started_at),
        "timeEnd": vendor_time(entry.started_at + timedelta(minutes=entry.minutes)),
        "actualHours": round(entry.minutes / 60, 2),
        "internalNotes": entry.notes,
    }
    if entry.member is not None:
        body["member"] = {"identifier": entry.member}
    answer = await transport.post(PATH, body)
    return translation.time_entry(one(RawTimeEntry, answer.data, is_write=True))
