"""Linking a session to a ticket over the API, and everything that can stand in the way."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update

from domain.conversation import linked_line
from infra.database.models import PsaConnection
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.api.test_exactly_once import new_key, send_often
from tests.support.application import Application
from tests.support.holding import Held
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant, sealed_credentials

DEMO, OTHER = "48231", "48232"


async def link(journey: Journey, ticket_id: str = DEMO, **more: Any) -> httpx.Response:
    headers = more.pop("headers", None)
    body = {"psa_ticket_id": ticket_id, **more}
    return await journey.client.post(journey.path("/ticket"), json=body, headers=headers)


@pytest.fixture
async def journey(engineer: httpx.AsyncClient) -> Journey:
    """A session of an account with the simulator connected, without a ticket."""
    return await Journey.start(engineer, text="Imran cannot sign in")


async def add_connection(application: Application, tenant: Tenant, psa: SimulatorServer) -> str:
    async with application.database.tenant(tenant.account_id) as db:
        row = PsaConnection(
            id=uuid4(),
            account_id=tenant.account_id,
            kind="connectwise",
            name="Second",
            host=psa.url,
            company_id=psa.company_id,
            credentials=sealed_credentials(application.settings.secret_keys),
        )
        db.add(row)
    return str(row.id)


async def disconnect(application: Application, tenant: Tenant) -> None:
    async with application.database.tenant(tenant.account_id) as db:
        await db.execute(
            update(PsaConnection).where(PsaConnection.id == tenant.connection_id).values(is_active=False)
        )


async def test_a_session_gets_its_ticket_and_shows_it(
    journey: Journey, psa: SimulatorServer, tenant: Tenant
) -> None:
    before = await journey.detail()
    answer = await link(journey)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["psa_ticket_id"], body["psa_connection_id"]) == (DEMO, str(tenant.connection_id))
    summary = psa.ticket(int(DEMO))["summary"]
    assert body["ticket"]["summary"] == summary
    after = await journey.detail()
    assert after["session"]["ticket"] == body["ticket"]
    assert (
        after["session"]["state_version"] == body["state_version"] == before["session"]["state_version"] + 1
    )
    assert after["session"]["title"] == before["session"]["title"]
    assert linked_line(DEMO, summary, None) in [message["text"] for message in after["messages"]]


async def test_a_number_with_leading_zeros_is_the_same_ticket(journey: Journey) -> None:
    assert (await link(journey, f"00{DEMO}")).json()["psa_ticket_id"] == DEMO
    started = await Journey.start(journey.client, psa_ticket_id=f"0{DEMO}")
    assert (await started.detail())["session"]["psa_ticket_id"] == DEMO


async def test_the_ticket_can_be_changed_for_another(journey: Journey) -> None:
    await link(journey)
    assert (await link(journey, OTHER)).json()["ticket"]["ref"] == OTHER
    assert (await journey.detail())["session"]["psa_ticket_id"] == OTHER


async def test_a_note_confirmed_after_linking_goes_to_the_ticket(
    journey: Journey, psa: SimulatorServer
) -> None:
    await link(journey)
    preview = await journey.preview()
    assert preview["target_ticket_ref"] == DEMO
    answer = await journey.post_note("## Problem\n\nSigned in again.")
    assert answer.status_code == 200, answer.text
    assert psa.notes(int(DEMO))[-1]["text"] == "## Problem\n\nSigned in again."


async def test_linking_often_with_one_key_links_once(journey: Journey) -> None:
    before = (await journey.detail())["session"]["state_version"]
    answer = await send_often(lambda headers: link(journey, headers=headers))
    assert answer["state_version"] == before + 1
    lines = [message["text"] for message in (await journey.detail())["messages"]]
    assert len([line for line in lines if line.startswith("Linked to ticket")]) == 1


async def test_a_repeat_does_not_ask_the_ticketing_system_again(
    journey: Journey, psa: SimulatorServer
) -> None:
    headers = new_key()
    first = (await link(journey, headers=headers)).json()
    psa.forget_requests()
    assert (await link(journey, headers=headers)).json() == first
    assert psa.requests() == []


async def test_a_key_used_for_another_ticket_is_refused(journey: Journey) -> None:
    headers = new_key()
    await link(journey, headers=headers)
    assert_problem(await link(journey, OTHER, headers=headers), 422, "idempotency_key_reused")


async def test_what_is_not_there_is_not_found(journey: Journey) -> None:
    assert_problem(await link(journey, "99999"), 404, "ticket_not_found")
    assert_problem(await link(journey, psa_connection_id=str(uuid4())), 404, "connection_not_found")
    stranger = Journey(journey.client, {"id": str(uuid4())})
    assert_problem(await link(stranger), 404, "session_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"psa_ticket_id": "abc"},
        {"psa_ticket_id": ""},
        {"psa_ticket_id": "٤٨"},
        {"psa_ticket_id": "1" * 13},
    ],
)
async def test_what_is_no_ticket_number_is_named(desk: Desk, body: dict[str, str]) -> None:
    answer = await desk.engineer.post(f"/ai-sessions/{uuid4()}/ticket", json=body)
    assert assert_problem(answer, 422, "validation_failed")["errors"][0]["field"] == "body.psa_ticket_id"


async def test_without_a_ticketing_system_there_is_nothing_to_link(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The projector is dark")
    assert_problem(await link(journey), 409, "psa_not_connected")


async def test_a_connection_that_was_removed_links_nothing(
    journey: Journey, application: Application, tenant: Tenant, psa: SimulatorServer
) -> None:
    await disconnect(application, tenant)
    psa.forget_requests()
    named = {"psa_connection_id": str(tenant.connection_id)}
    assert_problem(await link(journey, **named), 409, "psa_connection_gone")
    assert psa.requests() == []


async def test_of_several_connections_one_must_be_named_unless_the_session_has_one(
    journey: Journey, application: Application, tenant: Tenant, psa: SimulatorServer
) -> None:
    second = await add_connection(application, tenant, psa)
    assert_problem(await link(journey), 422, "connection_required")
    assert (await link(journey, psa_connection_id=second)).json()["psa_connection_id"] == second
    assert (await link(journey, OTHER)).json()["psa_connection_id"] == second


async def test_a_session_whose_connection_was_replaced_links_through_the_new_one(
    engineer: httpx.AsyncClient, application: Application, tenant: Tenant, psa: SimulatorServer
) -> None:
    journey = await Journey.start(engineer, psa_ticket_id=DEMO)
    second = await add_connection(application, tenant, psa)
    await disconnect(application, tenant)
    assert (await link(journey)).json()["psa_connection_id"] == second


async def test_a_closed_session_takes_no_ticket_and_nobody_is_asked(
    journey: Journey, psa: SimulatorServer
) -> None:
    await journey.client.post(journey.path("/abandon"))
    psa.forget_requests()
    assert_problem(await link(journey), 409, "session_closed")
    assert psa.requests() == []


async def test_the_ticket_stays_while_a_note_is_on_the_way_to_it(
    engineer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = await Journey.start(engineer, psa_ticket_id=DEMO)
    on_the_way = Held(monkeypatch, ConnectWiseProvider, "post_note")
    posting = asyncio.create_task(journey.post_note("## Problem\n\nSolved."))
    await on_the_way.begun()
    assert_problem(await link(journey, OTHER), 409, "writeback_running")
    on_the_way.release()
    assert (await posting).status_code == 200


@pytest.mark.parametrize(
    ("status", "code"), [(503, "psa_unavailable"), (401, "psa_credentials_rejected"), (400, "psa_rejected")]
)
async def test_a_ticketing_system_that_does_not_give_the_ticket_is_told_in_its_words(
    journey: Journey, psa: SimulatorServer, status: int, code: str
) -> None:
    psa.add_fault(
        "status",
        method="GET",
        path=f"/service/tickets/{DEMO}$",
        status=status,
        body={"message": "The desk is closed today."},
        times=None,
    )
    problem = assert_problem(await link(journey), 502, code)
    assert "The desk is closed today." in problem["detail"]
    assert (await journey.detail())["session"]["psa_ticket_id"] is None


async def test_a_viewer_links_nothing(journey: Journey, viewer: httpx.AsyncClient) -> None:
    answer = await viewer.post(journey.path("/ticket"), json={"psa_ticket_id": DEMO})
    assert_problem(answer, 403, "permission_denied")


async def test_the_statuses_of_the_tickets_board_can_be_chosen_from(
    journey: Journey, psa: SimulatorServer
) -> None:
    await link(journey)
    answer = (await journey.client.get(journey.path("/ticket/statuses"))).json()
    assert answer["reason"] is None
    now = psa.ticket(int(DEMO))["status"]
    assert (now["id"], now["name"]) in [(one["id"], one["name"]) for one in answer["statuses"]]
    chosen = next(one for one in answer["statuses"] if not one["is_closed"] and one["id"] != now["id"])
    posted = await journey.client.post(
        journey.path("/resolution-note/post"),
        json={"markdown": "## Problem\n\nSigned in again.", "status_id": chosen["id"]},
    )
    assert posted.json()["verified_status_name"] == chosen["name"]


async def test_without_a_ticket_or_its_system_there_is_no_status_to_choose_and_the_reason_is_told(
    journey: Journey, psa: SimulatorServer, application: Application, tenant: Tenant
) -> None:
    async def reason() -> str:
        answer = await journey.client.get(journey.path("/ticket/statuses"))
        assert answer.status_code == 200, answer.text
        assert answer.json()["statuses"] == []
        return str(answer.json()["reason"])

    assert await reason() == "no_ticket"
    await link(journey)
    await disconnect(application, tenant)
    assert await reason() == "no_connection"
