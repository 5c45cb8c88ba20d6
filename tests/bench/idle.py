"""Thousands of open sessions on one worker: what it keeps of them, and how long one takes to wake."""

from __future__ import annotations

import asyncio
import os
import time
from uuid import UUID, uuid4

import httpx

from tests.bench.announcements import Announcements, listening
from tests.bench.measure import SessionUnderTest, Times, messages_waiting, session_under_load
from tests.bench.processes import resident_megabytes
from tests.bench.progress import Progress, tell
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.tenants import Tenant, make_tenant
from tests.support.waiting import until

SESSIONS = int(os.environ.get("BENCH_IDLE", "5000"))
GOAL = 1024.0
"""MiB of the worker's process, all that it has loaded included."""
OPENED_AT_ONCE = 10
"""More would only wait for one another."""
GIVE_UP = 240.0
"""Seconds after which a request is taken for lost."""
LONG_SESSIONS = max(2, min(10, SESSIONS // 20))
LONG_TURNS = 40
WOKEN = 100


async def measure_idle(report: Report, bench: Bench, repeats: int) -> None:
    """A worker that has done nothing else. Sessions are started as clients start them, and get their first reply.

    The worker keeps only so many of them in memory. Those that were idle for longest are read from their history
    when they wake, the latest are not: that is what is compared.
    """
    await bench.worker.restart()
    tenant = await make_tenant(bench.database, bench.settings)
    async with bench.sign_in(tenant) as http, listening(bench.postgres.app_url()) as announcements:
        opening = _Opening(bench, tenant, http)
        first = await opening.sessions(10)
        empty = resident_megabytes(bench.worker.pid)
        long = await opening.sessions(LONG_SESSIONS)
        progress = Progress("idle: turns of long sessions", LONG_TURNS - 1)
        for _ in range(LONG_TURNS - 1):
            await asyncio.gather(*(_wake(session, announcements) for session in long))
            progress.one_more()
        tell(f"idle: {len(long)} sessions of {LONG_TURNS} turns are there")
        started = time.monotonic()
        others = await opening.sessions(SESSIONS - len(first) - len(long))
        speed = len(others) / (time.monotonic() - started)
        full = resident_megabytes(bench.worker.pid)
        tell(f"idle: {SESSIONS:,} sessions are open, {speed:.0f} a second, worker {full:.0f} MiB")
        woken = min(WOKEN, len(others) // 2)
        latest = await _compare(report, "the latest", others[-woken:], announcements)
        oldest = await _compare(report, "idle for longest", others[:woken], announcements)
        worked = await _compare(report, f"idle, of {LONG_TURNS} turns", long, announcements)
        again = await _compare(report, f"the same of {LONG_TURNS} turns again", long, announcements)
        after = resident_megabytes(bench.worker.pid)
    memory = f"{empty:.0f} MiB with ten, {after:.0f} MiB when some had woken"
    report.add(Figure(f"idle: worker with {SESSIONS:,} open sessions", full, GOAL, "MiB", note=memory))
    report.add(Figure("idle: sessions opened and answered a second", speed, None, "sessions/s"))
    report.add(
        Figure("idle: wake-up / latest session, acknowledged (p50)", oldest.p50 / latest.p50, None, "×")
    )
    report.add(
        Figure("idle: wake-up / latest session, acknowledged (p95)", oldest.p95 / latest.p95, None, "×")
    )
    report.add(
        Figure(f"idle: wake-up after {LONG_TURNS} turns / again (p50)", worked.p50 / again.p50, None, "×")
    )


class _Opening:
    """Starts sessions over HTTP, several at a time."""

    def __init__(self, bench: Bench, tenant: Tenant, http: httpx.AsyncClient) -> None:
        self._bench = bench
        self._tenant = tenant
        self._http = http

    async def sessions(self, count: int) -> list[SessionUnderTest]:
        """So many new ones, in the order in which they were started; returns when all are answered."""
        some = asyncio.Semaphore(OPENED_AT_ONCE)
        progress = Progress("idle: sessions opened", count)

        async def start(number: int) -> SessionUnderTest:
            async with some:
                session_id = await _start(self._http, f"Printer {number} prints nothing")
                progress.one_more()
            tenant = self._tenant
            return session_under_load(self._bench, tenant, session_id)

        found = await asyncio.gather(*(start(number) for number in range(count)))
        await until(self._nobody_waits, within=300, what="the first replies")
        await found[-1].idle()
        return list(found)

    async def _nobody_waits(self) -> bool:
        return await messages_waiting(self._bench, self._tenant) == 0


async def _start(http: httpx.AsyncClient, text: str) -> UUID:
    """A new session. As long as the server asks for patience the same request is sent again, as clients do."""
    key = {"Idempotency-Key": str(uuid4())}
    async with asyncio.timeout(GIVE_UP):
        while True:
            answer = await http.post("/ai-sessions", json={"text": text}, headers=key)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                answer.raise_for_status()
                return UUID(answer.json()["id"])
            await asyncio.sleep(1)


async def _compare(
    report: Report, who: str, sessions: list[SessionUnderTest], announcements: Announcements
) -> Times:
    """Each says something, one after the other. Answers the times until they were acknowledged."""
    found = []
    for session in sessions:
        found.append(await _wake(session, announcements))
        await session.idle()
    acknowledged = Times.of([one[0] for one in found])
    report.add_times(f"session {who}: message acknowledged", acknowledged)
    report.add_times(f"session {who}: reply stored", Times.of([one[1] for one in found]))
    return acknowledged


async def _wake(session: SessionUnderTest, announcements: Announcements) -> tuple[float, float]:
    """Seconds until a message is acknowledged, and until its reply is stored."""
    announcements.forget(session.session_id)
    started = time.perf_counter()
    await session.say()
    acknowledged = time.perf_counter()
    await announcements.turn(session.session_id)
    return acknowledged - started, time.perf_counter() - started
