"""Hundreds of clients on the event streams of one API process: how late it reaches them, and whether all do."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from uuid import UUID

import asyncpg
from sqlalchemy import select

from infra.database.models import SessionEvent
from tests.bench.measure import SessionUnderTest, Times, session_under_load, start_session
from tests.bench.pilot import STAMPED
from tests.bench.plain_http import PlainStream
from tests.bench.processes import Consumers, resident_megabytes
from tests.bench.progress import tell
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.tenants import Tenant, make_tenant
from tests.support.waiting import until

CLIENTS = int(os.environ.get("BENCH_CLIENTS", "500"))
EACH_SESSION = 5
"""Clients that watch the same session."""
SPEAKING = 10
"""Sessions in which the pilot speaks at a time: one in ten."""
COMES_BACK = 10
"""Every so manieth client loses its connection on the way and resumes after the last event that it saw."""
_STAMP = re.compile(r"\d{9,}")


class Commits:
    """When each durable event was announced: the moment from which it could be told."""

    def __init__(self) -> None:
        self.at: dict[tuple[str, int], int] = {}

    def on_notice(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """Take one announcement; it names the last event of its commit."""
        notice = json.loads(str(payload))
        self.at[notice["session_id"], notice["seq"]] = time.monotonic_ns()


class Watcher:
    """One client of one session, and what has reached it."""

    def __init__(self, bench: Bench, token: str, session_id: UUID) -> None:
        self._bench = bench
        self._token = token
        self._stream: PlainStream | None = None
        self._reading: asyncio.Task[None] | None = None
        self.session_id = session_id
        self.events: list[int] = []
        self.arrivals: list[tuple[int, int]] = []
        """Number of an event, and when it arrived."""
        self.piece_delays: list[float] = []

    async def open(self, after: int) -> None:
        """Begin to read what comes after an event."""
        path = f"/api/v1/ai-sessions/{self.session_id}/events"
        self._stream = await PlainStream.connect(self._bench.url, self._token, path, after)
        self._reading = asyncio.create_task(self._read(self._stream))

    async def come_back(self) -> None:
        """Lose the connection, and resume after the last event that was seen."""
        await self.aclose()
        await self.open(self.events[-1])

    async def aclose(self) -> None:
        if self._reading is not None and self._stream is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            await self._stream.aclose()

    async def _read(self, stream: PlainStream) -> None:
        async for event in stream.events():
            arrived = time.monotonic_ns()
            if "id" in event:
                self.events.append(int(event["id"]))
                self.arrivals.append((int(event["id"]), arrived))
            elif event.get("event") == "reply.delta":
                stamps = _STAMP.findall(event["data"].partition('"text"')[2])
                self.piece_delays += [(arrived - int(stamp)) / 1e9 for stamp in stamps]


def missed(seen: Sequence[int], stored: Sequence[int]) -> int:
    """How many events of a session a client did not get, or got twice or out of order."""
    wrong = sum(1 for before, after in pairwise(seen) if after <= before)
    return len(set(stored) - set(seen)) + len(set(seen) - set(stored)) + wrong


async def measure_fan_out(report: Report, bench: Bench, repeats: int) -> None:
    """Many sessions that are watched by a few each; in some of them the pilot speaks, piece by piece."""
    tenant = await make_tenant(bench.database, bench.settings)
    async with bench.sign_in(tenant) as http:
        token = http.headers["Authorization"].removeprefix("Bearer ")
        sessions = []
        for number in range(max(1, CLIENTS // EACH_SESSION)):
            session_id = await start_session(http, f"{STAMPED}: Printer {number} prints nothing")
            sessions.append(session_under_load(bench, tenant, session_id))
        for session in sessions:
            await session.idle()
    before = {one.session_id: (await _stored(bench, tenant, one.session_id, 0))[-1] for one in sessions}
    commits = Commits()
    listener = await asyncpg.connect(bench.postgres.app_url().replace("+asyncpg", ""))
    await listener.add_listener("session_events", commits.on_notice)
    memory = resident_megabytes(bench.api.pid)
    watchers = [Watcher(bench, token, one.session_id) for one in sessions for _ in range(EACH_SESSION)][
        :CLIENTS
    ]
    for watcher in watchers:
        await watcher.open(before[watcher.session_id])
    memory_each = (resident_megabytes(bench.api.pid) - memory) * 1024 / len(watchers)
    tell(f"fan-out: {len(watchers)} clients are connected")
    consumers = Consumers(bench.pids()).start()
    for some in batched_in_turn(sessions, SPEAKING):
        await asyncio.gather(*(session.say("Go on.") for session in some))
        # In the middle of the replies some lose their connection.
        await asyncio.gather(*(one.come_back() for one in watchers[::COMES_BACK] if one.events))
        for session in some:
            await session.idle()
    usage = consumers.used()
    stored = {
        one.session_id: await _stored(bench, tenant, one.session_id, before[one.session_id])
        for one in sessions
    }
    lost = await _lost(watchers, stored)
    for watcher in watchers:
        await watcher.aclose()
    await listener.close()
    _add(report, watchers, commits, lost)
    report.add(Figure("fan-out: memory of the API for a client", memory_each, None, "KiB"))
    report.add(Figure("fan-out: share of the machine that the API had", usage.share("API") * 100, None, "%"))


def batched_in_turn(sessions: list[SessionUnderTest], size: int) -> list[list[SessionUnderTest]]:
    """So many at a time, the next ones in the next round, until each has spoken twice or more."""
    size = min(size, len(sessions))
    rounds = -(-2 * len(sessions) // size)
    return [
        [sessions[(number * size + one) % len(sessions)] for one in range(size)] for number in range(rounds)
    ]


async def _lost(watchers: Sequence[Watcher], stored: dict[UUID, list[int]]) -> int:
    """Events that did not reach a client, when none has come for a while that could be waited for."""

    def count() -> int:
        return sum(missed(one.events, stored[one.session_id]) for one in watchers)

    async def complete() -> bool:
        return count() == 0

    with suppress(AssertionError):
        await until(complete, within=10, what="the last events")
    return count()


async def _stored(bench: Bench, tenant: Tenant, session_id: UUID, after: int) -> list[int]:
    async with bench.database.tenant(tenant.account_id) as db:
        found = await db.execute(
            select(SessionEvent.seq)
            .where(SessionEvent.session_id == session_id, SessionEvent.seq > after)
            .order_by(SessionEvent.seq)
        )
        return list(found.scalars())


def _add(report: Report, watchers: Sequence[Watcher], commits: Commits, lost: int) -> None:
    events = [
        max(0, arrived - at) / 1e9
        for one in watchers
        for number, arrived in one.arrivals
        if (at := commits.at.get((str(one.session_id), number))) is not None
    ]
    pieces = [delay for one in watchers for delay in one.piece_delays]
    if len(pieces) < len(watchers) or len(events) < len(watchers):
        raise RuntimeError(
            f"only {len(events)} events and {len(pieces)} pieces reached {len(watchers)} clients"
        )
    report.add_times(f"{CLIENTS} clients: an event, from its commit to the socket", Times.of(events))
    report.add_times(f"{CLIENTS} clients: a piece of a reply, from the model to the socket", Times.of(pieces))
    report.add(Figure(f"fan-out: events missed by {CLIENTS} clients", lost, 0, "events"))
