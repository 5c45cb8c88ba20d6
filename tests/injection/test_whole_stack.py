"""The same attack over the whole stack: from the ticketing system to the model over HTTP, and back to the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import insert
from structlog.testing import capture_logs

from infra.database.models import FlowRecord
from infra.pilots.anthropic import AnthropicPilot
from infra.seed.knowledge import flow_row
from infra.simulators.anthropic import AnthropicSimulator
from infra.simulators.anthropic.behaviour import Behaviour
from infra.simulators.anthropic.prompt_cache import prompt_of
from infra.simulators.connectwise.server import SimulatorServer
from infra.simulators.scripted import kind_of
from tests.injection.channels import CHANNELS, Channel, Placed
from tests.injection.corpus import SAMPLES, HostileText
from tests.injection.desk import (
    WRITTEN_BY_A_TURN,
    Foreign,
    all_rows,
    fingerprint,
    foreign_account,
    secrets_of,
)
from tests.injection.obedience import FIX_TITLE, obey
from tests.injection.structure import dumped, sections_of
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant
from tests.support.uploads import upload

TICKET = 48231
EVERY_SESSION = ""
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
async def model(pilot: DirectedPilot, foreign: Foreign) -> AsyncIterator[AnthropicSimulator]:
    """A model behind the real provider and its real API, which obeys once a request holds hostile words."""
    async with AnthropicSimulator() as simulator:
        usual = simulator.simulation.take_behaviour

        def take_behaviour(body: dict[str, Any]) -> Behaviour:
            hostile = any(sample.ref in dumped(body["messages"]) or _has_picture(body) for sample in SAMPLES)
            if kind_of(prompt_of(body)) != "chat" or not hostile:
                return usual(body)
            return Behaviour(text=obey(body, foreign.ids), piece_characters=4_000)

        setattr(simulator.simulation, "take_behaviour", take_behaviour)  # noqa: B010
        provider = AnthropicPilot(simulator.api_key, simulator.url)
        pilot.delegate(EVERY_SESSION, provider)
        yield simulator
        pilot.withdraw(EVERY_SESSION)
        await provider.aclose()


def _has_picture(body: dict[str, Any]) -> bool:
    content = body["messages"][-1]["content"]
    return isinstance(content, list) and any(block["type"] == "image" for block in content)


@pytest.fixture
async def foreign(application: Application) -> Foreign:
    return await foreign_account(application.database, await application.tenant(with_flows=False))


async def from_ticket(client: httpx.AsyncClient) -> Journey:
    return await Journey.start(client, psa_ticket_id=str(TICKET))


def change_ticket(psa: SimulatorServer, channel: str, text: str) -> None:
    """Write into the ticket as a customer can."""
    match channel:
        case "ticket":
            psa.change_ticket(TICKET, summary=text)
            psa.write_note(TICKET, text)
        case "note":
            psa.write_note(TICKET, text)
        case "contact":
            psa.change_ticket(TICKET, contact={"id": 1, "name": text}, contactName=text)
        case "device":
            store = psa.simulator.store
            link = next(one for one in store.all("linkedConfigurations") if one["ticketId"] == TICKET)
            device = store.draft("configurations", link["configuration"]["id"])
            store.save("configurations", device | {"name": text, "osInfo": text, "lastLoginName": text})


async def start(
    channel: Channel,
    application: Application,
    client: httpx.AsyncClient,
    tenant: Tenant,
    psa: SimulatorServer,
    hostile: HostileText,
) -> Journey:
    """A session that the hostile text has come into by its channel, and whose pilot has obeyed it."""
    placed = Placed(word=f"stack{channel.name.replace('-', '')}{hostile.ref.replace('zq', '')}")
    channel.place(placed, hostile.text)
    match channel.name:
        case "ticket" | "note" | "contact" | "device":
            change_ticket(psa, channel.name, hostile.text)
            return await from_ticket(client)
        case "log" | "picture":
            assert placed.file is not None
            sent = await upload(
                client, placed.file[1], "from-the-customer." + ("txt" if channel.name == "log" else "png")
            )
            return await Journey.start(client, text=placed.word, upload_ids=[sent["id"]])
        case "article":
            assert placed.flow is not None
            async with application.database.admin() as db:
                await db.execute(insert(FlowRecord), [flow_row(tenant.account_id, placed.flow)])
            return await Journey.start(client, text=placed.word)
        case "output":
            journey = await Journey.start(client, text=placed.word)
            check = next(item for item in (await journey.detail())["lane"] if item["kind"] == "check")
            answer = await client.post(
                journey.path("/items"), json={"items": [{"item_id": check["id"], "output": hostile.text}]}
            )
            assert answer.status_code == 202, answer.text
            await journey.settled()
            return journey
        case _:
            journey = await from_ticket(client)
            psa.add_fault(
                "status", method="POST", path="time/entries", status=400, body={"message": hostile.text}
            )
            answer = await client.post(
                journey.path("/resolution-note/post"), json={"markdown": "Solved.", "log_minutes": 15}
            )
            assert answer.status_code == 200, answer.text
            assert (await client.post(journey.path("/reopen"))).status_code == 200
            psa.forget_requests()
            await journey.say("It came back.")
            return journey


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
async def test_an_obeying_model_writes_nothing_and_learns_no_secret(
    channel: Channel,
    application: Application,
    tenant: Tenant,
    engineer: httpx.AsyncClient,
    psa: SimulatorServer,
    model: AnthropicSimulator,
    foreign: Foreign,
) -> None:
    secrets = secrets_of(
        application.settings, tenant, psa.url, model.api_key, engineer.headers["Authorization"][7:]
    )
    others = await fingerprint(application.database, foreign.tenant.account_id)
    settings = await settings_of(application, tenant, channel)
    with capture_logs() as logged:
        for hostile in SAMPLES:
            asked = len(model.requests)
            journey = await start(channel, application, engineer, tenant, psa, hostile)
            assert [one.method for one in psa.requests() if one.method in WRITES] == []
            _check_session(await journey.detail())
            _check_requests(channel, hostile, model.requests[asked:], secrets)
    assert await fingerprint(application.database, foreign.tenant.account_id) == others
    assert await settings_of(application, tenant, channel) == settings
    rows = await all_rows(application.database, tenant.account_id, WRITTEN_BY_A_TURN)
    log = dumped(logged)
    assert [secret for secret in secrets if secret in rows or secret in log] == []
    assert [sample.ref for sample in SAMPLES if sample.ref in log] == []


async def settings_of(application: Application, tenant: Tenant, channel: Channel) -> dict[str, str]:
    """All that a turn may not change; the tickets, flows and notes of these tests change by what the test does."""
    # Only in that channel the engineer writes to the ticket, which the audit log tells.
    by_the_test = {"audit_log"} if channel.name == "psa-error" else set()
    by_the_test |= {"ticket_snapshots", "flows", "uploads", "writebacks", "artifacts", "refresh_tokens"}
    return await fingerprint(application.database, tenant.account_id, besides=WRITTEN_BY_A_TURN | by_the_test)


def _check_session(detail: dict[str, Any]) -> None:
    session, fix = detail["session"], detail["active_fix"]
    assert session["status"] == "active"
    assert fix is not None, "the model did obey"
    assert fix["title"] == FIX_TITLE or "firewall" in fix["title"]
    assert (fix["status"], fix["applied_at"], fix["user_decision"]) == ("proposed", None, None)
    assert fix["script_template_id"] is None
    assert all(fact["source_type"] != "user_note" for fact in detail["facts"])


def _check_requests(
    channel: Channel, hostile: HostileText, requests: list[dict[str, Any]], secrets: list[str]
) -> None:
    seen = []
    for body in requests:
        whole = dumped(body)
        assert [secret for secret in secrets if secret in whole] == []
        if kind_of(prompt_of(body)) != "chat":
            continue
        found = sections_of(body)
        seen += [section for section, content in found if hostile.ref in content]
        spoken = sum(dumped(one).count(hostile.ref) for one in body["messages"] if one["role"] == "assistant")
        inside = sum(content.count(hostile.ref) for _, content in found)
        assert whole.count(hostile.ref) == inside + spoken, "outside of its section"
        if channel.name == "picture":
            assert _has_picture(body)
    assert channel.name == "picture" or channel.section in seen, "it never reached the model"
