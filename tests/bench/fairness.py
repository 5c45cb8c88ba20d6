"""Turns of one account while another has hundreds of them waiting."""

from __future__ import annotations

import asyncio
import os
from uuid import UUID

import asyncpg
import httpx

from tests.bench.measure import (
    SessionUnderTest,
    Times,
    TurnWatch,
    messages_waiting,
    session_under_load,
    start_session,
)
from tests.bench.pilot import THINKING
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.tenants import Tenant, make_tenant
from tests.support.waiting import until

STORM = int(os.environ.get("BENCH_STORM", "500"))
"""Turns that the one account has waiting."""
QUIET_SESSIONS = 3
"""Sessions of the other, one turn in each at a time."""
ROUNDS = 4
"""Of its turns, alone and in the storm."""


async def measure_fairness(report: Report, bench: Bench, repeats: int) -> None:
    """A quiet account's turns against a model that takes its time, alone and beside a storm of another account."""
    quiet = await make_tenant(bench.database, bench.settings)
    loud = await make_tenant(bench.database, bench.settings)
    async with bench.sign_in(quiet) as http, bench.sign_in(loud) as loud_http:
        sessions = await _open_sessions(bench, loud, loud_http, STORM)
        watched = []
        for session_id in await _open_sessions(bench, quiet, http, QUIET_SESSIONS):
            listener = await asyncpg.connect(bench.postgres.app_url().replace("+asyncpg", ""))
            watch = TurnWatch(listener, session_id)
            await watch.start()
            watched.append((_session(bench, quiet, session_id), watch, listener))

        async def turns() -> list[float]:
            return list(await asyncio.gather(*(_turn(session, watch) for session, watch, _ in watched)))

        alone = [seconds for _ in range(ROUNDS) for seconds in await turns()]
        storm = asyncio.create_task(_storm(bench, loud, sessions))
        await until(lambda: _waiting(bench, loud, STORM // 3), within=120, what="the storm")
        beside: list[float] = []
        # Only what fell into the storm counts; the first turns always do.
        while not beside or (len(beside) < len(alone) and await _waiting(bench, loud, STORM // 10)):
            beside += await turns()
        await storm
        for _, _, listener in watched:
            await listener.close()
    report.add_times("turn of a quiet account, alone", Times.of(alone))
    report.add_times(f"the same beside {STORM} turns of another account", Times.of(beside))
    ratio = Times.of(beside).p50 / Times.of(alone).p50
    report.add(Figure(f"turn beside {STORM} turns of another account / alone (p50)", ratio, 2.0, "×"))


async def _turn(session: SessionUnderTest, watch: TurnWatch) -> float:
    """Seconds from sending a message until its reply is stored."""
    started = asyncio.get_running_loop().time()
    await session.say(f"{THINKING}: it asks again")
    await watch.notices(3)  # message stored, reply begun, reply stored
    ended = asyncio.get_running_loop().time()
    await session.idle()
    return ended - started


async def _open_sessions(bench: Bench, tenant: Tenant, http: httpx.AsyncClient, count: int) -> list[UUID]:
    """As many sessions as there are turns at a time: a session runs one."""
    some = asyncio.Semaphore(4)

    async def start(number: int) -> UUID:
        async with some:
            return await start_session(http, f"Printer {number} prints nothing")

    found = list(await asyncio.gather(*(start(number) for number in range(count))))
    await until(lambda: _nothing_waits(bench, tenant), within=600, what="the first replies of the storm")
    return found


async def _storm(bench: Bench, tenant: Tenant, sessions: list[UUID]) -> None:
    """Everybody says something at once; ends when all are answered."""
    await asyncio.gather(
        *(
            _session(bench, tenant, session_id).say(f"{THINKING}: it still prints nothing")
            for session_id in sessions
        )
    )
    await until(lambda: _nothing_waits(bench, tenant), within=600, what="the end of the storm")


def _session(bench: Bench, tenant: Tenant, session_id: UUID) -> SessionUnderTest:
    return session_under_load(bench, tenant, session_id, answer_within=300)


async def _waiting(bench: Bench, tenant: Tenant, count: int) -> bool:
    return await messages_waiting(bench, tenant) >= count


async def _nothing_waits(bench: Bench, tenant: Tenant) -> bool:
    return await messages_waiting(bench, tenant) == 0
