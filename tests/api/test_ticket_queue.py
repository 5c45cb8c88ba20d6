"""The queue of tickets: mine, unassigned, by board; and quiet when there is nobody to ask."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from domain.vocabulary import AccountRole
from infra.database.models import MemberMapping
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant

SEARCH = "/integrations/psa/tickets/search"


async def queue(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(SEARCH, params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def everything(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """All pages of a search."""
    tickets: list[dict[str, Any]] = []
    page = 1
    while True:
        answer = await queue(client, page=page, page_size=100, **query)
        tickets += answer["tickets"]
        if not answer["has_more"]:
            return tickets
        page += 1


async def map_to(application: Application, tenant: Tenant, member: str) -> None:
    async with application.database.admin() as db:
        await db.execute(
            sa.update(MemberMapping)
            .where(MemberMapping.user_id == tenant.user_id())
            .values(external_identifier=member, external_member_id=member)
        )


async def test_the_queue_shows_ten_open_tickets_newest_first(
    engineer: httpx.AsyncClient, tenant: Tenant
) -> None:
    page = await queue(engineer)
    assert page["page"] == 1
    assert page["page_size"] == len(page["tickets"]) == 10
    assert page["has_more"] is True
    assert page["reason"] is None
    assert page["connection_id"] == str(tenant.connection_id)
    entered = [ticket["date_entered"] for ticket in page["tickets"]]
    assert entered == sorted(entered, reverse=True)
    assert not any(ticket["is_closed"] for ticket in page["tickets"])
    second = await queue(engineer, page=2)
    assert not {t["id"] for t in page["tickets"]} & {t["id"] for t in second["tickets"]}


async def test_closed_tickets_are_shown_on_request_only(engineer: httpx.AsyncClient) -> None:
    open_only = await everything(engineer)
    with_closed = await everything(engineer, include_closed=True)
    assert len(with_closed) == 200
    assert 0 < len(open_only) < len(with_closed)


@pytest.mark.parametrize("member", ["jo", "john"])
async def test_mine_means_the_member_by_whole_name(
    application: Application, engineer: httpx.AsyncClient, tenant: Tenant, member: str
) -> None:
    await map_to(application, tenant, member)
    found = await everything(engineer, assigned_to_me=True)
    assert found
    assert all(member in ticket["resources"] for ticket in found)
    expected = {ticket["id"] for ticket in await everything(engineer) if member in ticket["resources"]}
    assert {ticket["id"] for ticket in found} == expected


async def test_unassigned_means_nobody_works_on_it(engineer: httpx.AsyncClient) -> None:
    found = await everything(engineer, unassigned=True)
    assert found
    assert all(ticket["resources"] == [] for ticket in found)


async def test_boards_are_chosen_by_id_one_or_several(engineer: httpx.AsyncClient) -> None:
    boards = (await engineer.get("/integrations/psa/boards")).json()["boards"]
    assert [board["id"] for board in boards if board["name"] == "Old Help Desk"] == [], "an inactive board"
    one = await everything(engineer, board_ids="2")
    assert one
    assert {ticket["board_id"] for ticket in one} == {2}
    two = await everything(engineer, board_ids=" 2 , 3 ")
    assert {ticket["board_id"] for ticket in two} == {2, 3}


async def test_a_board_that_is_no_number_is_refused(engineer: httpx.AsyncClient) -> None:
    for boards in ("abc", "1,x", "1;2", "-1", "1.5", "²", "12345678901"):
        answer = await engineer.get(SEARCH, params={"board_ids": boards})
        assert_problem(answer, 400, "board_id_invalid")


async def test_words_and_numbers_are_searched_and_quotes_are_only_characters(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    assert [ticket["id"] for ticket in await everything(engineer, query="48231")] == ["48231"]
    summary = psa.ticket(48231)["summary"]
    word = max(summary.split(), key=len)
    assert "48231" in {ticket["id"] for ticket in await everything(engineer, query=word.lower())}
    for text in ('" or id > 0 or summary = "', "100%", "it's", "\\", "[]"):
        page = await queue(engineer, query=text)
        assert page["reason"] is None, page
        assert all(text in ticket["summary"] for ticket in page["tickets"])


async def test_an_engineer_without_a_member_is_told_so_and_sees_the_rest(
    application: Application, psa: SimulatorServer
) -> None:
    tenant = await application.tenant(psa_host=psa.url, with_flows=False)
    async with application.sign_in(tenant, AccountRole.ADMIN) as unmapped:
        page = await queue(unmapped, assigned_to_me=True)
        assert page["tickets"] == []
        assert page["reason"] == "not_mapped"
        assert "administrator" in page["reason_detail"]
        assert (await queue(unmapped))["tickets"]


async def test_a_member_who_has_left_has_an_empty_queue(
    application: Application, engineer: httpx.AsyncClient, tenant: Tenant
) -> None:
    await map_to(application, tenant, "gone")
    assert (await queue(engineer, assigned_to_me=True))["tickets"] == []


async def test_without_a_connection_the_queue_is_empty_with_the_reason(desk: Desk) -> None:
    page = await queue(desk.engineer)
    assert page["tickets"] == []
    assert page["reason"] == "no_connection"
    assert (await desk.engineer.get("/integrations/psa/boards")).json()["reason"] == "no_connection"
    assert_problem(await desk.engineer.get("/integrations/psa/tickets/48231"), 409, "psa_not_connected")


async def test_a_ticketing_system_that_is_down_empties_the_queue_with_the_reason(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    psa.add_fault("status", status=503, body="Maintenance until noon", times=None)
    page = await queue(engineer)
    assert page["tickets"] == []
    assert page["reason"] == "psa_unavailable"
    assert "Maintenance until noon" in page["reason_detail"]
    assert (await engineer.get("/integrations/psa/boards")).json() == {
        "boards": [],
        "reason": "psa_unavailable",
    }
    assert_problem(await engineer.get("/integrations/psa/tickets/48231"), 502, "psa_unavailable")


async def test_a_ticketing_system_that_refuses_us_empties_the_queue_in_its_own_words(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    psa.configure(denied=["GET /service"])
    page = await queue(engineer)
    assert page["tickets"] == []
    assert page["reason"] == "psa_rejected"
    assert page["reason_detail"]


async def test_a_ticket_is_read_with_its_notes(engineer: httpx.AsyncClient, psa: SimulatorServer) -> None:
    answer = await engineer.get("/integrations/psa/tickets/48231")
    ticket = answer.json()["ticket"]
    assert ticket["summary"] == psa.ticket(48231)["summary"]
    assert len(ticket["notes"]) == len(psa.notes(48231))
    psa.change_ticket(48231, summary="Changed by somebody")
    again = await engineer.get("/integrations/psa/tickets/48231")
    assert again.json()["ticket"]["summary"] == "Changed by somebody", "tickets are never kept"


async def test_a_ticket_that_does_not_exist_is_not_found(engineer: httpx.AsyncClient) -> None:
    for ticket in ("0", "999999", "abc", "4823 1", "-1", "١٢٣", "1" * 13):
        assert_problem(await engineer.get(f"/integrations/psa/tickets/{ticket}"), 404, "ticket_not_found")
