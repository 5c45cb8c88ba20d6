"""A ticket comes with the client's devices and other tickets, and a part that cannot be read costs only itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.psa import PsaNotFound, PsaUnavailable, TicketDetail, TicketPart, keep_known_parts
from infra.psa.connectwise.provider import MAX_NOTE_TEXT, MAX_NOTES, ConnectWiseProvider
from infra.psa.connectwise.surroundings import MAX_CONFIGURATIONS, MAX_RELATED
from infra.simulators.connectwise.clock import vendor_time
from infra.simulators.connectwise.server import SimulatorServer

DEMO = 48231
OFFLINE_SERVER = 48267
"""A ticket of the same client and contact about the server."""


def _linked(simulator: SimulatorServer, ticket_id: int = DEMO) -> list[dict[str, Any]]:
    store = simulator.simulator.store
    ids = {
        link["configuration"]["id"]
        for link in store.all("linkedConfigurations")
        if link["ticketId"] == ticket_id
    }
    return [record for record in store.all("configurations") if record["id"] in ids]


async def test_a_ticket_names_its_company_and_the_devices_linked_to_it(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    ticket = await psa.get_ticket(str(DEMO))
    assert ticket.company_id == simulator.ticket(DEMO)["company"]["id"]
    (machine,) = _linked(simulator)
    (shown,) = ticket.configurations
    assert (shown.id, shown.name, shown.type) == (machine["id"], machine["name"], "Managed Workstation")
    assert shown.details == (
        f"{machine['modelNumber']}, Windows 11 Pro 24H2, {machine['ipAddress']}, "
        f"last used by {machine['lastLoginName']}"
    )
    assert ticket.unread == []


async def test_details_of_all_devices_are_asked_for_at_once(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    devices = simulator.simulator.store.all("configurations")[:3]
    for device in devices:
        _link(simulator, device)
    ticket = await psa.get_ticket(str(DEMO))
    assert {device["id"] for device in devices} <= {one.id for one in ticket.configurations}
    assert len(simulator.requests("GET", "/company/configurations")) == 1


async def test_a_ticket_without_devices_asks_for_no_details(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    bare = next(
        one["id"] for one in simulator.simulator.store.all("tickets") if not _linked(simulator, one["id"])
    )
    assert (await psa.get_ticket(str(bare))).configurations == []
    assert simulator.requests("GET", "/company/configurations") == []


async def test_a_key_that_may_not_read_details_gets_the_names_on_the_ticket(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(denied=["GET /company/configurations"])
    ticket = await psa.get_ticket(str(DEMO))
    (machine,) = _linked(simulator)
    assert [(one.name, one.details) for one in ticket.configurations] == [(machine["deviceIdentifier"], None)]
    assert ticket.unread == []


async def test_there_are_never_more_devices_than_a_page_of_context_holds(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    for device in simulator.simulator.store.all("configurations")[:30]:
        if device not in _linked(simulator):
            _link(simulator, device)
    assert len((await psa.get_ticket(str(DEMO))).configurations) == MAX_CONFIGURATIONS


async def test_related_tickets_are_other_ones_of_the_client_newest_first(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    ticket = await psa.get_ticket(str(DEMO))
    assert len(ticket.related) == MAX_RELATED
    numbers = [int(other.id) for other in ticket.related]
    assert numbers == sorted(numbers, reverse=True)
    assert DEMO not in numbers
    company = simulator.ticket(DEMO)["company"]["id"]
    assert {simulator.ticket(number)["company"]["id"] for number in numbers} == {company}
    assert all(other.summary and other.status for other in ticket.related)


async def test_tickets_of_the_same_person_come_before_those_of_colleagues(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    contact = simulator.ticket(DEMO)["contact"]["id"]
    same = {
        one["id"]
        for one in simulator.simulator.store.all("tickets")
        if one["contact"]["id"] == contact and one["id"] != DEMO
    }
    related = (await psa.get_ticket(str(DEMO))).related
    assert 0 < len(same) < MAX_RELATED
    assert same < {int(other.id) for other in related}


async def test_a_ticket_closed_lately_is_related_and_one_closed_long_ago_is_not(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    _close(simulator, OFFLINE_SERVER, days_ago=40)
    assert str(OFFLINE_SERVER) not in [other.id for other in (await psa.get_ticket(str(DEMO))).related]
    _close(simulator, OFFLINE_SERVER, days_ago=3)
    closed = {other.id: other for other in (await psa.get_ticket(str(DEMO))).related}[str(OFFLINE_SERVER)]
    assert (closed.status, closed.is_closed) == ("Resolved", True)


async def test_a_status_that_closes_without_the_flag_counts_as_closed(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    _close(simulator, OFFLINE_SERVER, days_ago=40, flag=False)
    assert str(OFFLINE_SERVER) not in [other.id for other in (await psa.get_ticket(str(DEMO))).related]


async def test_an_open_ticket_is_related_however_old_it_is(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    record = simulator.ticket(OFFLINE_SERVER)
    _age(simulator, record, days_ago=400)
    assert str(OFFLINE_SERVER) in [other.id for other in (await psa.get_ticket(str(DEMO))).related]


@pytest.mark.parametrize(
    ("denied", "part"),
    [
        (f"GET /service/tickets/{DEMO}/notes", TicketPart.NOTES),
        (f"GET /service/tickets/{DEMO}/configurations", TicketPart.CONFIGURATIONS),
    ],
)
async def test_what_a_key_may_not_read_is_named_and_costs_nothing_else(
    psa: ConnectWiseProvider, simulator: SimulatorServer, denied: str, part: TicketPart
) -> None:
    simulator.configure(denied=[denied])
    ticket = await psa.get_ticket(str(DEMO))
    assert ticket.unread == [part]
    parts = {name: bool(getattr(ticket, name.value)) for name in TicketPart}
    assert parts == {name: name is not part for name in TicketPart}


@pytest.mark.parametrize("status", [403, 404, 429, 500])
@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/service/tickets$", TicketPart.RELATED),
        ("/configurations$", TicketPart.CONFIGURATIONS),
    ],
)
async def test_devices_and_related_tickets_are_no_reason_to_have_no_ticket(
    psa: ConnectWiseProvider, simulator: SimulatorServer, status: int, path: str, part: TicketPart
) -> None:
    simulator.add_fault("status", path=path, status=status, times=None)
    ticket = await psa.get_ticket(str(DEMO))
    assert ticket.description
    assert ticket.unread == [part]


async def test_a_ticket_whose_notes_are_away_for_the_moment_is_asked_for_again(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("status", path="/notes$", status=503)
    with pytest.raises(PsaUnavailable):
        await psa.get_ticket(str(DEMO))
    assert (await psa.get_ticket(str(DEMO))).description


async def test_a_ticket_outside_the_keys_scope_is_not_found_whatever_else_can_be_read(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(invisible_tickets=[DEMO])
    with pytest.raises(PsaNotFound):
        await psa.get_ticket(str(DEMO))


async def test_a_long_story_keeps_its_beginning_and_its_latest_notes(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    before = await psa.get_ticket(str(DEMO))
    for number in range(MAX_NOTES + 20):
        simulator.write_note(DEMO, f"note {number}")
    ticket = await psa.get_ticket(str(DEMO))
    assert len(ticket.notes) == MAX_NOTES
    assert ticket.notes[0].text == ticket.description == before.description
    assert ticket.notes[-1].text == f"note {MAX_NOTES + 19}"


async def test_an_endless_note_is_cut_where_it_is_context(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.write_note(DEMO, "x" * 50_000)
    ticket = await psa.get_ticket(str(DEMO))
    assert len(ticket.notes[-1].text) == MAX_NOTE_TEXT
    assert len((await psa.list_notes(str(DEMO)))[-1].text) == 50_000, "a note that is compared is whole"


def test_what_was_known_of_a_part_stays_when_it_could_not_be_read() -> None:
    known = TicketDetail.model_validate(
        {"id": "1", "summary": "old", "description": "first", "notes": [{"id": "7", "text": "first"}]}
    )
    read = TicketDetail(id="1", summary="new", unread=[TicketPart.NOTES])
    kept = keep_known_parts(read, known)
    assert (kept.summary, kept.description, kept.notes) == ("new", "first", known.notes)
    assert kept.unread == [TicketPart.NOTES]
    assert keep_known_parts(TicketDetail(id="1", summary="new"), known).notes == []
    assert keep_known_parts(read, None) == read


def _link(simulator: SimulatorServer, device: dict[str, Any]) -> None:
    store = simulator.simulator.store
    values = {"ticketId": DEMO, "configuration": {"id": device["id"], "name": device["name"]}}
    store.save("linkedConfigurations", store.new("linkedConfigurations", values))


def _close(simulator: SimulatorServer, ticket_id: int, *, days_ago: int, flag: bool = True) -> None:
    record = simulator.ticket(ticket_id)
    statuses = simulator.simulator.store.all("statuses")
    status = next(one for one in statuses if one["board"] == record["board"] and one["closedStatus"])
    changed = {**record, "closedFlag": flag, "status": {"id": status["id"], "name": status["name"]}}
    _age(simulator, changed, days_ago=days_ago)


def _age(simulator: SimulatorServer, record: dict[str, Any], *, days_ago: int) -> None:
    """Write the record as of that day: saving it would make it new."""
    moment = vendor_time(datetime.now(UTC) - timedelta(days=days_ago))
    aged = {**record, "_info": {**record["_info"], "lastUpdated": moment}}
    simulator.simulator.store._collections["tickets"][record["id"]] = aged
