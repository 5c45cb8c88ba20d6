"""What stands around a ticket: the client's devices linked to it, and other tickets of the client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.psa import Configuration, PsaRejected
from infra.psa.connectwise import conditions, translation
from infra.psa.connectwise.models import RawConfiguration, RawConfigurationLink, RawTicket
from infra.psa.connectwise.records import many, ticket_path
from infra.psa.connectwise.transport import ConnectWiseTransport

MAX_CONFIGURATIONS = 20
MAX_RELATED = 5
RELATED_SCANNED = 50
"""Tickets of the client among which the related ones are chosen: one page."""
RECENTLY = timedelta(days=30)

_CONFIGURATION_FIELDS = "id,name,type,modelNumber,osType,osInfo,ipAddress,lastLoginName"
_TICKET_FIELDS = "id,summary,board,status,contact,closedFlag,_info"


async def read_configurations(transport: ConnectWiseTransport, ticket_id: str) -> list[Configuration]:
    """Devices and services linked to the ticket, with their details in a second request.

    A key that may not read the details still gets the names under which the ticket shows them.
    """
    answer = await transport.get(
        f"{ticket_path(ticket_id)}/configurations", {"pageSize": str(MAX_CONFIGURATIONS)}
    )
    links = many(RawConfigurationLink, answer.data)[:MAX_CONFIGURATIONS]
    if not links:
        return []
    params = {
        "conditions": conditions.one_of("id", [link.id for link in links]),
        "fields": _CONFIGURATION_FIELDS,
        "pageSize": str(MAX_CONFIGURATIONS),
    }
    try:
        answer = await transport.get("/company/configurations", params)
    except PsaRejected:
        details: dict[int, RawConfiguration] = {}
    else:
        details = {raw.id: raw for raw in many(RawConfiguration, answer.data)}
    return [translation.configuration(link, details.get(link.id)) for link in links]


async def read_related(transport: ConnectWiseTransport, ticket: RawTicket) -> list[RawTicket]:
    """Other tickets of the same company that are open or were changed lately, newest first."""
    if ticket.company is None or ticket.company.id is None:
        return []
    wanted = [
        conditions.equals("company/id", ticket.company.id),
        conditions.differs("id", ticket.id),
        conditions.any_of(
            [
                conditions.equals("closedFlag", False),
                conditions.since("lastUpdated", datetime.now(UTC) - RECENTLY),
            ]
        ),
    ]
    params = {
        "conditions": conditions.all_of(wanted),
        "orderBy": "id desc",
        "fields": _TICKET_FIELDS,
        "pageSize": str(RELATED_SCANNED),
    }
    return many(RawTicket, (await transport.get("/service/tickets", params)).data)


def choose_related(
    ticket: RawTicket, others: list[RawTicket], closed_statuses: frozenset[int]
) -> list[RawTicket]:
    """At most five, those of the same contact before others; newest first."""
    long_ago = datetime.now(UTC) - RECENTLY
    contact = ticket.contact.id if ticket.contact else None

    def fits(other: RawTicket) -> bool:
        # A status may close a ticket although its flag says that it is open.
        closed = translation.is_closed(other, closed_statuses)
        lately = other.info.last_updated is None or other.info.last_updated >= long_ago
        return other.id != ticket.id and (lately or not closed)

    def rank(other: RawTicket) -> tuple[bool, int]:
        same = contact is not None and other.contact is not None and other.contact.id == contact
        return not same, -other.id

    chosen = sorted(filter(fits, others), key=rank)[:MAX_RELATED]
    return sorted(chosen, key=lambda other: -other.id)
