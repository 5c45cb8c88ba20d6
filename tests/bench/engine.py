"""Messages and turns, beside the engine's floor of the same run."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import httpx

from tests.bench.measure import (
    SessionUnderTest,
    Times,
    TurnWatch,
    floor_times,
    history_size,
    start_floor,
    start_session,
    timed,
)
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.tenants import Tenant, make_tenant
from tests.support.waiting import until

OTHER_SESSIONS = 2
"""Sessions in which messages are acknowledged besides the one whose turns are measured."""


async def measure_engine(report: Report, bench: Bench, repeats: int) -> None:
    """Turns and acknowledged messages of one session, interleaved with a bare update and a bare activity."""
    tenant = await make_tenant(bench.database, bench.settings)
    client = bench.client
    async with bench.sign_in(tenant) as http:
        listener = await asyncpg.connect(bench.postgres.app_url().replace("+asyncpg", ""))
        session = await _open(http, bench, tenant, listener)
        floor = await start_floor(client)
        insert_locally = await floor_times(floor, "insert_locally")
        insert_in_activity = await floor_times(floor, "insert_in_activity")

        acknowledged: list[float] = []
        turns: list[float] = []
        floor_message: list[float] = []
        floor_turn: list[float] = []
        events_before, bytes_before = await history_size(client, session.id)
        # Interleaved, so that a noisy moment of the machine hits all of them alike.
        rounds = 10
        each = max(2, repeats // rounds)
        for number in range(rounds):
            warm_up = 5 if number == 0 else 1
            floor_turn += await timed(insert_in_activity, each, warm_up)
            turns += await timed(session.turn, each, warm_up, between=session.idle)
            floor_message += await timed(insert_locally, each, warm_up)
            acknowledged += await timed(session.say, each, between=session.answered)
        said = 2 * rounds * each + 5 + (rounds - 1)
        events_after, bytes_after = await history_size(client, session.id)

        posted = await timed(lambda: _post(http, session.id), max(20, repeats // 2), between=session.answered)
        # The slowest twentieth of a hundred is five. More in that session would have ended the run whose history was
        # measured, so others say the rest.
        for _ in range(OTHER_SESSIONS):
            other = await _open(http, bench, tenant, listener)
            for number in range(rounds):
                warm_up = 5 if number == 0 else 1
                floor_message += await timed(insert_locally, each, warm_up)
                acknowledged += await timed(other.say, each, warm_up, between=other.answered)
        await listener.close()

    floor_turn_times, turn_times = Times.of(floor_turn), Times.of(turns)
    floor_message_times, message_times = Times.of(floor_message), Times.of(acknowledged)
    report.add_times("floor: update + activity that inserts one row", floor_turn_times)
    report.add_times("turn with a zero-time model, until the reply is stored", turn_times)
    report.add_times("floor: bare update that inserts one row", floor_message_times)
    report.add_times("message acknowledged", message_times)
    report.add_times("message acknowledged through the API (HTTP 202)", Times.of(posted))
    report.add(Figure("turn / floor (p50)", turn_times.p50 / floor_turn_times.p50, 2.0, "×"))
    report.add(Figure("message / bare update (p95)", message_times.p95 / floor_message_times.p95, 1.5, "×"))
    report.add(Figure("history events a turn", (events_after - events_before) / said, 20, "events"))
    report.add(Figure("history kilobytes a turn", (bytes_after - bytes_before) / said / 1024, 8, "kB"))


class _Watched:
    """A session whose turns are heard to end."""

    def __init__(self, session: SessionUnderTest, watch: TurnWatch) -> None:
        self.id = session.session_id
        self.say = session.say
        self.idle = session.idle
        self._watch = watch

    async def turn(self) -> None:
        """Say something; returns when the reply is stored."""
        await self.say()
        await self._replied()

    async def answered(self) -> None:
        """Wait for the reply to what was said."""
        await self._replied()
        await self.idle()

    async def _replied(self) -> None:
        await self._watch.notices(3)  # message stored, reply begun, reply stored


async def _open(
    http: httpx.AsyncClient, bench: Bench, tenant: Tenant, listener: asyncpg.Connection[asyncpg.Record]
) -> _Watched:
    """A session whose first reply is there."""
    session_id = await start_session(http, "Outlook keeps asking for a password since this morning")
    await until(lambda: _replied(http, session_id), what="the first reply")
    watch = TurnWatch(listener, session_id)
    await watch.start()
    session = SessionUnderTest(
        bench.client, bench.database, bench.settings, tenant.account_id, session_id, tenant.user_id()
    )
    await session.idle()
    return _Watched(session, watch)


async def _post(http: httpx.AsyncClient, session_id: UUID) -> None:
    answer = await http.post(
        f"/ai-sessions/{session_id}/messages", json={"text": "And after a restart as well."}
    )
    answer.raise_for_status()


async def _replied(http: httpx.AsyncClient, session_id: UUID) -> bool:
    body = (await http.get(f"/ai-sessions/{session_id}")).json()
    return any(message["role"] == "pilot" for message in body["messages"])
