"""Starting a session from a text, a ticket, or both, and what happens when the ticketing system does not play along."""

from __future__ import annotations

from uuid import uuid4

import httpx
import sqlalchemy as sa

from infra.database.models import PsaConnection, Session
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant

TICKET = "48231"


async def test_a_session_from_a_text_has_it_as_its_problem_and_is_answered(desk: Desk) -> None:
    answer = await desk.engineer.post(
        "/ai-sessions", json={"text": "  Outlook keeps asking for the password.  "}
    )
    assert answer.status_code == 201
    session = answer.json()
    assert session["status"] == "active"
    assert session["intake_type"] == "free_text"
    assert session["engineer_id"] == session["started_by"] == str(desk.tenant.user_id())
    assert session["ticket"] is None
    body = await Journey(desk.engineer, session).settled()
    assert [message["role"] for message in body["messages"]] == ["engineer", "pilot"]
    assert body["messages"][0]["author_id"] == str(desk.tenant.user_id())


async def test_a_session_from_a_ticket_knows_the_ticket_and_is_answered(
    engineer: httpx.AsyncClient, psa: SimulatorServer, tenant: Tenant
) -> None:
    journey = await Journey.start(engineer, psa_ticket_id=TICKET)
    body = await journey.detail()
    session = body["session"]
    ticket = psa.ticket(int(TICKET))
    assert session["intake_type"] == "psa_ticket"
    assert session["psa_connection_id"] == str(tenant.connection_id)
    assert session["psa_ticket_id"] == session["ticket"]["ref"] == TICKET
    assert session["ticket"]["summary"] == ticket["summary"]
    assert session["ticket"]["client"] == ticket["company"]["name"]
    assert body["messages"][0]["role"] == "system"
    assert TICKET in body["messages"][0]["text"]
    assert body["messages"][-1]["role"] == "pilot"


async def test_a_text_beside_a_ticket_is_what_the_pilot_answers(engineer: httpx.AsyncClient) -> None:
    journey = await Journey.start(engineer, psa_ticket_id=TICKET, text="I have reset the password already")
    messages = (await journey.detail())["messages"]
    assert [message["role"] for message in messages] == ["system", "engineer", "pilot"]
    assert messages[1]["text"] == "I have reset the password already"


async def test_a_title_that_is_given_is_kept(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="Something long and winding", title="  Short title ")
    assert (await journey.detail())["session"]["title"] == "Short title"


async def test_an_unknown_ticket_is_not_found_and_leaves_no_session(
    application: Application, engineer: httpx.AsyncClient, tenant: Tenant
) -> None:
    answer = await engineer.post("/ai-sessions", json={"psa_ticket_id": "999999999", "text": "hello"})
    assert_problem(answer, 404, "ticket_not_found")
    assert await sessions_of(application, tenant) == 0


async def test_a_ticketing_system_that_is_down_is_said_and_leaves_no_session(
    application: Application, engineer: httpx.AsyncClient, tenant: Tenant, psa: SimulatorServer
) -> None:
    psa.add_fault("status", status=503, body="Down for maintenance", times=None)
    headers = {"Idempotency-Key": f"start-{uuid4()}"}
    answer = await engineer.post("/ai-sessions", json={"psa_ticket_id": TICKET}, headers=headers)
    problem = assert_problem(answer, 502, "psa_unavailable")
    assert "Down for maintenance" in problem["detail"]
    assert await sessions_of(application, tenant) == 0
    psa.clear_faults()
    again = await engineer.post("/ai-sessions", json={"psa_ticket_id": TICKET}, headers=headers)
    assert again.status_code == 201, "the same request works once the PSA is back"


async def test_a_ticketing_system_that_hangs_up_is_said_and_leaves_no_session(
    application: Application, engineer: httpx.AsyncClient, tenant: Tenant, psa: SimulatorServer
) -> None:
    psa.add_fault("lost_request", times=None)
    answer = await engineer.post("/ai-sessions", json={"psa_ticket_id": TICKET})
    assert_problem(answer, 502, "psa_unavailable")
    assert await sessions_of(application, tenant) == 0


async def test_stored_credentials_that_stopped_working_are_named_as_the_reason(
    application: Application, engineer: httpx.AsyncClient, tenant: Tenant
) -> None:
    revoked = SecretBox(application.settings.secret_keys, PSA_CREDENTIALS).seal(
        {"public_key": "Revoked", "private_key": "Revoked", "client_id": SimulatorServer.client_id}
    )
    async with application.database.admin() as db:
        await db.execute(
            sa.update(PsaConnection)
            .where(PsaConnection.id == tenant.connection_id)
            .values(credentials=revoked)
        )
    answer = await engineer.post("/ai-sessions", json={"psa_ticket_id": TICKET})
    assert_problem(answer, 502, "psa_credentials_rejected")
    assert "Revoked" not in answer.text
    assert await sessions_of(application, tenant) == 0


async def test_a_ticket_without_any_connection_says_who_can_help(desk: Desk) -> None:
    answer = await desk.engineer.post("/ai-sessions", json={"psa_ticket_id": TICKET})
    assert "administrator" in assert_problem(answer, 409, "psa_not_connected")["detail"]


async def test_with_two_connections_the_request_must_name_one(
    application: Application,
    engineer: httpx.AsyncClient,
    administrator: httpx.AsyncClient,
    psa: SimulatorServer,
) -> None:
    created = await administrator.post(
        "/integrations/psa/connections",
        json={
            "name": "Second",
            "host": psa.url,
            "company_id": psa.company_id,
            "public_key": psa.public_key,
            "private_key": psa.private_key,
            "client_id": psa.client_id,
        },
    )
    assert created.status_code == 201, created.text
    assert_problem(
        await engineer.post("/ai-sessions", json={"psa_ticket_id": TICKET}), 422, "connection_required"
    )
    answer = await engineer.post(
        "/ai-sessions", json={"psa_ticket_id": TICKET, "psa_connection_id": created.json()["id"]}
    )
    assert answer.json()["psa_connection_id"] == created.json()["id"]


async def sessions_of(application: Application, tenant: Tenant) -> int:
    async with application.database.admin() as db:
        count = sa.select(sa.func.count()).select_from(Session).where(Session.account_id == tenant.account_id)
        return (await db.execute(count)).scalar_one()
