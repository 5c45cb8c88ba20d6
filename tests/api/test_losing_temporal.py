"""Temporal's database is lost under sessions in every state: each goes on from its rows, and nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, text, update
from temporalio.client import Client

from activities.session_record import conversation as record
from activities.session_record.lifecycle import LifecycleActivities
from api import session_waker
from api.session_gateway import SessionGateway
from api.session_waker import SessionWaker
from domain.conversation import paused_line
from domain.markers import BlockName, render_block
from domain.vocabulary import SessionStatus, SpinOffState, WritebackState
from infra.config import Settings
from infra.database.models import Session, SessionEvent, SpinOffTicket, Writeback
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from infra.stack.ports import free_port
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from tests.support.application import Application, converter_of_tests, running_api, running_worker
from tests.support.journey import Journey, Json
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.tenants import PASSWORD, Tenant
from tests.support.waiting import until
from tests.workflows.ticket_on_psa import NOTE, PACKAGE
from workflows.troubleshooting_session.messages import ChangeStatus, session_workflow_id

SPUN_OFF = "The scanner is broken too"
FIX = "Try this." + render_block(
    BlockName.SUGGEST_FIX, {"title": "Clean the drum", "description": "Do it.", "confidence": 80}
)


class LosableTemporal:
    """A server whose data can be lost. The same port serves again afterwards, with nothing in it."""

    def __init__(self, server: EmbeddedTemporal, client: Client) -> None:
        self.server = server
        self.client = client

    async def lose_everything(self) -> None:
        """Kill it, delete its database, and start an empty one."""
        await self.server.kill()
        for path in self.server.folder.glob(f"{self.server.database.name}*"):
            path.unlink()
        await self.server.start()

    async def runs(self, session_id: str) -> bool:
        handle = self.client.get_workflow_handle(session_workflow_id(UUID(session_id)))
        description = await handle.describe()
        return description.status is not None and description.status.name == "RUNNING"


@pytest.fixture
async def losable(tmp_path: Path) -> AsyncIterator[LosableTemporal]:
    server = EmbeddedTemporal(
        await find_temporal(print),
        tmp_path / "temporal",
        free_port(),
        ui_port=None,
        log_path=tmp_path / "temporal.log",
    )
    await server.start()
    yield LosableTemporal(server, await Client.connect(server.address, data_converter=converter_of_tests()))
    await server.stop()


class Office:
    """Sessions of one account, worked over the API."""

    def __init__(
        self, http: httpx.AsyncClient, application: Application, tenant: Tenant, pilot: DirectedPilot
    ) -> None:
        self.http = http
        self.application = application
        self.tenant = tenant
        self.pilot = pilot

    async def start(self, *answers: object, settle: bool = True, **body: Any) -> Journey:
        """A session whose pilot gives these answers."""
        name = f"case {uuid4().hex[:12]}"
        self.pilot.direct(name, *(answers or ("I see.",)))
        answer = await self.http.post("/ai-sessions", json={"text": f"{name} prints nothing", **body})
        assert answer.status_code == 201, answer.text
        journey = Journey(self.http, answer.json())
        if settle:
            await journey.settled()
        return journey

    async def send(self, journey: Journey, path: str, method: str = "POST", **body: Any) -> Json:
        answer = await self.http.request(method, journey.path(path), json=body or None)
        assert answer.is_success, f"{path}: {answer.text}"
        said: Json = answer.json()
        return said

    async def fix_of(self, journey: Journey) -> str:
        fix = (await journey.detail())["active_fix"]
        return f"/suggested-fixes/{fix['id']}"

    async def status(self, journey: Journey) -> str:
        status: str = (await journey.detail())["session"]["status"]
        return status

    async def texts(self, journey: Journey, role: str) -> list[str]:
        return [one["text"] for one in (await journey.detail())["messages"] if one["role"] == role]

    async def shift(self, journey: Journey, **columns: timedelta) -> None:
        """Let times of the session be so much earlier."""
        async with self.application.database.tenant(self.tenant.account_id) as db:
            await db.execute(
                update(Session)
                .where(Session.id == UUID(journey.id))
                .values({name: getattr(Session, name) - by for name, by in columns.items()})
            )

    async def events_have_no_holes(self, journey: Journey) -> None:
        async with self.application.database.tenant(self.tenant.account_id) as db:
            row = await db.get_one(Session, UUID(journey.id))
            found = await db.execute(
                select(SessionEvent.seq).where(SessionEvent.session_id == row.id).order_by(SessionEvent.seq)
            )
            assert list(found.scalars()) == list(range(1, row.last_seq + 1))

    async def writebacks(self, journey: Journey) -> list[Writeback]:
        async with self.application.database.tenant(self.tenant.account_id) as db:
            found = await db.execute(select(Writeback).where(Writeback.session_id == UUID(journey.id)))
            return list(found.scalars())


@pytest.fixture
async def office(
    application: Application,
    tenant: Tenant,
    settings: Settings,
    pilot: DirectedPilot,
    losable: LosableTemporal,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Office]:
    """API and worker at the server that is going to be lost. Nobody is woken but by the test."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", losable.server.address)
    # Sessions of other tests live at other servers.
    ours = f"AND s.account_id = '{tenant.account_id}' ORDER BY"
    monkeypatch.setattr(session_waker, "_FIND", text(session_waker._FIND.text.replace("ORDER BY", ours)))
    async with (
        running_worker(losable.client, settings, pilot),
        running_api(settings) as url,
        httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as http,
    ):
        answer = await http.post("/auth/login", json={"email": tenant.email(), "password": PASSWORD})
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield Office(http, application, tenant, pilot)


class Held:
    """Lets the first call for a name stand still before its effect; later calls for it pass."""

    def __init__(self) -> None:
        self._stands: dict[str, asyncio.Event] = {}
        self._go_on = asyncio.Event()

    def at(self, name: str) -> None:
        self._stands[name] = asyncio.Event()

    async def reached(self, name: str) -> None:
        async with asyncio.timeout(30):
            await self._stands[name].wait()

    def release(self) -> None:
        self._go_on.set()

    async def pass_by(self, text: str) -> None:
        for name, stands in self._stands.items():
            if name in text and not stands.is_set():
                stands.set()
                await self._go_on.wait()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    """Posting a note stands still by its ticket, opening a session by its text."""
    held = Held()

    def wrap(owner: Any, name: str, told: Callable[..., str]) -> None:
        real = getattr(owner, name)

        async def standing(*args: Any, **kwargs: Any) -> Any:
            await held.pass_by(told(*args))
            return await real(*args, **kwargs)

        monkeypatch.setattr(owner, name, standing)

    wrap(ConnectWiseProvider, "post_note", lambda _provider, ticket, *_rest: str(ticket))
    wrap(record, "claim_uploads", lambda transaction, *_rest: transaction.session.problem_summary or "")
    return held


async def test_every_session_goes_on_from_its_rows(
    office: Office, losable: LosableTemporal, psa: SimulatorServer, held: Held, settings: Settings
) -> None:
    send = office.send
    never = asyncio.Event()
    notes = {ticket: len(psa.notes(ticket)) for ticket in (48200, 48201, 48209, 48212, 48218)}

    # --- one session in each state ---
    replying, queued = [
        await office.start(("Half a re", never), "The answer.", "And more.", settle=False) for _ in range(2)
    ]
    proposed, verifying, partial = [await office.start(FIX, "Good.") for _ in range(3)]
    paused, idle, nearly_idle, abandoned, reopenable = [await office.start("One.", "Two.") for _ in range(5)]
    escalated = await office.start(psa_ticket_id="48212")
    resolved = await office.start(psa_ticket_id="48218")
    before_post, after_post, after_time = [
        await office.start(psa_ticket_id=ticket) for ticket in ("48200", "48201", "48209")
    ]
    spinning = await office.start(psa_ticket_id="48219")
    for journey in (verifying, partial):
        await send(journey, await office.fix_of(journey) + "/apply")
    await send(
        partial, await office.fix_of(partial) + "/outcome", "PATCH", outcome="applied_partial", notes="half"
    )
    applied_at = (await verifying.detail())["active_fix"]["applied_at"]
    await send(paused, "/pause")
    await send(abandoned, "/abandon")
    await send(reopenable, "/abandon")
    await send(escalated, "/escalation-package/post", markdown=PACKAGE)
    await send(resolved, "/resolution-note/post", markdown=NOTE)
    for journey in (replying, queued):
        await _streams(journey)
    await send(queued, "/messages", text="and this")

    async def post(journey: Journey, kind: str, **body: Any) -> httpx.Response:
        return await office.http.post(journey.path(f"/{kind}/post"), json=body)

    held.at("48200")
    for ticket in (48201, 48209):
        psa.add_fault("slow", method="PATCH", path=f"tickets/{ticket}", seconds=3)
    psa.add_fault("slow", method="POST", path=r"/service/tickets$", seconds=3)
    held.at("stands at its opening")
    key = {"Idempotency-Key": f"opening-{uuid4()}"}
    opening = {"json": {"text": "a session that stands at its opening"}, "headers": key}
    asked = [
        asyncio.create_task(one)
        for one in (
            post(before_post, "resolution-note", markdown=NOTE),
            post(after_post, "escalation-package", markdown=PACKAGE),
            post(after_time, "resolution-note", markdown=NOTE, log_minutes=30),
            office.http.post(spinning.path("/spin-off-tickets"), json={"summary": SPUN_OFF}),
            office.http.post("/ai-sessions", **opening),  # type: ignore[arg-type]
        )
    ]
    await held.reached("48200")
    await held.reached("stands at its opening")
    await asyncio.wait_for(psa.request_arrived("PATCH", "tickets/48201"), 30)
    await asyncio.wait_for(psa.request_arrived("PATCH", "tickets/48209"), 30)
    await until(lambda: _created(psa), what="the second ticket")
    assert len(psa.time_entries(48209)) == 1
    assert await office.status(after_post) == SessionStatus.REQUESTING_ESCALATION

    # --- lost ---
    await losable.lose_everything()
    for request in asked:
        request.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    inactivity = timedelta(minutes=settings.inactivity_minutes)
    linger = timedelta(minutes=settings.linger_minutes)
    soon = timedelta(seconds=2)
    await office.shift(idle, last_activity_at=inactivity + soon)

    # --- nobody sends anything: what is unfinished is woken, by two processes at once ---
    assert not [one for one in (replying, queued, idle) if await _known(losable, one)]
    wakers = [
        SessionWaker(
            office.application.database, SessionGateway(losable.client, settings), inactivity=inactivity
        )
        for _ in range(2)
    ]
    woken = await asyncio.gather(*(one.wake(datetime.now(UTC), quiet_for=-soon) for one in wakers))
    ours = [replying, queued, before_post, after_post, after_time, spinning, idle]
    assert all([await losable.runs(one.id) for one in ours])
    # The API goes on with requests whose sender has left, so some may have come back that way before.
    assert sum(woken) >= 3
    again = await asyncio.gather(*(one.wake(datetime.now(UTC), quiet_for=-soon) for one in wakers))
    assert again == [0, 0], "what runs is left alone"

    await replying.settled(lambda body: body["messages"][-1]["text"] == "The answer.")
    await queued.settled(lambda body: body["messages"][-1]["text"] == "The answer.")
    await until(lambda: _is(office, idle, SessionStatus.PAUSED), what="the pause of the idle session")
    minutes = round((inactivity + soon).total_seconds() / 60)
    assert (await office.texts(idle, "system"))[-1] == paused_line(minutes)
    for journey, status in (
        (after_post, SessionStatus.ESCALATED),
        (after_time, SessionStatus.RESOLVED),
    ):
        await until(lambda j=journey, s=status: _is(office, j, s), what=f"{status}")  # type: ignore[misc]
    await until(lambda: _spun_off(office, spinning), what="the second ticket in its row")
    # The worker that outlived Temporal is still at its request, and the new attempt waits for it.
    assert len(psa.notes(48200)) == notes[48200]
    held.release()
    await until(lambda: _is(office, before_post, SessionStatus.RESOLVED), what="the end of the posting")

    # --- the next command of each of the others brings it back ---
    assert not [
        one for one in (proposed, verifying, partial, paused, escalated) if await _known(losable, one)
    ]
    await send(proposed, await office.fix_of(proposed) + "/apply")
    await send(verifying, await office.fix_of(verifying) + "/apply")
    assert (await verifying.detail())["active_fix"]["applied_at"] == applied_at, (
        "it was verifying all the time"
    )
    assert (await send(partial, await office.fix_of(partial) + "/resume"))["status"] == "proposed"
    await paused.say("Back again")
    assert await office.status(paused) == SessionStatus.ACTIVE
    assert (await send(escalated, "/pick-up"))["status"] == "active"
    await send(reopenable, "/reopen")
    await reopenable.say("It came back")
    refused = await office.http.post(resolved.path("/messages"), json={"text": "Thanks"})
    assert (refused.status_code, refused.json()["code"]) == (409, "session_closed")
    assert not await _known(losable, resolved), "a refusal brings nothing back"
    await office.shift(nearly_idle, last_activity_at=inactivity - soon)
    await office.shift(abandoned, closed_at=linger - soon)
    for journey in (nearly_idle, abandoned):
        assert not await _known(losable, journey)
        await send(journey, "/resolution-note/preview")
    # Their times are those of the rows, not of the moment in which they were brought back.
    await until(lambda: _is(office, nearly_idle, SessionStatus.PAUSED), what="the pause that was due")
    await until(lambda: _ended(losable, abandoned), what="the end of the linger")

    first = await office.http.post("/ai-sessions", **opening)  # type: ignore[arg-type]
    assert first.status_code == 201, first.text
    opened = Journey(office.http, first.json())
    await asyncio.gather(*(one.wake(datetime.now(UTC), quiet_for=-soon) for one in wakers))
    body = await opened.settled(lambda body: body["messages"][-1]["role"] == "pilot")
    assert [one["role"] for one in body["messages"]] == ["engineer", "pilot"]

    # --- nothing is missing, nothing twice ---
    assert {ticket: len(psa.notes(ticket)) - before for ticket, before in notes.items()} == dict.fromkeys(
        notes, 1
    )
    assert len(psa.time_entries(48209)) == 1
    assert len(_created_tickets(psa)) == 1
    assert (await office.texts(replying, "pilot")) == ["The answer."]
    assert (await office.texts(queued, "engineer"))[-1] == "and this"
    assert (await office.texts(queued, "pilot")) == ["The answer."], "one reply to both messages"
    assert (await office.texts(paused, "pilot")) == ["One.", "Two."]
    for journey in (before_post, after_post, after_time, escalated, resolved):
        assert [one.state for one in await office.writebacks(journey)] == [WritebackState.DONE]
    for journey in (*ours, proposed, verifying, partial, paused, nearly_idle, abandoned, escalated, resolved):
        await office.events_have_no_holes(journey)


async def test_a_process_of_the_api_looks_when_it_starts_and_again_after_that(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[datetime] = []

    async def look(_waker: SessionWaker, now: datetime) -> int:
        looks.append(now)
        if len(looks) == 1:
            raise RuntimeError("Temporal is away")
        return 0

    async def twice() -> bool:
        return len(looks) >= 2

    monkeypatch.setattr(SessionWaker, "wake", look)
    monkeypatch.setattr(session_waker, "EVERY", timedelta(seconds=0.05))
    async with running_api(settings, waking=True):
        await until(twice, what="the second look")


async def _streams(journey: Journey) -> None:
    async def probe() -> bool:
        turn = (await journey.detail())["running_turn"]
        return turn is not None and bool(turn.get("text") or turn.get("prose"))

    await until(probe, what="the first words of the reply")


async def _is(office: Office, journey: Journey, status: SessionStatus) -> bool:
    return await office.status(journey) == status


async def _known(losable: LosableTemporal, journey: Journey) -> bool:
    found = [
        one
        async for one in losable.client.list_workflows(
            f"WorkflowId = '{session_workflow_id(UUID(journey.id))}'"
        )
    ]
    return bool(found)


async def _ended(losable: LosableTemporal, journey: Journey) -> bool:
    return not await losable.runs(journey.id)


def _created_tickets(psa: SimulatorServer) -> list[Any]:
    return [one for one in psa.simulator.store.all("tickets") if one["summary"] == SPUN_OFF]


async def _created(psa: SimulatorServer) -> bool:
    return bool(_created_tickets(psa))


async def _spun_off(office: Office, journey: Journey) -> bool:
    async with office.application.database.tenant(office.tenant.account_id) as db:
        found = await db.execute(select(SpinOffTicket).where(SpinOffTicket.session_id == UUID(journey.id)))
        return found.scalar_one().state is SpinOffState.DONE


@pytest.mark.parametrize(
    ("lost", "path"),
    [("pause_session", "/resume"), ("abandon_session", "/reopen")],
)
async def test_a_command_is_not_refused_for_a_state_that_is_over(
    application: Application,
    tenant: Tenant,
    engineer: httpx.AsyncClient,
    lost: str,
    path: str,
) -> None:
    """The command before was stored, and lost on its way to the run that lives: server and worker died together."""
    journey = await Journey.start(engineer, text="The monitor stays dark")
    stored = ChangeStatus(
        command_id=str(uuid4()),
        request_hash="",
        account_id=tenant.account_id,
        session_id=UUID(journey.id),
        actor_id=tenant.user_id(),
        reason="Solved by itself",
    )
    await getattr(LifecycleActivities(application.database), lost)(stored)
    answer = await engineer.post(journey.path(path))
    assert answer.status_code == 200, answer.text
    assert (await journey.detail())["session"]["status"] == "active"
    # Whoever is really wrong is told so, and the run is left alone.
    again = await engineer.post(journey.path(path))
    assert_problem(again, 409, "wrong_state")
