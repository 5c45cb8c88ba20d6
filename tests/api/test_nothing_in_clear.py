"""Of what is said in a session nothing stands in clear in Temporal's files, in a log, or in a history."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from temporalio.client import Client

from domain.markers import BlockName, render_block
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.simulators.anthropic.server import AnthropicSimulator
from infra.simulators.connectwise.server import SimulatorServer
from infra.stack.ports import free_ports
from infra.stack.postgres import EmbeddedPostgres
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.support.application import TEST_KEY
from tests.support.journey import Journey, Json
from tests.support.tenants import PASSWORD, Tenant, make_tenant
from tests.support.waiting import until
from workflows.ticket_writeback.messages import writeback_workflow_id
from workflows.troubleshooting_session.messages import session_workflow_id

TICKET = "48231"
WRITEBACKS = 3


class Marks:
    """A word for everything that is said, which occurs nowhere else."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def __call__(self, where: str) -> str:
        return self.words.setdefault(where, f"{where}Zq{uuid4().hex[:10]}")

    def found_in(self, content: bytes) -> list[str]:
        return [where for where, word in self.words.items() if word.encode() in content]


@pytest.fixture
async def own_temporal(tmp_path: Path) -> AsyncIterator[EmbeddedTemporal]:
    """A server that holds this session alone."""
    server = EmbeddedTemporal(
        await find_temporal(print),
        tmp_path / "temporal",
        free_ports(1)[0],
        ui_port=None,
        log_path=tmp_path / "temporal.log",
    )
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def _process(module: str, environment: dict[str, str], log: Path) -> AsyncIterator[None]:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    try:
        yield
        assert process.returncode is None, _read(log)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


# Two processes start, and each loads everything; on a busy machine that takes a while.
@pytest.mark.timeout(300)
async def test_nothing_that_was_said_stands_in_clear_in_temporals_files_in_logs_or_in_histories(
    postgres: EmbeddedPostgres,
    settings: Settings,
    own_temporal: EmbeddedTemporal,
    psa: SimulatorServer,
    tmp_path: Path,
) -> None:
    [port] = free_ports(1)
    mark = Marks()
    database = Database(postgres.app_url(), postgres.admin_url())
    tenant = await make_tenant(database, settings, psa_host=psa.url, with_flows=False)
    await database.aclose()
    async with AnthropicSimulator() as model:
        environment = {
            "DATABASE_URL": postgres.app_url(),
            "DATABASE_ADMIN_URL": postgres.admin_url(),
            "TEMPORAL_ADDRESS": own_temporal.address,
            "RESOLUTIONFLOW_SECRET_KEYS": TEST_KEY.get_secret_value(),
            "RESOLUTIONFLOW_ALLOW_PRIVATE_PSA": "1",
            "RESOLUTIONFLOW_LOG_LEVEL": "debug",
            "RESOLUTIONFLOW_PORT": str(port),
            "RESOLUTIONFLOW_STATE_DIR": str(tmp_path / "state"),
            "RESOLUTIONFLOW_PILOT": "anthropic",
            "ANTHROPIC_API_KEY": model.api_key,
            "ANTHROPIC_BASE_URL": model.url,
        }
        logs = [tmp_path / "worker.log", tmp_path / "api.log"]
        async with (
            _process("infra.worker", environment, logs[0]),
            _process("api", environment, logs[1]),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client,
        ):
            await until(lambda: _answers(client), within=150, what="the API")
            await until(lambda: _polls(logs[0]), within=150, what="the worker")
            session_id = await _work_a_session(client, tenant, mark, model, psa)
        histories = await _histories(own_temporal.address, session_id)
    await own_temporal.stop()

    files = {path.name: path.read_bytes() for path in own_temporal.folder.glob("temporal.db*")}
    stored = b"".join(files.values())
    assert session_workflow_id(session_id).encode() in stored, "what is in clear is found in these files"
    assert len(mark.words) > 15
    for name, content in files.items():
        assert mark.found_in(content) == [], name
    for log in logs:
        written = _read(log)
        assert b'"event"' in written, log.name
        assert mark.found_in(written) == [], log.name
    assert mark.found_in(own_temporal.log_path.read_bytes()) == []
    told = b"".join(histories)
    assert b"Encoded failure" in told, "steps failed, and that they did is told"
    assert mark.found_in(told) == []


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get(client.base_url.copy_with(path="/readyz"))).status_code == 200
    except httpx.TransportError:
        return False


async def _polls(log: Path) -> bool:
    return b"worker.started" in _read(log)


def _read(log: Path) -> bytes:
    return log.read_bytes()


async def _start(client: httpx.AsyncClient, body: Json) -> Journey:
    """Asked until it is answered: the first task of a worker that has just started may take long."""
    key = {"Idempotency-Key": str(uuid4())}

    async def started() -> Json | None:
        answer = await client.post("/ai-sessions", json=body, headers=key)
        if answer.status_code == 503 and answer.json()["code"] == "still_processing":
            return None
        assert answer.status_code == 201, answer.text
        session: Json = answer.json()
        return session

    journey = Journey(client, await until(started, within=120, what="the session"))
    await journey.settled()
    return journey


async def _work_a_session(
    client: httpx.AsyncClient, tenant: Tenant, mark: Marks, model: AnthropicSimulator, psa: SimulatorServer
) -> UUID:
    """Everything that carries words: messages, replies, facts, a fix, notes, and errors that quote them."""
    login = await client.post(
        "/auth/login", json={"email": tenant.email(AccountRole.ENGINEER), "password": PASSWORD}
    )
    client.headers["Authorization"] = f"Bearer {login.json()['access_token']}"

    async def send(method: str, path: str, body: Any) -> Any:
        answer = await client.request(method, journey.path(path), json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    fix = {
        "title": mark("fixTitle"),
        "description": mark("fixText"),
        "confidence": 80,
        "ai_drafted_script": f"Restart-Service {mark('script')}",
    }
    fact = {"text": mark("pilotFact"), "source_type": "ai_synthesis"}
    asked = [{"text": mark("question"), "options": [mark("option"), "No"]}]
    model.next(
        applies_to="chat",
        text=f"{mark('reply')}\n"
        + render_block(BlockName.QUESTIONS, asked)
        + render_block(BlockName.SUGGEST_FIX, fix)
        + render_block(BlockName.PROMOTE, fact),
    )
    journey = await _start(client, {"text": mark("problem"), "psa_ticket_id": TICKET})
    item = (await journey.detail())["lane"][0]["id"]
    await send("POST", "/items", {"items": [{"item_id": item, "answer": mark("answer")}]})
    await journey.settled()

    # The provider's error quotes the request, a passing one first, then one that is final.
    model.next(applies_to="chat", status=500, error_message=mark("modelTrouble"))
    model.next(applies_to="chat", status=400, error_message=mark("modelRefusal"))
    await journey.say(mark("message"))
    model.next(applies_to="chat", text=mark("cutReply") * 3, cut_after=len(mark("cutReply")))
    await journey.say(mark("second"))

    await send("POST", "/facts", {"text": mark("ownFact")})
    active = (await journey.detail())["active_fix"]
    await journey.apply(active)
    outcome = await journey.outcome(active, "applied_failed", mark("outcomeNotes"))
    assert outcome.status_code == 200, outcome.text

    refusal = {"code": "InvalidObject", "message": mark("psaRefusal")}
    psa.add_fault("status", method="POST", path="notes", status=400, body=refusal)
    package = {"markdown": mark("package"), "escalation_reason": mark("reason")}
    refused = await client.post(journey.path("/escalation-package/post"), json=package)
    assert mark("psaRefusal") in refused.text, "the engineer reads the ticketing system's own words"
    trouble = {"code": "Error", "message": mark("psaTrouble")}
    psa.add_fault("status", method="POST", path="notes", status=500, body=trouble)
    await send("POST", "/escalation-package/post", {"markdown": mark("package")})
    await journey.post_note(f"## Problem\n\n{mark('note')}")
    body = await journey.settled(lambda one: one["session"]["status"] == "resolved")
    assert mark("reply") in str(body), "it was said, and is where it belongs"
    return UUID(journey.id)


async def _histories(address: str, session_id: UUID) -> list[bytes]:
    client = await Client.connect(address)
    ids = [
        session_workflow_id(session_id),
        *(writeback_workflow_id(session_id, n) for n in range(1, WRITEBACKS + 1)),
    ]
    return [
        event.SerializeToString()
        for each in ids
        for event in (await client.get_workflow_handle(each).fetch_history()).events
    ]
