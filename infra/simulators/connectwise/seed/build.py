"""Puts the desk, the clients and the scenarios together: the same 200 tickets every time."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.simulators.connectwise.clock import vendor_time
from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.schema import SCHEMAS, Kind
from infra.simulators.connectwise.seed.clients import CLIENTS, client_records, device_prefix
from infra.simulators.connectwise.seed.desk import (
    BOARDS,
    CLOSED_WITHOUT_FLAG,
    PRIORITIES,
    STATUSES,
    TYPES,
    desk_records,
)

Record = dict[str, Any]

FIRST_TICKET = 48200
TICKETS = 200
SIGN_IN_TICKET = 48231
"""The ticket of the demo: a Microsoft 365 sign-in on the Help Desk board, assigned to the demo engineer."""

_MINUTES_BETWEEN_TICKETS = 47
_ASSIGNMENTS: list[list[str]] = [
    [],
    ["mreyes"],
    [],
    ["jo"],
    ["mreyes"],  # closed, see _is_closed
    ["john"],
    ["mreyes", "john"],
    ["tokafor"],
    ["spatel"],
    [],
]
_CLOSED = 4
_SCENARIOS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "scenarios.toml").read_text(encoding="utf-8")
)["scenario"]


def build_records(seeded_at: datetime) -> dict[str, list[Record]]:
    """All collections, every record complete with `_info`; times run back from `seeded_at`."""
    records: dict[str, list[Record]] = {name: [] for name in SCHEMAS}
    records.update(desk_records())
    records.update(client_records())
    for number in range(TICKETS):
        _add_ticket(records, number, seeded_at)
    for collection, found in records.items():
        records[collection] = [_complete(collection, record, seeded_at) for record in found]
    return records


def _complete(collection: str, record: Record, seeded_at: datetime) -> Record:
    """Fields the record does not name get the vendor's empty value of their kind."""
    empty: Record = {
        name: False if field.kind is Kind.BOOLEAN else [] if field.kind is Kind.LIST else None
        for name, field in SCHEMAS[collection].items()
    }
    long_ago = vendor_time(seeded_at - timedelta(days=400))
    info = {"lastUpdated": long_ago, "updatedBy": "tokafor", "dateEntered": long_ago, "enteredBy": "tokafor"}
    return {**empty, **record, "_info": {**info, **record.get("_info", {})}}


def _add_ticket(records: dict[str, list[Record]], number: int, seeded_at: datetime) -> None:
    ticket_id = FIRST_TICKET + number
    scenario = _SCENARIOS[((ticket_id - SIGN_IN_TICKET) * 11) % len(_SCENARIOS)]
    repeat = number // len(_SCENARIOS)
    pattern = (number + repeat * 3) % len(_ASSIGNMENTS)
    contact = records["contacts"][(number * 5 + 3) % len(records["contacts"])]
    words = _words(records, contact)
    entered = seeded_at - timedelta(minutes=(TICKETS - number) * _MINUTES_BETWEEN_TICKETS)
    priority_id, priority_name, _, level, allowed_minutes = PRIORITIES[scenario["priority"] - 1]
    due = entered + timedelta(minutes=allowed_minutes)
    board_id: int = scenario["board"]
    closed = pattern == _CLOSED
    assigned = _ASSIGNMENTS[pattern]
    status_id, status_name, status_order = _status(board_id, number, assigned=bool(assigned), closed=closed)
    type_id, type_name = next(entry for entry in TYPES[board_id] if entry[1] == scenario["type"])
    last_change = entered + timedelta(minutes=35)
    author = assigned[0] if assigned else API_MEMBER
    members = {member["identifier"]: member for member in records["members"]}
    ticket: Record = {
        "id": ticket_id,
        "summary": scenario["summary"].format(**words)[:100],
        "recordType": "ServiceTicket",
        "board": {"id": board_id, "name": BOARDS[board_id]},
        "status": {"id": status_id, "name": status_name, "sort": status_order},
        "company": contact["company"],
        "contact": {"id": contact["id"], "name": f"{contact['firstName']} {contact['lastName']}"},
        "contactName": f"{contact['firstName']} {contact['lastName']}",
        "contactEmailAddress": words["mail"],
        "type": {"id": type_id, "name": type_name},
        "priority": {"id": priority_id, "name": priority_name, "sort": priority_id, "level": level},
        "severity": "Medium",
        "impact": "High" if priority_id == 1 else "Medium",
        "owner": _member(members[assigned[0]]) if assigned else None,
        "resources": ", ".join(assigned) if assigned and not closed else None,
        "requiredDate": vendor_time(due),
        "isInSla": closed or due > seeded_at,
        "slaStatus": "Resolved" if closed else f"Resolve by {vendor_time(due)}",
        "closedFlag": closed and status_name not in CLOSED_WITHOUT_FLAG,
        "closedDate": vendor_time(last_change) if closed else None,
        "closedBy": author if closed else None,
        "_info": {
            "lastUpdated": vendor_time(last_change),
            "updatedBy": author,
            "dateEntered": vendor_time(entered),
            "enteredBy": "jo",
        },
    }
    records["tickets"].append(ticket)
    _link_configurations(records, ticket, scenario)
    for identifier in assigned:
        _add_schedule_entry(records, ticket, members[identifier], done=closed)
    description = scenario["descriptions"][repeat % len(scenario["descriptions"])]
    texts = [("discussion", "contact", description), *scenario["notes"]]
    if closed:
        texts.append(("resolution", "member", "Done together with the user by phone, tested, user confirms."))
    for position, (where, who, text) in enumerate(texts):
        created = entered + timedelta(minutes=position * 12)
        writer = members[author] if who == "member" else None
        _add_note(records, ticket, where, text.format(**words), writer, created)


def _link_configurations(records: dict[str, list[Record]], ticket: Record, scenario: dict[str, Any]) -> None:
    """The machine of the contact, and the client's server or firewall where the trouble is with them."""
    texts = " ".join([scenario["summary"], *scenario["descriptions"]])
    for machine in records["configurations"]:
        of_contact = machine["contact"] is not None and machine["contact"]["id"] == ticket["contact"]["id"]
        of_client = machine["contact"] is None and machine["company"]["id"] == ticket["company"]["id"]
        server = of_client and machine["name"].endswith("-SRV01") and "{server}" in texts
        firewall = of_client and machine["name"].endswith("-FW01") and scenario["category"] == "vpn"
        if (of_contact and scenario["type"] == "Incident") or server or firewall:
            records["linkedConfigurations"].append(
                {
                    "id": 9000 + len(records["linkedConfigurations"]),
                    "ticketId": ticket["id"],
                    "configuration": {"id": machine["id"], "name": machine["name"]},
                }
            )


def _words(records: dict[str, list[Record]], contact: Record) -> dict[str, str]:
    company = contact["company"]
    client = next(entry for entry in CLIENTS if entry[0] == company["identifier"])
    machine = next(
        record
        for record in records["configurations"]
        if record["contact"] and record["contact"]["id"] == contact["id"]
    )
    prefix = device_prefix(company)
    return {
        "first": contact["firstName"],
        "last": contact["lastName"],
        "user": machine["lastLoginName"],
        "mail": contact["communicationItems"][0]["value"],
        "company": client[1],
        "domain": client[2],
        "city": client[3],
        "pc": machine["name"],
        "server": f"{prefix}-SRV01",
        "prefix": prefix,
    }


def _status(board_id: int, number: int, *, assigned: bool, closed: bool) -> tuple[int, str, int]:
    statuses = STATUSES[board_id]
    if closed:
        index = 4
    elif not assigned:
        index = 0
    else:
        index = 2 if number % 7 == 2 else 3 if number % 29 == 8 else 1
    status_id, name, _ = statuses[index]
    return status_id, name, index * 10


def _member(member: Record) -> Record:
    name = f"{member['firstName']} {member['lastName']}"
    return {"id": member["id"], "identifier": member["identifier"], "name": name}


def _add_schedule_entry(
    records: dict[str, list[Record]], ticket: Record, member: Record, *, done: bool
) -> None:
    records["scheduleEntries"].append(
        {
            "id": 7000 + len(records["scheduleEntries"]),
            "type": {"id": 4, "name": "Service", "identifier": "S"},
            "objectId": ticket["id"],
            "member": _member(member),
            "name": f"{ticket['company']['name']} / Ticket# {ticket['id']} - {ticket['summary']}",
            "doneFlag": done,
        }
    )


def _add_note(
    records: dict[str, list[Record]],
    ticket: Record,
    where: str,
    text: str,
    writer: Record | None,
    created: datetime,
) -> None:
    author = writer["identifier"] if writer else ticket["contactName"]
    info = {"lastUpdated": vendor_time(created), "updatedBy": author}
    records["notes"].append(
        {
            "id": 61000 + len(records["notes"]),
            "ticketId": ticket["id"],
            "text": text,
            "detailDescriptionFlag": where == "discussion",
            "internalAnalysisFlag": where == "internal",
            "resolutionFlag": where == "resolution",
            "member": _member(writer) if writer else None,
            "contact": None if writer else ticket["contact"],
            "dateCreated": vendor_time(created),
            "createdBy": author,
            "_info": info,
        }
    )
