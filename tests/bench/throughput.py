"""Turns a second of many sessions at once, what they cost in CPU, and what bounds them; beside the engine's floor."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.bench.announcements import Announcements, listening
from tests.bench.measure import (
    SessionUnderTest,
    Times,
    floor_times,
    session_under_load,
    start_floor,
    start_session,
)
from tests.bench.processes import HARNESS, Consumers, Usage
from tests.bench.progress import tell
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.billable_actions import billable_actions
from tests.support.tenants import make_tenant
from workflows.troubleshooting_session.messages import session_workflow_id

AT_ONCE = (1, 10, 50)
SECONDS = float(os.environ.get("BENCH_SECONDS", "12"))
"""How long each of the six loads lasts."""
ACCOUNTS = 5
"""The sessions belong to several, as turns of one account have to share with others."""
WARM_UP = 3
"""Rounds before it counts."""
ACTION_TURNS = 10
ACTIONS_GOAL = 2.0
BOUND_BY_CPU = 0.85
"""A machine that is busy for so much of the time has nothing left to give."""

OnePiece = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Load:
    """What was done by so many at once."""

    seconds: list[float]
    usage: Usage

    @property
    def each_second(self) -> float:
        return len(self.seconds) / self.usage.elapsed


async def measure_throughput(report: Report, bench: Bench, repeats: int) -> None:
    """As many sessions as are open at once say something as soon as they are answered; the floor does the same."""
    most = max(AT_ONCE)
    sessions = await _open(bench, most)
    floors = [await floor_times(await start_floor(bench.client), "insert_in_activity") for _ in range(most)]
    async with listening(bench.postgres.app_url()) as announcements:
        turns = [_turn(session, announcements) for session in sessions]
        for count in AT_ONCE:
            floor = await _load(bench, floors[:count])
            load = await _load(bench, turns[:count])
            _add(report, count, load, floor)
        await _add_actions(report, bench, sessions[0], turns[0])


async def _add_actions(report: Report, bench: Bench, session: SessionUnderTest, turn: OnePiece) -> None:
    """One after the other: turns that meet share a workflow task, and would be counted as less than they are."""
    actions = []
    for _ in range(ACTION_TURNS):
        before = await _actions(bench, session)
        await turn()
        await session.idle()
        actions.append(await _actions(bench, session) - before)
    note = (
        f"median of {ACTION_TURNS}: a message, the model's activity; mean {statistics.mean(actions):.1f}, "
        "as a digest every fifteen turns or so is one more; heartbeats not counted"
    )
    report.add(
        Figure("billable actions a turn", statistics.median(actions), ACTIONS_GOAL, "actions", note=note)
    )


async def _actions(bench: Bench, session: SessionUnderTest) -> int:
    handle = bench.client.get_workflow_handle(session_workflow_id(session.session_id))
    return billable_actions((await handle.fetch_history()).events)


async def _open(bench: Bench, count: int) -> list[SessionUnderTest]:
    found: list[SessionUnderTest] = []
    for _ in range(ACCOUNTS):
        tenant = await make_tenant(bench.database, bench.settings)
        async with bench.sign_in(tenant) as http:
            for _ in range(count // ACCOUNTS):
                session_id = await start_session(http, "Outlook keeps asking for a password")
                found.append(session_under_load(bench, tenant, session_id))
    for session in found:
        await session.idle()
    # By turns of the accounts, so that a few at once are not all of one.
    each = count // ACCOUNTS
    return [found[number % ACCOUNTS * each + number // ACCOUNTS] for number in range(count)]


def _turn(session: SessionUnderTest, announcements: Announcements) -> OnePiece:
    announcements.forget(session.session_id)

    async def turn() -> None:
        await session.say()
        await announcements.turn(session.session_id)

    return turn


async def _load(bench: Bench, pieces: list[OnePiece]) -> Load:
    """Everybody does its piece again and again; what is begun before the time is over is counted when it ends."""
    for _ in range(WARM_UP):
        await asyncio.gather(*(piece() for piece in pieces))
    found: list[float] = []
    consumers = Consumers(bench.pids()).start()
    ends_at = time.monotonic() + SECONDS

    async def work(piece: OnePiece) -> None:
        while time.monotonic() < ends_at:
            started = time.perf_counter()
            await piece()
            found.append(time.perf_counter() - started)

    await asyncio.gather(*(work(piece) for piece in pieces))
    return Load(found, consumers.used())


def _add(report: Report, count: int, load: Load, floor: Load) -> None:
    who = "1 session" if count == 1 else f"{count} sessions"
    report.add_times(f"floor: update + activity, {who} at once", Times.of(floor.seconds))
    report.add_times(f"turn, {who} at once", Times.of(load.seconds))
    report.add(Figure(f"throughput, {who}: turns a second", load.each_second, None, "turns/s"))
    report.add(Figure(f"throughput, {who}: floor's a second", floor.each_second, None, "updates/s"))
    report.add(
        Figure(f"throughput, {who}: floor / turns a second", floor.each_second / load.each_second, None, "×")
    )
    cpu, cpu_of_floor = (one.usage.milliseconds_each(len(one.seconds)) for one in (load, floor))
    for family, milliseconds in cpu.items():
        note = f"floor {cpu_of_floor[family]:.1f}"
        report.add(Figure(f"throughput, {who}: CPU of {family} a turn", milliseconds, None, "ms", note=note))
    platform, platform_of_floor = (
        sum(value for family, value in one.items() if family != HARNESS) for one in (cpu, cpu_of_floor)
    )
    report.add(
        Figure(
            f"throughput, {who}: CPU of the platform a turn / floor's",
            platform / platform_of_floor,
            None,
            "×",
            note=f"{platform:.1f} ms, floor {platform_of_floor:.1f} ms",
        )
    )
    busy, ours = load.usage.busy_share, sum(load.usage.share(family) for family in load.usage.cpu)
    shares = ", ".join(f"{family} {load.usage.share(family):.0%}" for family in load.usage.cpu)
    note = f"{_bound(busy, ours)}: {shares}"
    report.add(Figure(f"throughput, {who}: cores busy", busy * 100, None, "%", note=note))
    tell(
        f"throughput: {who}: {load.each_second:.1f} turns/s, floor {floor.each_second:.1f}/s, {busy:.0%} busy"
    )


def _bound(busy: float, ours: float) -> str:
    """What kept it from being more, as far as the shares of the machine tell."""
    if busy < BOUND_BY_CPU:
        return "bound by waiting for one another"
    return "bound by the CPU" if ours >= BOUND_BY_CPU else "bound by the CPU, which others used too"
