"""Second tickets over the API: once, with the ticketing system's own words when it does not work."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.routes import spin_off as spin_off_routes
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.api.test_exactly_once import new_key, send_often
from tests.api.test_session_ticket import DEMO, add_connection, disconnect
from tests.support.application import Application
from tests.support.holding import Held
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant
from tests.support.waiting import until

SUMMARY = "Imran's scanner is broken too"
CREATE = r"/service/tickets$"


@pytest.fixture
async def journey(engineer: httpx.AsyncClient) -> Journey:
    """A session on the demo ticket."""
    return await Journey.start(engineer, psa_ticket_id=DEMO)


async def ask(journey: Journey, **more: Any) -> httpx.Response:
    headers = more.pop("headers", None)
    body = {"summary": SUMMARY, "description": "It scans nothing.", **more}
    return await journey.client.post(journey.path("/spin-off-tickets"), json=body, headers=headers)


async def listed(journey: Journey) -> list[dict[str, Any]]:
    answer = await journey.client.get(journey.path("/spin-off-tickets"))
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


def created(psa: SimulatorServer) -> list[dict[str, Any]]:
    return [one for one in psa.simulator.store.all("tickets") if one["summary"] == SUMMARY]


async def test_a_second_ticket_is_answered_with_its_number_and_listed(
    journey: Journey, psa: SimulatorServer, tenant: Tenant
) -> None:
    answer = await ask(journey)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    (ticket,) = created(psa)
    assert (body["state"], body["ticket_id"], body["error"]) == ("done", str(ticket["id"]), None)
    assert (body["board_id"], body["company_id"]) == (1, psa.ticket(int(DEMO))["company"]["id"])
    assert (body["parent_ticket_id"], body["psa_connection_id"]) == (DEMO, str(tenant.connection_id))
    assert await listed(journey) == [body]
    session = await journey.detail()
    assert f"#{ticket['id']}" in session["messages"][-1]["text"]
    assert session["session"]["psa_ticket_id"] == DEMO


async def test_the_latest_is_listed_first(journey: Journey) -> None:
    for name in ("first", "second"):
        await ask(journey, summary=name)
    assert [row["summary"] for row in await listed(journey)] == ["second", "first"]


async def test_a_summary_is_one_line(journey: Journey) -> None:
    assert (await ask(journey, summary="  two\n lines ")).json()["summary"] == "two lines"


async def test_what_nobody_sees_does_not_go_to_the_second_ticket(journey: Journey) -> None:
    body = (await ask(journey, summary="Toner\u202e low\u202c", description="Order\u200b it.")).json()
    assert (body["summary"], body["description"]) == ("Toner low", "Order it.")


async def test_asking_often_with_one_key_creates_one_ticket(journey: Journey, psa: SimulatorServer) -> None:
    psa.add_fault("slow", method="POST", path=CREATE, seconds=1)
    answer = await send_often(lambda headers: ask(journey, headers=headers))
    assert [str(ticket["id"]) for ticket in created(psa)] == [answer["ticket_id"]]
    assert len(await listed(journey)) == 1


async def test_a_lost_answer_creates_one_ticket(journey: Journey, psa: SimulatorServer) -> None:
    psa.add_fault("lost_answer", method="POST", path=CREATE)
    assert (await ask(journey)).json()["ticket_id"] == str(created(psa)[0]["id"])
    assert len(created(psa)) == 1


async def test_a_refusal_is_told_in_the_ticketing_systems_words_and_again_to_a_repeat(
    journey: Journey, psa: SimulatorServer
) -> None:
    headers = new_key()
    for _ in range(2):
        problem = assert_problem(await ask(journey, board_id=77, headers=headers), 502, "psa_post_failed")
        assert "Service Board 77 not found" in problem["detail"]
        assert problem["psa_code"] == "psa_rejected"
    assert len(psa.requests("POST", "/service/tickets")) == 1
    (row,) = await listed(journey)
    assert (row["state"], row["error"]["code"]) == ("failed", "psa_rejected")


async def test_a_slow_ticketing_system_is_answered_with_running_and_ends_well(
    journey: Journey, psa: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spin_off_routes, "CREATE_WITHIN", 4.0)
    creating = Held(monkeypatch, ConnectWiseProvider, "create_ticket")
    answer = await ask(journey)
    assert (answer.status_code, answer.json()["state"]) == (201, "running")
    assert answer.json()["ticket_id"] is None
    creating.release()

    async def done() -> bool:
        return [row["state"] for row in await listed(journey)] == ["done"]

    await until(done, what="the second ticket")
    assert len(created(psa)) == 1


async def test_a_second_click_meanwhile_is_told_to_wait(
    journey: Journey, psa: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    creating = Held(monkeypatch, ConnectWiseProvider, "create_ticket")
    first = asyncio.create_task(ask(journey))
    await creating.begun()
    assert_problem(await ask(journey), 409, "spin_off_running")
    creating.release()
    assert (await first).status_code == 201
    assert len(created(psa)) == 1


async def test_without_a_ticket_board_and_company_must_be_named(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    journey = await Journey.start(engineer, text="Imran cannot sign in")
    assert_problem(await ask(journey), 422, "company_required")
    assert_problem(await ask(journey, company_id=254), 422, "board_required")
    answer = await ask(journey, company_id=254, board_id=3)
    assert answer.status_code == 201, answer.text
    assert created(psa)[0]["board"]["id"] == 3


async def test_of_several_connections_one_must_be_named(
    engineer: httpx.AsyncClient, application: Application, tenant: Tenant, psa: SimulatorServer
) -> None:
    journey = await Journey.start(engineer, text="Imran cannot sign in")
    second = await add_connection(application, tenant, psa)
    where = {"company_id": 254, "board_id": 3}
    assert_problem(await ask(journey, **where), 422, "connection_required")
    answer = await ask(journey, **where, psa_connection_id=second)
    assert answer.json()["psa_connection_id"] == second


async def test_a_connection_that_is_not_there_is_not_found(journey: Journey) -> None:
    named = {"psa_connection_id": str(uuid4()), "company_id": 254, "board_id": 3}
    assert_problem(await ask(journey, **named), 404, "connection_not_found")


async def test_without_a_ticketing_system_there_is_nowhere_to_create_it(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The projector is dark")
    assert_problem(await ask(journey, board_id=1, company_id=1), 409, "psa_not_connected")


async def test_a_connection_that_was_removed_creates_nothing(
    journey: Journey, application: Application, tenant: Tenant, psa: SimulatorServer
) -> None:
    await disconnect(application, tenant)
    problem = assert_problem(await ask(journey), 409, "psa_connection_gone")
    assert "stays open" in problem["detail"]
    assert created(psa) == []


async def test_a_closed_session_takes_no_second_ticket(journey: Journey) -> None:
    await journey.client.post(journey.path("/abandon"))
    assert_problem(await ask(journey), 409, "session_closed")


async def test_a_session_that_is_not_there_has_no_second_tickets(desk: Desk) -> None:
    stranger = Journey(desk.engineer, {"id": str(uuid4())})
    assert_problem(await ask(stranger), 404, "session_not_found")
    assert_problem(await desk.engineer.get(stranger.path("/spin-off-tickets")), 404, "session_not_found")


async def test_a_key_used_for_another_ticket_is_refused(journey: Journey) -> None:
    headers = new_key()
    await ask(journey, headers=headers)
    again = await ask(journey, summary="Something else", headers=headers)
    assert_problem(again, 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("summary", "x" * 101),
        ("summary", " \n\x1c "),
        ("summary", "a\x00b"),
        ("description", "x" * 20_001),
        ("board_id", 0),
        ("company_id", 2**31),
        ("psa_connection_id", "none"),
    ],
)
async def test_what_does_not_fit_is_named(desk: Desk, field: str, value: object) -> None:
    body = {"summary": SUMMARY, field: value}
    answer = await desk.engineer.post(f"/ai-sessions/{uuid4()}/spin-off-tickets", json=body)
    assert assert_problem(answer, 422, "validation_failed")["errors"][0]["field"] == f"body.{field}"


async def test_a_viewer_may_look_and_asks_for_nothing(journey: Journey, viewer: httpx.AsyncClient) -> None:
    assert (await viewer.get(journey.path("/spin-off-tickets"))).json() == []
    answer = await viewer.post(journey.path("/spin-off-tickets"), json={"summary": SUMMARY})
    assert_problem(answer, 403, "permission_denied")
