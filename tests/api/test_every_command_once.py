"""Every command of the API, repeated in every situation in which a sender repeats one: one effect, the same answer.

The table is held against the API's document: a new command is missing here until it has a row.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from pydantic import BaseModel
from sqlalchemy import func, select
from temporalio.client import Client

from api.app import create_app
from api.session_gateway import SessionGateway
from domain.commands import Command
from domain.markers import BlockName, render_block
from domain.vocabulary import ArtifactKind
from infra.config import Settings
from infra.database.models import Session, SessionEvent
from infra.session_record import transaction
from infra.simulators.connectwise.server import SimulatorServer
from infra.stack.ports import free_port
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.support.application import Application, converter_of_tests, running_api, running_worker
from tests.support.journey import Journey, Json
from tests.support.pilots import DirectedPilot
from tests.support.tenants import PASSWORD, Tenant
from tests.support.waiting import until
from tests.workflows.ticket_on_psa import NOTE, PACKAGE
from workflows.troubleshooting_session.messages import PreviewReady, PreviewRequest, session_workflow_id

ELSEWHERE = {
    "uploadFile": "tests/api/test_uploads.py",
    "createShareLink": "tests/api/test_share_links.py",
    "revokeShareLink": "tests/api/test_share_links.py",
}
"""Take a key and are no messages to a session: their tests are there."""

ONLY_READ = {"previewResolutionNote", "previewEscalationPackage"}

WITHOUT_A_KEY = (
    "startSession",
    "sendMessage",
    "stopReply",
    "addFact",
    "applyFix",
    "postResolutionNote",
    "createSpinOffTicket",
)
"""One of each way into the workflow; a key changes nothing behind the API but who has made the id."""

SUGGEST_CONTINUE_AFTER = 25
TICKETS = (
    "48200",
    "48201",
    "48209",
    "48212",
    "48218",
    "48219",
    "48223",
    "48225",
    "48230",
    "48231",
    "48235",
    "48236",
)

QUESTION = "Tell me." + render_block(BlockName.QUESTIONS, [{"text": "Is the light on?"}])
FIX = "Try this." + render_block(
    BlockName.SUGGEST_FIX, {"title": "Clean the drum", "description": "Do it.", "confidence": 80}
)


@dataclass
class Request:
    """A command that is about to be sent. `effects` counts what it has done outside."""

    session_id: str | None
    method: str
    path: str
    body: Json | None = None
    effects: Callable[[], int] | None = None


@dataclass
class House:
    """One account at a Temporal server that soon asks for a new run."""

    http: httpx.AsyncClient
    temporal: Client
    application: Application
    tenant: Tenant
    pilot: DirectedPilot
    psa: SimulatorServer
    tickets: Iterator[str]
    sent: dict[str, tuple[SessionGateway, tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    """What the API sent to the workflows, by command id."""
    forgetful: set[UUID] = field(default_factory=set)
    """Sessions whose next recorded command is committed, and then its step breaks before it has answered."""

    async def start(self, *answers: object, settle: bool = True, ticket: bool = False) -> Journey:
        if ticket:
            body = {"psa_ticket_id": next(self.tickets)}
        else:
            name = f"case {uuid4().hex[:12]}"
            self.pilot.direct(name, *(answers or ("I see.",)))
            body = {"text": f"{name} prints nothing"}
        journey = Journey(self.http, await self.send("POST", "/ai-sessions", body))
        if settle:
            await journey.settled()
        return journey

    async def send(self, method: str, path: str, body: Json | None = None, **headers: str) -> Json:
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        said: Json = answer.json() if answer.content else {}
        return said

    def notes_of(self, ticket: str) -> Callable[[], int]:
        before = len(self.psa.notes(int(ticket)))
        return lambda: len(self.psa.notes(int(ticket))) - before

    # --- looking ---

    async def last_seq(self, session_id: str) -> int:
        async with self.application.database.tenant(self.tenant.account_id) as db:
            return (await db.get_one(Session, UUID(session_id))).last_seq

    async def recorded(self, session_id: str, command_id: str) -> int:
        async with self.application.database.tenant(self.tenant.account_id) as db:
            count = select(func.count()).where(
                SessionEvent.session_id == UUID(session_id), SessionEvent.command_id == command_id
            )
            return (await db.execute(count)).scalar_one()

    async def quiet(self, session_id: str) -> None:
        """Wait until no turn, no note and no ticket is under way any more."""
        await Journey(self.http, {"id": session_id}).settled()
        seen: list[int] = []

        async def still() -> bool:
            seen.append(await self.last_seq(session_id))
            return seen[-3:-2] == seen[-1:]

        await until(still, what="quiet in the session")

    # --- what happens between a command and its repeat ---

    async def new_run(self, session_id: str) -> None:
        """Let the workflow continue as new."""
        handle = self.temporal.get_workflow_handle(session_workflow_id(UUID(session_id)))
        before = (await handle.describe()).run_id
        gateway = SessionGateway(self.temporal, self.application.settings)
        look = PreviewRequest(
            account_id=self.tenant.account_id,
            session_id=UUID(session_id),
            kind=ArtifactKind.RESOLUTION_NOTE,
            force=True,
        )
        async with asyncio.timeout(40):
            while (await handle.describe()).run_id == before:
                await gateway.send(
                    "preview",
                    look,
                    PreviewReady,
                    account_id=look.account_id,
                    session_id=look.session_id,
                    engineer_id=self.tenant.user_id(),
                    update_id=str(uuid4()),
                )

    async def lose_workflow(self, session_id: str) -> None:
        await self.temporal.get_workflow_handle(session_workflow_id(UUID(session_id))).terminate("lost")

    async def send_past_the_api(self, command_id: str) -> BaseModel:
        """The same message once more, straight to the workflow and as an update that Temporal has never seen."""
        gateway, arguments, options = self.sent[command_id]
        again: BaseModel = await gateway.send(*arguments, **options | {"update_id": f"again-{uuid4()}"})
        return again


@pytest.fixture(scope="module")
async def house(
    application: Application,
    settings: Settings,
    pilot: DirectedPilot,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("commands")
    server = EmbeddedTemporal(
        await find_temporal(print),
        folder / "temporal",
        free_port(),
        ui_port=None,
        log_path=folder / "temporal.log",
        dynamic_config={"limit.historyCount.suggestContinueAsNew": SUGGEST_CONTINUE_AFTER},
    )
    await server.start()
    temporal = await Client.connect(server.address, data_converter=converter_of_tests())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", server.address)
        async with (
            SimulatorServer() as psa,
            running_worker(temporal, settings, pilot),
            running_api(settings) as url,
            httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as http,
        ):
            tenant = await application.tenant(psa_host=psa.url)
            answer = await http.post("/auth/login", json={"email": tenant.email(), "password": PASSWORD})
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            house = House(http, temporal, application, tenant, pilot, psa, iter(TICKETS))
            _listen(house, patch)
            yield house
    await server.stop()


def _listen(house: House, patch: pytest.MonkeyPatch) -> None:
    send, open_transaction = SessionGateway.send, transaction.session_transaction

    async def heard(self: SessionGateway, update: str, message: BaseModel, *rest: Any, **options: Any) -> Any:
        if isinstance(message, Command):
            house.sent.setdefault(message.command_id, (self, (update, message, *rest), options))
        return await send(self, update, message, *rest, **options)

    @asynccontextmanager
    async def forgetful(database: Any, account_id: UUID, session_id: UUID, *rest: Any) -> AsyncIterator[Any]:
        async with open_transaction(database, account_id, session_id, *rest) as opened:
            yield opened
        if session_id in house.forgetful:
            house.forgetful.discard(session_id)
            raise asyncpg.InterfaceError("the connection ended before the commit was confirmed")

    patch.setattr(SessionGateway, "send", heard)
    patch.setattr(transaction, "session_transaction", forgetful)


Prepare = Callable[[House], Awaitable[Request]]
COMMANDS: dict[str, Prepare] = {}


def command(operation: str) -> Callable[[Prepare], Prepare]:
    def add(prepare: Prepare) -> Prepare:
        COMMANDS[operation] = prepare
        return prepare

    return add


def _simple(
    operation: str, path: str, body: Json | None = None, method: str = "POST", *answers: object
) -> None:
    """A command that every session takes once its first turn has ended."""

    async def prepare(house: House) -> Request:
        journey = await house.start(*answers)
        return Request(journey.id, method, journey.path(path), body)

    COMMANDS[operation] = prepare


@command("startSession")
async def _start_session(house: House) -> Request:
    return Request(None, "POST", "/ai-sessions", {"text": f"Started once {uuid4()}"})


_simple("sendMessage", "/messages", {"text": "Since Monday"})
_simple("chat", "/chat", {"text": "Since Monday"})
_simple("pauseSession", "/pause")
_simple("abandonSession", "/abandon", {"reason": "Asked twice"})
_simple("addFact", "/facts", {"text": "The fuse is fine"})
_simple("promoteFact", "/facts/promote", {"source_type": "ai_synthesis", "proposed_text": "It is on"})


@command("stopReply")
async def _stop_reply(house: House) -> Request:
    journey = await house.start(("Half a re", asyncio.Event()), "More.", settle=False)

    async def running() -> bool:
        return (await journey.detail())["running_turn"] is not None

    await until(running, what="the reply")
    return Request(journey.id, "POST", journey.path("/stop"))


@command("retryReply")
async def _retry_reply(house: House) -> Request:
    journey = await house.start(RuntimeError("a defect"), "Now.")
    return Request(journey.id, "POST", journey.path("/retry"))


@command("answerItems")
async def _answer_items(house: House) -> Request:
    journey = await house.start(QUESTION, "Good.")
    (item,) = (await journey.detail())["lane"]
    return Request(
        journey.id, "POST", journey.path("/items"), {"items": [{"item_id": item["id"], "answer": "Yes"}]}
    )


@command("reopenItem")
async def _reopen_item(house: House) -> Request:
    answered = await _answer_items(house)
    await house.send(answered.method, answered.path, answered.body)
    assert answered.session_id is not None
    assert answered.body is not None
    journey = Journey(house.http, {"id": answered.session_id})
    await journey.settled()
    item = answered.body["items"][0]["item_id"]
    return Request(journey.id, "POST", journey.path(f"/items/{item}/reopen"))


def _after(operation: str, first: str, path: str) -> None:
    async def prepare(house: House) -> Request:
        journey = await house.start()
        await house.send("POST", journey.path(first), {"markdown": PACKAGE} if "post" in first else None)
        return Request(journey.id, "POST", journey.path(path))

    COMMANDS[operation] = prepare


_after("resumeSession", "/pause", "/resume")
_after("reopenSession", "/abandon", "/reopen")
_after("pickUpSession", "/escalation-package/post", "/pick-up")


def _on_fact(
    operation: str, method: str, rest: str = "", body: Json | None = None, deleted: bool = False
) -> None:
    async def prepare(house: House) -> Request:
        journey = await house.start()
        fact = await house.send("POST", journey.path("/facts"), {"text": "The fuse is fine"})
        path = journey.path(f"/facts/{fact['id']}")
        if deleted:
            await house.send("DELETE", path)
        return Request(journey.id, method, path + rest, body)

    COMMANDS[operation] = prepare


_on_fact("editFact", "PATCH", body={"text": "The fuse is new"})
_on_fact("deleteFact", "DELETE")
_on_fact("restoreFact", "POST", "/restore", deleted=True)


def _on_fix(
    operation: str,
    method: str,
    rest: str,
    body: Json | None = None,
    before: tuple[tuple[str, Json | None], ...] = (),
) -> None:
    async def prepare(house: House) -> Request:
        journey = await house.start(FIX, "Good.")
        fix = journey.path(f"/suggested-fixes/{(await journey.detail())['active_fix']['id']}")
        for path, said in before:
            await house.send("PATCH" if path == "/outcome" else "POST", fix + path, said)
        return Request(journey.id, method, fix + rest, body)

    COMMANDS[operation] = prepare


_APPLIED = ("/apply", None)
_on_fix("applyFix", "POST", "/apply")
_on_fix("setFixOutcome", "PATCH", "/outcome", {"outcome": "applied_success"}, (_APPLIED,))
_on_fix("decideFix", "POST", "/decision", {"decision": "one_off", "edited_script": "Get-Printer"})
_on_fix("attachScript", "PATCH", "/script", {"ai_drafted_script": "Get-Printer"})
_on_fix("clearOutcomeProposal", "DELETE", "/ai-outcome-proposal")
_on_fix(
    "resumeFix",
    "POST",
    "/resume",
    None,
    (_APPLIED, ("/outcome", {"outcome": "applied_partial", "notes": "half"})),
)
_on_fix("restoreFix", "POST", "/restore", None, (("/outcome", {"outcome": "dismissed"}),))
_on_fix("silenceNudge", "POST", "/still-checking", None, (_APPLIED,))


def _on_ticket(operation: str, path: str, body: Json) -> None:
    async def prepare(house: House) -> Request:
        journey = await house.start(ticket=True)
        ticket = (await journey.detail())["session"]["psa_ticket_id"]
        return Request(journey.id, "POST", journey.path(path), body, house.notes_of(ticket))

    COMMANDS[operation] = prepare


_on_ticket("postResolutionNote", "/resolution-note/post", {"markdown": NOTE})
_on_ticket("postEscalationPackage", "/escalation-package/post", {"markdown": PACKAGE})
_on_ticket("shareUpdate", "/updates", {"markdown": "We are on it.", "audience": "client"})


@command("retryWriteback")
async def _retry_writeback(house: House) -> Request:
    journey = await house.start(ticket=True)
    ticket = (await journey.detail())["session"]["psa_ticket_id"]
    effects = house.notes_of(ticket)
    house.psa.add_fault(
        "status", method="POST", path=f"tickets/{ticket}/notes", status=400, body={"message": "No."}
    )
    refused = await house.http.post(journey.path("/resolution-note/post"), json={"markdown": NOTE})
    assert refused.status_code == 502
    return Request(journey.id, "POST", journey.path("/writeback/retry"), None, effects)


@command("linkTicket")
async def _link_ticket(house: House) -> Request:
    journey = await house.start()
    return Request(journey.id, "POST", journey.path("/ticket"), {"psa_ticket_id": next(house.tickets)})


@command("createSpinOffTicket")
async def _create_spin_off(house: House) -> Request:
    journey = await house.start(ticket=True)
    summary = f"Another problem {uuid4().hex[:8]}"
    return Request(
        journey.id,
        "POST",
        journey.path("/spin-off-tickets"),
        {"summary": summary},
        lambda: sum(one["summary"] == summary for one in house.psa.simulator.store.all("tickets")),
    )


def test_the_table_names_every_command_and_every_request_that_changes_a_session_is_one() -> None:
    takes_a_key, changes_a_session = set(), set()
    for path, methods in create_app(Settings(_env_file=None)).openapi()["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", [])):
                takes_a_key.add(name)
            if "/ai-sessions" in path and method != "get" and name not in ONLY_READ:
                changes_a_session.add(name)
    assert set(COMMANDS) | set(ELSEWHERE) == takes_a_key
    assert not set(COMMANDS) & set(ELSEWHERE)
    assert changes_a_session <= takes_a_key


@pytest.mark.parametrize("operation", sorted(COMMANDS))
async def test_a_command_with_a_key_has_one_effect_however_it_is_repeated(
    house: House, operation: str
) -> None:
    request = await COMMANDS[operation](house)
    key = f"key-{uuid4()}"

    async def send() -> tuple[int, Any]:
        answer = await house.http.request(
            request.method, request.path, json=request.body, headers={"Idempotency-Key": key}
        )
        assert answer.is_success, answer.text
        return answer.status_code, answer.json() if answer.content else None

    # All at once, and the worker that recorded it breaks before it has answered.
    if request.session_id is not None:
        house.forgetful.add(UUID(request.session_id))
    answers = await asyncio.gather(*(send() for _ in range(3)))
    first = answers[0]
    session_id = request.session_id or first[1]["id"]
    assert UUID(session_id) not in house.forgetful, "it did break"
    await house.quiet(session_id)

    async def is_repeated(where: str) -> None:
        before = await house.last_seq(session_id)
        assert _same(await send(), first), where
        assert _said(await house.send_past_the_api(key)) == acknowledged, where
        await house.quiet(session_id)
        assert await house.last_seq(session_id) == before, where

    assert all(_same(answer, first) for answer in answers)
    acknowledged = _said(await house.send_past_the_api(key))
    await is_repeated("at once")
    await house.new_run(session_id)
    await is_repeated("in a run that continues the first as new")
    await house.lose_workflow(session_id)
    await is_repeated("in a run that was started from the rows")
    assert await house.recorded(session_id, key) == 1
    if request.effects is not None:
        assert request.effects() == 1


@pytest.mark.parametrize("operation", WITHOUT_A_KEY)
async def test_a_command_without_a_key_has_one_effect_although_it_is_tried_twice(
    house: House, operation: str
) -> None:
    """Nobody can repeat such a request; the steps behind it are repeated all the same."""
    request = await COMMANDS[operation](house)
    known = set(house.sent)
    if request.session_id is not None:
        house.forgetful.add(UUID(request.session_id))
    answer = await house.send(request.method, request.path, request.body)
    (command_id,) = set(house.sent) - known
    session_id = request.session_id or answer["id"]
    assert UUID(session_id) not in house.forgetful, "it did break"
    await house.quiet(session_id)
    before = await house.last_seq(session_id)
    acknowledged = _said(await house.send_past_the_api(command_id))
    await house.lose_workflow(session_id)
    assert _said(await house.send_past_the_api(command_id)) == acknowledged
    await house.quiet(session_id)
    assert await house.last_seq(session_id) == before
    assert await house.recorded(session_id, command_id) == 1
    if request.effects is not None:
        assert request.effects() == 1


def _said(acknowledged: BaseModel) -> Json:
    """Whether a writeback is still pending is of the moment."""
    return acknowledged.model_dump(mode="json", exclude={"pending"})


def _same(answer: tuple[int, Any], first: tuple[int, Any]) -> bool:
    """A session that was started goes on, so what is known of it is more by now; it is the same session."""
    if isinstance(answer[1], dict) and "title" in answer[1]:
        return (answer[0], answer[1]["id"]) == (first[0], first[1]["id"])
    return answer == first
