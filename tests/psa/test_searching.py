"""The queue shows the tickets that belong in it: all of them, and no others."""

import pytest

from domain.psa import TicketQuery
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer


async def _all(psa: ConnectWiseProvider, query: TicketQuery) -> list[str]:
    ids: list[str] = []
    page = 1
    while True:
        found = await psa.search_tickets(query.model_copy(update={"page": page}))
        ids += [ticket.id for ticket in found.tickets]
        if not found.has_more:
            return ids
        assert len(found.tickets) == query.page_size
        page += 1


def _seeded(simulator: SimulatorServer, member: str) -> list[str]:
    """Tickets a member is on, by splitting the resources, newest first."""
    return [
        str(ticket["id"])
        for ticket in reversed(simulator.simulator.store.all("tickets"))
        if member in (ticket["resources"] or "").split(", ")
    ]


async def test_the_queue_is_newest_first_in_pages_of_ten_and_open_only(psa: ConnectWiseProvider) -> None:
    page = await psa.search_tickets(TicketQuery())
    numbers = [int(ticket.id) for ticket in page.tickets]
    assert len(numbers) == page.page_size == 10
    assert numbers == sorted(numbers, reverse=True)
    assert page.has_more
    assert not any(ticket.is_closed for ticket in page.tickets)


async def test_pages_together_hold_every_open_ticket_once(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    closed = {"Resolved", "Closed", "Completed"}
    tickets = simulator.simulator.store.all("tickets")
    open_tickets = [
        str(ticket["id"]) for ticket in reversed(tickets) if ticket["status"]["name"] not in closed
    ]
    assert await _all(psa, TicketQuery(page_size=50)) == open_tickets


async def test_closed_tickets_come_when_asked_for(psa: ConnectWiseProvider) -> None:
    assert len(await _all(psa, TicketQuery(include_closed=True, page_size=100))) == 200


async def test_completed_tickets_that_the_psa_does_not_flag_as_closed_stay_out_of_the_open_queue(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    shown = await _all(psa, TicketQuery(board_ids=[3, 4], page_size=100))
    unflagged = [
        str(ticket["id"])
        for ticket in simulator.simulator.store.all("tickets")
        if ticket["status"]["name"] == "Completed" and not ticket["closedFlag"]
    ]
    assert unflagged
    assert not set(shown) & set(unflagged)


async def test_jo_does_not_see_johns_tickets(psa: ConnectWiseProvider, simulator: SimulatorServer) -> None:
    found = await _all(psa, TicketQuery(assigned_to="jo", page_size=5))
    assert found == _seeded(simulator, "jo")
    assert set(_seeded(simulator, "john")) & set(found) == set()


async def test_john_sees_tickets_he_shares_with_a_colleague(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    found = await _all(psa, TicketQuery(assigned_to="John", page_size=100))
    assert found == _seeded(simulator, "john")
    assert set(found) & set(_seeded(simulator, "mreyes"))


async def test_unassigned_means_nobody_is_on_it(psa: ConnectWiseProvider) -> None:
    page = await psa.search_tickets(TicketQuery(unassigned=True, page_size=100))
    assert page.tickets
    assert not any(ticket.resources for ticket in page.tickets)


async def test_boards_status_company_and_priority_narrow_together(psa: ConnectWiseProvider) -> None:
    page = await psa.search_tickets(TicketQuery(board_ids=[1, 2], page_size=100))
    assert {ticket.board_id for ticket in page.tickets} == {1, 2}
    page = await psa.search_tickets(TicketQuery(board_ids=[1], status_id=102, priority_id=2, page_size=100))
    assert page.tickets
    assert {(ticket.status_id, ticket.priority) for ticket in page.tickets} == {(102, "Priority 2 - High")}
    page = await psa.search_tickets(TicketQuery(company_id=254, page_size=100))
    assert {ticket.company for ticket in page.tickets} == {"Ferrowind Turbines"}


async def test_text_finds_words_of_the_summary_in_any_case(psa: ConnectWiseProvider) -> None:
    page = await psa.search_tickets(TicketQuery(text="vpn ERROR 809", page_size=100))
    assert page.tickets
    assert all("VPN error 809" in ticket.summary for ticket in page.tickets)


@pytest.mark.parametrize("text", ["48231", "#48231", " 48231 "])
async def test_a_number_finds_the_ticket_with_it(psa: ConnectWiseProvider, text: str) -> None:
    page = await psa.search_tickets(TicketQuery(text=text))
    assert [ticket.id for ticket in page.tickets] == ["48231"]


async def test_a_number_also_finds_summaries_that_contain_it(psa: ConnectWiseProvider) -> None:
    page = await psa.search_tickets(TicketQuery(text="809"))
    assert page.tickets
    assert all("809" in ticket.summary for ticket in page.tickets)


@pytest.mark.parametrize(
    "summary",
    [
        'Screen says "Disk is full"',
        "O'Neill's mouse",
        """Both "double" and 'single'""",
        "Share \\\\SRV01\\data is gone",
        "[urgent] server down",
        "100 % CPU & no * joker",
        'trailing backslash \\" or closedFlag = true',
        "Größe + Umlaute / слово",
    ],
)
async def test_any_text_is_searched_for_as_it_is_written(
    psa: ConnectWiseProvider, simulator: SimulatorServer, summary: str
) -> None:
    simulator.change_ticket(48240, summary=summary)
    simulator.change_ticket(48241, summary=f"{summary[:-1]}…")
    page = await psa.search_tickets(TicketQuery(text=summary, include_closed=True))
    assert [ticket.id for ticket in page.tickets] == ["48240"]


async def test_a_query_too_long_for_an_address_is_sent_as_a_search(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    boards = [1, *range(1000, 1600)]
    found = await _all(psa, TicketQuery(board_ids=boards, page_size=100))
    assert found == await _all(psa, TicketQuery(board_ids=[1], page_size=100))
    assert simulator.requests("POST", "/service/tickets/search")
