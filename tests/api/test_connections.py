"""Connecting a ticketing system: credentials are proved before they are stored, and never shown again."""

from __future__ import annotations

import json
from typing import Any

import httpx
import sqlalchemy as sa

from infra.database.models import PsaConnection
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant

ROUTE = "/integrations/psa/connections"


def body(psa: SimulatorServer, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Our ConnectWise",
        "host": psa.url,
        "company_id": psa.company_id,
        "public_key": psa.public_key,
        "private_key": psa.private_key,
        "client_id": psa.client_id,
        **changes,
    }


async def stored(application: Application, tenant: Tenant) -> list[PsaConnection]:
    async with application.database.admin() as db:
        rows = await db.execute(sa.select(PsaConnection).where(PsaConnection.account_id == tenant.account_id))
        return list(rows.scalars())


async def test_a_connection_is_tested_stored_listed_and_used(
    application: Application, psa: SimulatorServer, administrator: httpx.AsyncClient, tenant: Tenant
) -> None:
    created = await administrator.post(ROUTE, json=body(psa))
    assert created.status_code == 201, created.text
    connection = created.json()
    assert connection["is_active"] is True
    assert connection["tested_version"]
    listed = (await administrator.get(ROUTE)).json()
    assert connection in listed
    boards = await administrator.get("/integrations/psa/boards", params={"connection_id": connection["id"]})
    assert {board["name"] for board in boards.json()["boards"]} >= {"Help Desk", "Alerts"}


async def test_secrets_are_never_shown_and_stored_encrypted(
    application: Application, psa: SimulatorServer, administrator: httpx.AsyncClient, tenant: Tenant
) -> None:
    created = await administrator.post(ROUTE, json=body(psa))
    connection = f"{ROUTE}/{created.json()['id']}"
    answers = [
        created,
        await administrator.get(ROUTE),
        await administrator.post(f"{connection}/test"),
        await administrator.post(f"{connection}/deactivate"),
        await administrator.post(ROUTE, json=body(psa, private_key="wrong-Secret-1")),
        await administrator.post(ROUTE, json=body(psa, private_key="wrong-Secret-1", host=7)),
    ]
    for answer in answers:
        for secret in (psa.public_key, psa.private_key, psa.client_id, "wrong-Secret-1"):
            assert secret not in answer.text
    for row in await stored(application, tenant):
        assert psa.private_key.encode() not in row.credentials


async def test_wrong_credentials_are_refused_and_nothing_is_stored(
    application: Application, psa: SimulatorServer, desk: Desk
) -> None:
    for field in ("public_key", "private_key", "client_id", "company_id"):
        answer = await desk.admin.post(ROUTE, json=body(psa, **{field: "not-the-right-one"}))
        assert_problem(answer, 422, "psa_credentials_rejected")
    assert await stored(application, desk.tenant) == []


async def test_a_host_that_does_not_answer_is_said_and_nothing_is_stored(
    application: Application, psa: SimulatorServer, desk: Desk
) -> None:
    psa.add_fault("lost_request", times=None)
    assert_problem(await desk.admin.post(ROUTE, json=body(psa)), 502, "psa_unavailable")
    psa.clear_faults()
    psa.add_fault("status", status=500, body="Boom", times=None)
    assert_problem(await desk.admin.post(ROUTE, json=body(psa)), 502, "psa_unavailable")
    assert await stored(application, desk.tenant) == []


async def test_a_host_that_is_another_kind_of_server_is_refused_as_such(
    application: Application, psa: SimulatorServer, desk: Desk
) -> None:
    answer = await desk.admin.post(ROUTE, json=body(psa, host=application.url))
    assert answer.status_code in (422, 502), answer.text
    assert answer.json()["code"].startswith("psa_"), answer.text
    assert await stored(application, desk.tenant) == []


async def test_a_host_that_leads_to_the_machines_own_services_is_refused(
    application: Application, psa: SimulatorServer, desk: Desk
) -> None:
    for host in ("http://169.254.169.254", "http://[fe80::1]", "file:///etc/passwd", "ftp://psa.example"):
        assert_problem(await desk.admin.post(ROUTE, json=body(psa, host=host)), 502, "psa_host_refused")
    assert await stored(application, desk.tenant) == []


async def test_a_host_may_be_written_without_a_scheme_and_with_a_path(
    psa: SimulatorServer, administrator: httpx.AsyncClient
) -> None:
    for host in (f"{psa.url}/", f"{psa.url}/v4_6_release/"):
        answer = await administrator.post(ROUTE, json=body(psa, host=host))
        assert answer.status_code == 201, answer.text


async def test_a_host_without_a_scheme_is_spoken_to_over_tls(psa: SimulatorServer, desk: Desk) -> None:
    # The simulator speaks plain HTTP, so being unreachable here means that nothing was sent in the clear.
    answer = await desk.admin.post(ROUTE, json=body(psa, host=psa.authority))
    assert_problem(answer, 502, "psa_unavailable")
    assert psa.requests() == []


async def test_missing_and_empty_fields_are_named(psa: SimulatorServer, desk: Desk) -> None:
    wrong = body(psa, name=" ", host="", private_key="", kind="autotask")
    del wrong["company_id"]
    problem = assert_problem(await desk.admin.post(ROUTE, json=wrong), 422, "validation_failed")
    assert {error["field"] for error in problem["errors"]} == {
        f"body.{name}" for name in ("name", "host", "private_key", "kind", "company_id")
    }


async def test_a_stored_connection_can_be_tested_again(
    application: Application, psa: SimulatorServer, administrator: httpx.AsyncClient, tenant: Tenant
) -> None:
    answer = await administrator.post(f"{ROUTE}/{tenant.connection_id}/test")
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"]
    [row] = await stored(application, tenant)
    assert row.tested_version == answer.json()["version"]
    assert row.tested_at is not None
    psa.add_fault(
        "status", status=401, body=json.dumps({"code": "Unauthorized", "message": "Key revoked"}), times=None
    )
    refused = await administrator.post(f"{ROUTE}/{tenant.connection_id}/test")
    assert "Key revoked" in assert_problem(refused, 422, "psa_credentials_rejected")["detail"]


async def test_a_deactivated_connection_is_kept_but_no_longer_used(
    psa: SimulatorServer, administrator: httpx.AsyncClient, engineer: httpx.AsyncClient, tenant: Tenant
) -> None:
    answer = await administrator.post(f"{ROUTE}/{tenant.connection_id}/deactivate")
    assert answer.json()["is_active"] is False
    assert (await administrator.post(f"{ROUTE}/{tenant.connection_id}/deactivate")).status_code == 200
    [kept] = (await engineer.get(ROUTE)).json()
    assert kept["is_active"] is False
    named = {"connection_id": str(tenant.connection_id)}
    psa.forget_requests()
    start = {"psa_ticket_id": "48231", "psa_connection_id": str(tenant.connection_id)}
    assert_problem(await engineer.post("/ai-sessions", json=start), 409, "psa_connection_gone")
    assert_problem(
        await engineer.post("/ai-sessions", json={"psa_ticket_id": "48231"}), 409, "psa_not_connected"
    )
    for path in ("/boards", "/tickets/search", "/tickets/48231"):
        answer = await engineer.get(f"/integrations/psa{path}", params=named)
        assert_problem(answer, 409, "psa_connection_gone")
    assert (await engineer.get("/integrations/psa/boards")).json() == {
        "boards": [],
        "reason": "no_connection",
    }
    assert psa.requests() == []
