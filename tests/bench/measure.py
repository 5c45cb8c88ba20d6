"""The measurements. Each answers plain figures; goals and ratios are put together in `report`."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import httpx
from sqlalchemy import func, select
from temporalio.client import Client, WorkflowHandle

from api.message_intake import store_and_tell
from api.session_gateway import ANSWER_WITHIN, SessionGateway
from domain.commands import CommandAck
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import Message
from tests.bench.floor import FLOOR_QUEUE, Floor
from tests.bench.servers import Bench
from tests.support.tenants import Tenant
from tests.support.waiting import until
from workflows.troubleshooting_session.messages import EngineerMessage, SnapshotView, session_workflow_id


@dataclass(frozen=True)
class Times:
    """Milliseconds of repeated calls."""

    p50: float
    p95: float
    count: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        ordered = sorted(one * 1000 for one in seconds)
        cut = statistics.quantiles(ordered, n=20)
        return cls(round(statistics.median(ordered), 2), round(cut[18], 2), len(ordered))


async def timed(
    call: Callable[[], Awaitable[object]],
    repeats: int,
    warm_up: int = 0,
    between: Callable[[], Awaitable[object]] | None = None,
) -> list[float]:
    """Seconds of sequential calls after a warm-up; `between` runs after each of them and is not measured."""
    found = []
    for number in range(warm_up + repeats):
        started = time.perf_counter()
        await call()
        ended = time.perf_counter()
        if between is not None:
            await between()
        if number >= warm_up:
            found.append(ended - started)
    return found


class TurnWatch:
    """Hears the commits of one session: the reply is there when its event was announced."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], session_id: UUID) -> None:
        self._connection = connection
        self._session_id = str(session_id)
        self._seen = 0
        self._changed = asyncio.Event()

    async def start(self) -> None:
        await self._connection.add_listener("session_events", self._on_notice)

    def _on_notice(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        notice = json.loads(str(payload))
        if notice["session_id"] == self._session_id:
            self._seen += 1
            self._changed.set()

    async def notices(self, count: int) -> None:
        """Wait until so many commits were announced since the last call."""
        while self._seen < count:
            self._changed.clear()
            await self._changed.wait()
        self._seen = 0


class SessionUnderTest:
    """One session, driven by the API's own code: what is measured is what the API waits for."""

    def __init__(
        self,
        client: Client,
        database: Database,
        settings: Settings,
        account_id: UUID,
        session_id: UUID,
        actor_id: UUID,
        *,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        self._answer_within = answer_within
        self._client = client
        self._database = database
        self._gateway = SessionGateway(client, settings)
        self.account_id = account_id
        self.session_id = session_id
        self.actor_id = actor_id

    async def say(self, text: str = "It still asks for the password after the restart.") -> None:
        """Send a message; returns when it is stored and its session knows of it."""
        key = str(uuid4())
        message = EngineerMessage(
            command_id=key,
            request_hash=key.replace("-", "") * 2,
            account_id=self.account_id,
            session_id=self.session_id,
            actor_id=self.actor_id,
            text=text,
        )
        await store_and_tell(self._database, message, self._tell)

    async def _tell(self, message: EngineerMessage) -> CommandAck:
        return await self._gateway.send(
            "engineer_message",
            message,
            CommandAck,
            account_id=self.account_id,
            session_id=self.session_id,
            engineer_id=self.actor_id,
            update_id=message.command_id,
            answer_within=self._answer_within,
        )

    async def idle(self) -> None:
        """Wait until the engine has done with the last turn: the next measurement must not queue behind it."""
        handle = self._client.get_workflow_handle(session_workflow_id(self.session_id))

        async def probe() -> bool:
            view = await handle.query("snapshot", result_type=SnapshotView)
            return not view.turn_running and view.snapshot is not None and not view.snapshot.queued

        await until(probe, within=120, what="the end of the turn")


async def floor_times(handle: WorkflowHandle[Floor, None], update: str) -> Callable[[], Awaitable[object]]:
    """A call of one of the floor's updates."""

    async def call() -> object:
        key = str(uuid4())
        return await handle.execute_update(update, key, id=key)

    return call


async def start_floor(client: Client) -> WorkflowHandle[Floor, None]:
    return await client.start_workflow(Floor.run, id=f"floor/{uuid4()}", task_queue=FLOOR_QUEUE)


async def start_session(http: httpx.AsyncClient, text: str, *, ticket: str | None = None) -> UUID:
    answer = await http.post("/ai-sessions", json={"text": text, "psa_ticket_id": ticket})
    answer.raise_for_status()
    return UUID(answer.json()["id"])


async def messages_waiting(bench: Bench, tenant: Tenant) -> int:
    """How many messages of the account wait for a reply or get one."""
    async with bench.database.tenant(tenant.account_id) as db:
        busy = select(func.count()).where(Message.turn_state.in_(("queued", "running")))
        return (await db.execute(busy)).scalar_one()


def session_under_load(
    bench: Bench, tenant: Tenant, session_id: UUID, *, answer_within: float = 120
) -> SessionUnderTest:
    """A session beside others that are at work too: its answers may take seconds, and are waited for."""
    return SessionUnderTest(
        bench.client,
        bench.database,
        bench.settings,
        tenant.account_id,
        session_id,
        tenant.user_id(),
        answer_within=answer_within,
    )


@dataclass(frozen=True)
class HistoryCost:
    """What one turn adds to Temporal's history."""

    events: float
    kilobytes: float


async def history_size(client: Client, session_id: UUID) -> tuple[int, int]:
    """Events and bytes of a session's history."""
    described = await client.get_workflow_handle(session_workflow_id(session_id)).describe()
    info = described.raw_description.workflow_execution_info
    return info.history_length, info.history_size_bytes
