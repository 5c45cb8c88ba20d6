"""Creating a ticket, and finding the one that an attempt without an answer has created."""

from __future__ import annotations

from datetime import datetime

from domain.psa import NewTicket, PsaRejected
from domain.text import normalise_text
from infra.psa.connectwise import conditions
from infra.psa.connectwise.models import RawNote, RawTicket
from infra.psa.connectwise.records import many, one, ticket_path
from infra.psa.connectwise.search import FIELDS
from infra.psa.connectwise.transport import ConnectWiseTransport

PATH = "/service/tickets"
MAX_CANDIDATES = 25


async def create_ticket(transport: ConnectWiseTransport, ticket: NewTicket) -> RawTicket:
    """The ticket as the PSA made it; status and priority are the board's own."""
    body: dict[str, object] = {"summary": ticket.summary, "company": {"id": ticket.company_id}}
    if ticket.board_id is not None:
        body["board"] = {"id": ticket.board_id}
    if ticket.description and ticket.description.strip():
        body["initialDescription"] = ticket.description
    if ticket.reference is not None:
        body["externalXRef"] = ticket.reference
    answer = await transport.post(PATH, body)
    return one(RawTicket, answer.data, is_write=True)


async def find_created_ticket(
    transport: ConnectWiseTransport, ticket: NewTicket, since: datetime
) -> RawTicket | None:
    """The oldest ticket entered since then that is the wanted one.

    Its reference tells. On a ticket that carries none, company, summary and opening text must agree.
    """
    wanted = [
        conditions.equals("company/id", ticket.company_id),
        conditions.since("dateEntered", since),
        conditions.contains("summary", ticket.summary),
    ]
    params = {
        "conditions": conditions.all_of(wanted),
        "orderBy": "id asc",
        "fields": f"{FIELDS},externalXRef",
        "pageSize": str(MAX_CANDIDATES),
    }
    found = many(RawTicket, (await transport.get(PATH, params)).data)
    same = [raw for raw in found if _same(raw.summary, ticket.summary)]
    if ticket.reference is not None:
        for raw in same:
            if raw.external_x_ref == ticket.reference:
                return raw
    for raw in same:
        unmarked = not raw.external_x_ref or ticket.reference is None
        if unmarked and await _has_opening(transport, raw, ticket.description):
            return raw
    return None


async def _has_opening(transport: ConnectWiseTransport, raw: RawTicket, description: str | None) -> bool:
    """Whether the ticket opens with this text. A key that may not read notes has to go by the summary."""
    try:
        answer = await transport.get(
            f"{ticket_path(str(raw.id))}/notes", {"orderBy": "id asc", "pageSize": "10"}
        )
    except PsaRejected:
        return True
    opening = next((note.text for note in many(RawNote, answer.data) if note.detail_description_flag), None)
    return _same(opening, description)


def _same(one_text: str | None, other: str | None) -> bool:
    return normalise_text(one_text or "") == normalise_text(other or "")
