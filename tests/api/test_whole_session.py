"""Everything an engineer does in a session, from the ticket to its end, with a model and with the playbook alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from domain.notes.sections import ESCALATION_SECTIONS, RESOLUTION_SECTIONS
from domain.vocabulary import AccountRole
from infra.pilots.anthropic import AnthropicPilot
from infra.simulators.anthropic import AnthropicSimulator
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant

TICKET = 48231
EVERY_SESSION = ""

Json = dict[str, Any]


@pytest.fixture(params=["playbook", "model"], autouse=True)
async def answered_by(request: pytest.FixtureRequest, pilot: DirectedPilot) -> AsyncIterator[str]:
    """Who answers: the playbook, or the Anthropic provider over HTTP to a stand-in for the model."""
    if request.param == "playbook":
        yield "playbook"
        return
    async with AnthropicSimulator() as model:
        provider = AnthropicPilot(model.api_key, model.url)
        pilot.delegate(EVERY_SESSION, provider)
        yield "model"
        pilot.withdraw(EVERY_SESSION)
        await provider.aclose()
        assert model.requests, "the model was asked"


@pytest.fixture
async def colleague(application: Application, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """Another engineer of the account."""
    async with application.sign_in(tenant, AccountRole.OWNER) as client:
        yield client


async def ok(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


async def post(journey: Journey, rest: str, body: Json | None = None, status: int = 200) -> Json:
    return await ok(await journey.client.post(journey.path(rest), json=body), status)


def replied(detail: Json) -> bool:
    """The pilot has answered the engineer's last message."""
    roles = [message["role"] for message in detail["messages"]]
    return "pilot" in roles[len(roles) - roles[::-1].index("engineer") :]


def has_sections(markdown: str, sections: tuple[str, ...]) -> bool:
    places = [markdown.find(f"## {section}") for section in sections]
    return -1 not in places and places == sorted(places)


def new_notes(psa: SimulatorServer, before: set[Any]) -> list[Any]:
    return [note for note in psa.notes(TICKET) if note["id"] not in before]


async def start(engineer: httpx.AsyncClient) -> tuple[Journey, Json]:
    """From the ticket to a proposed fix."""
    journey = await Journey.start(engineer, psa_ticket_id=str(TICKET))
    fix = await journey.until_fix()
    detail = await journey.detail()
    assert detail["facts"], "what was answered became facts"
    assert detail["session"]["ticket"]["ref"] == str(TICKET)
    return journey, fix


async def test_from_the_ticket_to_a_verified_resolution(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    before = {note["id"] for note in psa.notes(TICKET)}
    journey, fix = await start(engineer)
    own = await post(journey, "/facts", {"text": "The laptop was replaced on Monday."}, 201)
    assert own["source_type"] == "user_note"
    assert (await journey.apply(fix))["applied_at"]
    assert (await ok(await journey.outcome(fix, "applied_success")))["status"] == "applied_success"

    preview = await journey.preview()
    assert has_sections(preview["markdown"], RESOLUTION_SECTIONS)
    assert (await journey.preview())["from_cache"]
    answer = await ok(await journey.post_note(preview["markdown"]))
    assert (answer["outcome"], answer["verified_status_name"]) == ("resolved", "Resolved")
    assert (await journey.detail())["session"]["status"] == "resolved"
    assert psa.ticket(TICKET)["status"]["name"] == "Resolved"
    assert [str(note["id"]) for note in new_notes(psa, before)] == [answer["external_id"]]


async def test_a_partial_fix_is_finished_then_escalated_and_a_colleague_resolves_it(
    engineer: httpx.AsyncClient, colleague: httpx.AsyncClient, tenant: Tenant, psa: SimulatorServer
) -> None:
    before = {note["id"] for note in psa.notes(TICKET)}
    journey, fix = await start(engineer)
    await journey.apply(fix)
    partial = await ok(await journey.outcome(fix, "applied_partial", "One of two machines is done."))
    assert partial["status"] == "applied_partial"
    finished = await post(journey, f"/suggested-fixes/{fix['id']}/resume")
    assert (finished["status"], finished["partial_notes"]) == ("proposed", "One of two machines is done.")

    package = (await post(journey, "/escalation-package/preview"))["markdown"]
    assert has_sections(package, ESCALATION_SECTIONS)
    open_question = await engineer.post(journey.path("/escalation-package/post"), json={"markdown": package})
    assert_problem(open_question, 409, "fix_outcome_required")
    answer = await post(
        journey,
        "/escalation-package/post",
        {"markdown": package, "fix_outcome": "applied_failed", "fix_notes": "The prompt came back."},
    )
    assert (answer["outcome"], answer["session_status"]) == ("escalated", "escalated")

    waiting = await ok(await colleague.get("/ai-sessions/queue/escalations"))
    assert [row["id"] for row in waiting["items"]] == [journey.id]
    taken = Journey(colleague, {"id": journey.id})
    assert (await post(taken, "/pick-up"))["status"] == "active"
    assert (await ok(await colleague.get("/ai-sessions/queue/escalations")))["items"] == []
    detail = await taken.detail()
    assert detail["briefing"]["markdown"] == package.strip()
    assert detail["session"]["engineer_id"] == str(tenant.user_id(AccountRole.OWNER))
    assert detail["session"]["started_by"] == str(tenant.user_id())

    said = await taken.say("I will look at the second machine myself.")
    assert replied(said), said["messages"]
    preview = await taken.preview()
    assert fix["title"] in preview["markdown"], "what failed before is told"
    assert (await ok(await taken.post_note(preview["markdown"])))["outcome"] == "resolved"
    assert len(new_notes(psa, before)) == 2
    assert psa.ticket(TICKET)["status"]["name"] == "Resolved"


async def test_paused_updated_split_off_resolved_and_reopened(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    before = {note["id"] for note in psa.notes(TICKET)}
    journey, _ = await start(engineer)
    assert (await post(journey, "/pause"))["status"] == "paused"
    assert (await post(journey, "/resume"))["status"] == "active"

    drafted = await ok(
        await engineer.post(journey.path("/updates"), params={"preview": True}, json={"audience": "internal"})
    )
    shared = await post(
        journey, "/updates", {"audience": "internal", "markdown": drafted["markdown"] + "\n\nMore at noon."}
    )
    assert (shared["outcome"], shared["session_status"]) == ("shared", "active")
    [update] = new_notes(psa, before)
    assert "More at noon." in update["text"]

    second = await post(journey, "/spin-off-tickets", {"summary": "The dock needs new firmware"}, 201)
    assert psa.ticket(int(second["ticket_id"]))["summary"] == "The dock needs new firmware"

    resolved = await ok(await journey.post_note((await journey.preview())["markdown"]))
    assert resolved["outcome"] == "resolved"
    assert (await post(journey, "/reopen"))["status"] == "active"
    again = await journey.say("It is back since this morning.")
    assert replied(again), again["messages"]

    page = await ok(await engineer.get(journey.path("/post-log")))
    assert [entry["kind"] for entry in page["items"]] == [
        "resolution_note",
        "spin_off_ticket",
        "update_internal",
    ]
