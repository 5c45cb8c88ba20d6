"""Run engineers against a real stack while its processes are killed, then look at what is there.

`python -m tests.chaos [--seconds 60] [--sessions 12] [--seed N]`. Exit code 1 when anything was lost or doubled.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.chaos.load import Engineer, Json, WorkedSession
from tests.e2e.stack import PASSWORD, RunningStack, running_stack

# What the command line of each victim contains. The simulator stands for another company's server: it stays.
VICTIMS = {
    "worker": "infra.worker",
    "api": "-m api",
    "temporal": "server start-dev",
    "postgres": "/bin/postgres",
}
SETTINGS = "/integrations/psa/flowpilot-settings"


@dataclass
class Verdict:
    """What the check found; everything but `kills` and `repeats` must be zero."""

    kills: Counter[str]
    repeats: int
    lost_messages: int = 0
    doubled_messages: int = 0
    lost_facts: int = 0
    doubled_facts: int = 0
    unanswered: int = 0
    notes_missing: int = 0
    notes_doubled: int = 0
    wrong_status: int = 0
    updates_missing: int = 0
    updates_doubled: int = 0
    packages_missing: int = 0
    packages_doubled: int = 0
    second_tickets_missing: int = 0
    second_tickets_doubled: int = 0
    time_missing: int = 0
    time_doubled: int = 0

    @property
    def clean(self) -> bool:
        return not any(count for name, count in vars(self).items() if name not in ("kills", "repeats"))


def find_victim(name: str) -> psutil.Process | None:
    """The oldest process below this one with that command."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if VICTIMS[name] in " ".join(process.cmdline()):
                found.append(process)
    return min(found, key=lambda process: process.create_time(), default=None)


async def kill_at_random(choice: random.Random, kills: Counter[str], seconds: float) -> None:
    """SIGKILL a process every few seconds, at most as often as the supervisor takes for bad luck, for so long."""
    latest: deque[str] = deque(maxlen=6)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await asyncio.sleep(choice.uniform(4, 8))
        # Each at most twice in six: the supervisor gives up on what keeps dying, as it should.
        name = choice.choice([one for one in VICTIMS if list(latest).count(one) < 2])
        latest.append(name)
        victim = find_victim(name)
        if victim is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
                kills[name] += 1
                sys.stdout.write(f"killed {name}\n")
                sys.stdout.flush()


async def run(stack: RunningStack, *, seconds: float, sessions: int, seed: int) -> Verdict:
    choice = random.Random(seed)
    engineer = Engineer(stack.base_url, "engineer@demo.example", PASSWORD)
    lead = Engineer(stack.base_url, "lead@demo.example", PASSWORD)
    await lead.send("PUT", SETTINGS, (await lead.send("GET", SETTINGS)).json() | {"auto_time_entry": True})
    kills: Counter[str] = Counter()
    tickets = await _open_tickets(stack, sessions)
    # Every other session is handed over.
    worked = [
        WorkedSession(engineer, ticket, lead if place % 2 else None) for place, ticket in enumerate(tickets)
    ]
    # Twice the time in which engineers talk: what they confirm at half-time and in the end is hit as well.
    killer = asyncio.create_task(kill_at_random(choice, kills, 2 * seconds))
    try:
        await asyncio.gather(*(session.work(seconds) for session in worked))
    finally:
        killer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await killer
    if not kills:
        raise RuntimeError("nothing was killed, so nothing was shown")
    verdict = Verdict(kills, engineer.repeats + lead.repeats)
    for session in worked:
        await _check(stack, session, verdict)
    return verdict


async def _open_tickets(stack: RunningStack, count: int) -> list[str]:
    """Tickets whose status can still move."""
    engineer = Engineer(stack.base_url, "engineer@demo.example", PASSWORD)
    query = f"/integrations/psa/tickets/search?page_size={count}"
    found = (await engineer.send("GET", query)).json()["tickets"]
    return [ticket["id"] for ticket in found]


async def _check(stack: RunningStack, session: WorkedSession, verdict: Verdict) -> None:
    conversation = await session.messages()
    said = Counter(message["text"] for message in conversation if message["role"] == "engineer")
    verdict.lost_messages += sum(said[text] == 0 for text in session.acknowledged)
    verdict.doubled_messages += sum(said[text] > 1 for text in session.acknowledged)
    # A message still in the queue when the session was resolved is stopped: said, and not answered on purpose.
    verdict.unanswered += sum(message["turn_state"] in ("running", "failed") for message in conversation)
    known = Counter(fact["text"] for fact in (await session.detail())["facts"])
    verdict.lost_facts += sum(known[text] == 0 for text in session.facts)
    verdict.doubled_facts += sum(known[text] > 1 for text in session.facts)
    await _check_ticket(stack, session, verdict)


async def _check_ticket(stack: RunningStack, session: WorkedSession, verdict: Verdict) -> None:
    notes = [note for note in await _records(stack, "notes") if str(note["ticketId"]) == session.ticket]
    written = Counter(note["text"] for note in notes)
    resolutions = sum(note["resolutionFlag"] and "## Problem" in note["text"] for note in notes)
    verdict.notes_missing += resolutions == 0
    verdict.notes_doubled += resolutions > 1
    verdict.updates_missing += written[session.update] == 0
    verdict.updates_doubled += written[session.update] > 1
    packages = sum(note["internalAnalysisFlag"] and "## Problem" in note["text"] for note in notes)
    verdict.packages_missing += session.package != "" and packages == 0
    verdict.packages_doubled += packages > 1
    tickets = await _records(stack, "tickets")
    split_off = sum(one["summary"] == session.second_ticket for one in tickets)
    verdict.second_tickets_missing += split_off == 0
    verdict.second_tickets_doubled += split_off > 1
    # Each ending logs the time since the one before it.
    logged = sum(str(entry["chargeToId"]) == session.ticket for entry in await _records(stack, "timeEntries"))
    verdict.time_missing += logged == 0
    verdict.time_doubled += logged > (2 if session.package else 1)
    ticket = next(one for one in tickets if str(one["id"]) == session.ticket)
    verdict.wrong_status += ticket["status"]["name"] not in ("Resolved", "Completed")


async def _records(stack: RunningStack, collection: str) -> list[Json]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{stack.simulator_url}/_simulator/state/{collection}")
    answer.raise_for_status()
    found: list[Json] = answer.json()
    return found


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sessions", type=int, default=12)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    sys.stdout.write(f"seed {arguments.seed}\n")
    with tempfile.TemporaryDirectory(prefix="resolutionflow-chaos-") as folder:
        async with running_stack(Path(folder), RESOLUTIONFLOW_LIMIT_TURNS="100000/minute") as stack:
            verdict = await run(
                stack, seconds=arguments.seconds, sessions=arguments.sessions, seed=arguments.seed
            )
    for name, value in vars(verdict).items():
        sys.stdout.write(f"{name:<26}{dict(value) if isinstance(value, Counter) else value}\n")
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
