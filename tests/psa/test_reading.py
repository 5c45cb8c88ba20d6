"""What an engineer reads of a PSA is what stands in it now."""

from urllib.parse import parse_qs

import pytest

from domain.psa import NoteVisibility, PsaNotFound
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer


async def test_a_connection_test_tells_version_and_company(psa: ConnectWiseProvider) -> None:
    version = await psa.test()
    assert version.version.startswith("v2025.1")
    assert version.company_name == "Demo MSP"
    assert version.is_cloud is True


async def test_every_call_carries_the_client_id_the_pinned_version_and_our_name(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    await psa.boards()
    headers = simulator.requests("GET", "/service/boards")[0].headers
    assert headers["clientid"] == simulator.client_id
    assert headers["accept"] == "application/vnd.connectwise.com+json; version=2025.16"
    assert headers["user-agent"].startswith("ResolutionFlow")


async def test_boards_are_the_active_ones(psa: ConnectWiseProvider) -> None:
    names = [board.name for board in await psa.boards()]
    assert names == ["Alerts", "Field Service", "Help Desk", "Microsoft 365", "Network Operations"]


async def test_statuses_belong_to_their_board_and_know_whether_they_close(psa: ConnectWiseProvider) -> None:
    help_desk, cloud = await psa.statuses(1), await psa.statuses(3)
    assert {status.board_id for status in help_desk} == {1}
    assert not {status.id for status in help_desk} & {status.id for status in cloud}
    assert [status.name for status in help_desk if status.is_closed] == ["Resolved", "Closed"]
    assert [status.name for status in cloud if status.is_closed] == ["Completed", "Closed"]
    assert [status.name for status in help_desk if status.is_default] == ["New"]


async def test_statuses_of_an_unknown_board_are_not_found(psa: ConnectWiseProvider) -> None:
    with pytest.raises(PsaNotFound, match="Service Board 77 not found"):
        await psa.statuses(77)


async def test_members_are_active_people_with_their_e_mail(psa: ConnectWiseProvider) -> None:
    members = {member.identifier: member for member in await psa.members()}
    assert members["mreyes"].email == "engineer@demo.example"
    assert members["mreyes"].name == "Mara Reyes"
    assert members["tokafor"].email == "lead@demo.example"
    assert "dnovak" not in members, "inactive"
    assert "rflowapi" not in members, "an API member is nobody"


async def test_companies_are_found_by_name_without_deleted_ones(psa: ConnectWiseProvider) -> None:
    assert [company.name for company in await psa.companies("legal")] == ["Vantor Legal LLP"]
    assert await psa.companies("Oldco") == []


async def test_a_ticket_comes_with_description_and_notes_oldest_first(psa: ConnectWiseProvider) -> None:
    ticket = await psa.get_ticket("48231")
    assert ticket.id == "48231"
    assert "cannot sign in to Microsoft 365" in ticket.summary
    assert (ticket.board, ticket.status, ticket.owner) == ("Help Desk", "In Progress", "mreyes")
    assert ticket.resources == ["mreyes"]
    assert ticket.company
    assert ticket.contact
    assert ticket.priority == "Priority 2 - High"
    assert ticket.sla is not None
    assert ticket.sla.minutes_left is not None
    assert ticket.description is not None
    assert ticket.description.startswith(f"{ticket.contact.split()[0]} cannot get into Outlook")
    moments = [note.created_at for note in ticket.notes if note.created_at]
    assert len(moments) == len(ticket.notes) == 3
    assert moments == sorted(moments)
    assert ticket.notes[0].text == ticket.description
    assert ticket.notes[0].author == ticket.contact
    assert ticket.notes[1].visibility == [NoteVisibility.INTERNAL]
    assert ticket.notes[1].author == "Mara Reyes"


async def test_times_of_a_ticket_are_aware(psa: ConnectWiseProvider) -> None:
    ticket = await psa.get_ticket_row("48231")
    assert ticket.date_entered is not None
    assert ticket.updated is not None
    assert ticket.date_entered.utcoffset() is not None
    assert ticket.date_entered < ticket.updated


async def test_an_unknown_ticket_is_not_found_in_the_psas_words(psa: ConnectWiseProvider) -> None:
    with pytest.raises(PsaNotFound, match="Ticket 99999 not found") as caught:
        await psa.get_ticket("99999")
    assert caught.value.status == 404
    assert caught.value.request_id


@pytest.mark.parametrize("ticket_id", ["", "abc", "-1", "1/notes", "1?x=2", "٤٨", "9" * 30])
async def test_what_is_no_number_is_not_found_without_asking(
    psa: ConnectWiseProvider, simulator: SimulatorServer, ticket_id: str
) -> None:
    with pytest.raises(PsaNotFound):
        await psa.get_ticket_row(ticket_id)
    assert simulator.requests() == []


async def test_a_ticket_is_never_remembered(psa: ConnectWiseProvider, simulator: SimulatorServer) -> None:
    before = await psa.get_ticket_row("48231")
    simulator.change_ticket(48231, summary="Changed by a colleague")
    after = await psa.get_ticket_row("48231")
    assert before.summary != after.summary == "Changed by a colleague"


async def test_boards_are_asked_for_once_within_minutes(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    await psa.boards()
    await psa.boards()
    assert len(simulator.requests("GET", "/service/boards")) == 1


async def test_long_lists_are_read_to_their_last_page(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    store = simulator.simulator.store
    for number in range(1100):
        values = {"text": f"note {number}", "ticketId": 48200, "dateCreated": "2098-01-01T00:00:00Z"}
        store.save("notes", store.new("notes", values))
    notes = await psa.list_notes("48200")
    assert [note.text for note in notes[-1100:]] == [f"note {number}" for number in range(1100)]
    pages = [parse_qs(entry.query)["page"] for entry in simulator.requests("GET", "/notes")]
    assert pages == [["1"], ["2"]]


async def test_a_status_that_closes_makes_the_ticket_closed_whatever_its_flag_says(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    number = next(
        ticket["id"]
        for ticket in simulator.simulator.store.all("tickets")
        if ticket["status"]["name"] == "Completed" and not ticket["closedFlag"]
    )
    assert (await psa.get_ticket_row(str(number))).is_closed


async def test_a_key_without_the_right_to_read_statuses_still_reads_tickets(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(denied=["GET /service/boards/1/statuses"])
    assert (await psa.get_ticket_row("48231")).is_closed is False
