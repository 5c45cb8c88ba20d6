"""One run: engineers at work, trouble for so many seconds, time to come to an end, and the verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from tests.chaos.client import Person
from tests.chaos.engineers import Engineer, Office
from tests.chaos.ledger import Answer, Case, Ledger
from tests.chaos.proxy import Proxy
from tests.chaos.records import Records, read_records
from tests.chaos.recovery import Spread, until_acknowledged, until_answered, until_replied
from tests.chaos.report import Verdict
from tests.chaos.stack import PASSWORD, Stack
from tests.chaos.troubles import Done, Say, Troublemaker
from tests.chaos.verdict import judge
from tests.support.waiting import until

SETTINGS = "/integrations/psa/flowpilot-settings"
ENDED_WITHIN = 180.0
"""Seconds after the last trouble. A session whose worker's build is gone for good is handed over within 150."""
UP_WITHIN = 60.0
CAUGHT_UP_WITHIN = 40.0
_TELL_EVERY = 15.0
_SLOWEST = 5


@dataclass(frozen=True)
class Plan:
    """How long there is trouble, how many work at once, and what decides on the rest."""

    seconds: float
    seed: int
    sessions: int = 30


async def run(stack: Stack, plan: Plan, folder: Path, say: Say) -> Verdict:
    """Work, trouble and verdict on a stack that is up. The ledger is `ledger.jsonl` in `folder`."""
    ledger = Ledger.at(folder / "ledger.jsonl")
    try:
        async with Proxy(stack.api_port) as proxy, _people(proxy, ledger, plan.seed) as people:
            await _settings_of_the_account(people[1])
            office = Office(
                people, await _open_tickets(people[0], plan), ledger, time.monotonic() + plan.seconds
            )
            troublemaker = Troublemaker(stack, proxy, ledger, plan.seed, say)
            await _work(office, troublemaker, plan, say)
            say("everybody has ended, or had the time for it: looking at what is there")
            records = await _read(stack, people[1], office.cases)
            await _catch_up(office, records)
        return _verdict(plan, ledger, records, office.cases, troublemaker.done, proxy)
    finally:
        ledger.close()


@asynccontextmanager
async def _people(proxy: Proxy, ledger: Ledger, seed: int) -> AsyncIterator[tuple[Person, Person]]:
    engineer, lead = (
        Person(proxy.url, f"{name}@demo.example", PASSWORD, ledger, random.Random(f"{seed}/{name}"))
        for name in ("engineer", "lead")
    )
    try:
        yield engineer, lead
    finally:
        await engineer.aclose()
        await lead.aclose()


async def _settings_of_the_account(lead: Person) -> None:
    """Time is logged unless an engineer says otherwise."""
    settings = await lead.read(SETTINGS)
    await lead.change(SETTINGS, settings | {"auto_time_entry": True})


async def _open_tickets(person: Person, plan: Plan) -> deque[str]:
    """Tickets whose status can still move, in an order of the seed's."""
    found: list[str] = []
    page = 1
    while True:
        answer = await person.read(f"/integrations/psa/tickets/search?page_size=100&page={page}")
        found += [ticket["id"] for ticket in answer["tickets"]]
        if len(answer["tickets"]) < 100:
            break
        page += 1
    if not found:
        raise RuntimeError("the ticketing system has no open tickets to work on")
    random.Random(plan.seed).shuffle(found)
    return deque(found)


async def _work(office: Office, troublemaker: Troublemaker, plan: Plan, say: Say) -> None:
    """Everybody works; trouble lasts until the office closes; then everybody has time to come to the end."""
    engineers = [
        asyncio.create_task(Engineer(office, place, plan.seed).work()) for place in range(plan.sessions)
    ]
    telling = asyncio.create_task(_tell(office, troublemaker.done, say))
    try:
        async with asyncio.TaskGroup() as helpers:
            trouble = helpers.create_task(troublemaker.run())
            await asyncio.sleep(plan.seconds)
            trouble.cancel()
        say("no more trouble: waiting for everybody to come to the end")
        await asyncio.wait(engineers, timeout=ENDED_WITHIN)
    finally:
        for task in (*engineers, telling):
            task.cancel()
        outcomes = await asyncio.gather(*engineers, telling, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            troublemaker.done.broken.append(f"an engineer stopped: {outcome!r}")


async def _tell(office: Office, done: Done, say: Say) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(_TELL_EVERY)
        ended = sum(case.ended_at is not None for case in office.cases)
        acknowledged = sum(entry.acknowledged for entry in office.ledger.entries)
        say(
            f"{time.monotonic() - began:.0f} s: {len(done.kills)} kills, {acknowledged} commands acknowledged, "
            f"{ended} of {len(office.cases)} sessions resolved"
        )


async def _read(stack: Stack, reader: Person, cases: list[Case]) -> Records:
    """Once everything is up again after the last trouble."""

    async def look() -> Records | None:
        try:
            return await read_records(
                stack.admin_database_url, stack.simulator_url, reader, [case.id for case in cases]
            )
        except (OSError, asyncpg.PostgresError, httpx.TransportError):
            return None

    return await until(look, within=UP_WITHIN, what="reading what is there")


async def _catch_up(office: Office, records: Records) -> None:
    """Every stream is opened once more and read to the last event; whoever is not there in time is a finding."""
    reading = [
        asyncio.create_task(
            office.followers[case.id].run(
                until=max((row["seq"] for row in records.of("events", case.id)), default=0)
            )
        )
        for case in office.cases
    ]
    _, late = await asyncio.wait(reading, timeout=CAUGHT_UP_WITHIN) if reading else ((), ())
    for task in late:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


def _verdict(
    plan: Plan, ledger: Ledger, records: Records, cases: list[Case], done: Done, proxy: Proxy
) -> Verdict:
    waits = until_acknowledged(done.kills, ledger.entries)
    replied = until_replied(done.kills, records.replies())
    providers = Counter(str(row["provider"]) for row in records.all("turns") if row["state"] == "done")
    return Verdict(
        seed=plan.seed,
        seconds=plan.seconds,
        sessions=len(cases),
        kills=Counter(kill.name for kill in done.kills),
        pairs=done.pairs,
        faults=done.faults + proxy.done,
        acknowledged=sum(entry.acknowledged for entry in ledger.entries),
        refused=Counter(f"{one.status} {one.code}" for one in ledger.entries if one.answer is Answer.REFUSED),
        repeats=sum((one.unsure for one in ledger.entries), Counter()),
        events=sum(len(seen) for seen in ledger.streams.values()),
        reconnects=ledger.reconnects,
        providers=providers,
        answered=Spread.of(wait.seconds for wait in until_answered(done.kills, ledger.entries)),
        usable=Spread.of(wait.seconds for wait in waits),
        replied=Spread.of(wait.seconds for wait in replied),
        slowest=sorted(waits, key=lambda wait: -wait.seconds)[:_SLOWEST],
        findings=judge(ledger, records, cases),
        not_shown=_not_shown(done, providers),
        broken=done.broken,
    )


def _not_shown(done: Done, providers: Counter[str]) -> list[str]:
    """A run in which nothing went wrong because nothing was done to it says nothing."""
    missing = [] if done.kills else ["nothing was killed"]
    missing += [f"no reply of {name}" for name in ("anthropic", "playbook") if not providers[name]]
    return missing
