"""One run: engineers at work, trouble for so many seconds, time to come to an end, and the verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from tests.chaos.accounts import is_of_second, offices
from tests.chaos.engineers import Engineer, Office
from tests.chaos.ledger import Answer, Case, Ledger
from tests.chaos.proxy import ON_THE_LINE, Proxy
from tests.chaos.records import Before, Records, read_before, read_records
from tests.chaos.recovery import Spread, since_the_last_kill, until_answered, until_replied, until_usable
from tests.chaos.report import PROVIDERS, Verdict
from tests.chaos.stack import Stack
from tests.chaos.troubles import Done, Say, Troublemaker
from tests.chaos.verdict import judge
from tests.support.waiting import until

Offices = tuple[Office, Office]

COMPLETE_WITHIN = 120.0
"""Seconds beyond the plan for what belongs to every run."""
ENDED_WITHIN = 300.0
"""Seconds after the last trouble. A session whose worker's build is gone for good is handed over within 150."""
UP_WITHIN = 120.0
CAUGHT_UP_WITHIN = 120.0
REPEATED = 200
"""So many commands are sent once more in the end."""
REPEATED_WITHIN = 60.0
_TELL_EVERY = 15.0
_SLOWEST = 5


@dataclass(frozen=True)
class Plan:
    """How long there is trouble, how many work at once, and what decides on the rest."""

    seconds: float
    seed: int
    sessions: int
    pause: float
    """Seconds from one trouble to the next, on average."""


async def run(stack: Stack, plan: Plan, folder: Path, say: Say) -> Verdict:
    """Work, trouble and verdict on a stack that is up. The ledger is `ledger.jsonl` in `folder`."""
    ledger = Ledger.at(folder / "ledger.jsonl")
    try:
        async with (
            Proxy(stack.api_port) as proxy,
            offices(stack, proxy.url, ledger, plan.seed) as both,
        ):
            before = await read_before(stack.admin_database_url, stack.simulator_url)
            troublemaker = Troublemaker(stack, proxy, ledger, plan.seed, say, plan.pause, plan.seconds)
            await _work(both, troublemaker, plan, say)
            say("everybody has ended, or had the time for it: looking at what is there")
            await _repeat(both, random.Random(plan.seed))
            records = await _read(stack, both, before)
            await _catch_up(both, records)
        cases = [case for office in both for case in office.cases]
        return _verdict(plan, stack, ledger, records, cases, troublemaker.done, proxy)
    finally:
        ledger.close()


async def _work(both: Offices, troublemaker: Troublemaker, plan: Plan, say: Say) -> None:
    """Everybody works; trouble lasts until the offices close; then everybody has time to come to the end.

    They stay open beyond the plan where something that belongs to every run has not come about yet.
    """
    places = range(plan.sessions)
    engineers = [
        asyncio.create_task(Engineer(both[is_of_second(place)], place, plan.seed).work()) for place in places
    ]
    telling = asyncio.create_task(_tell(both, troublemaker.done, say))
    try:
        async with asyncio.TaskGroup() as helpers:
            trouble = helpers.create_task(troublemaker.run())
            await asyncio.sleep(plan.seconds)
            with suppress(TimeoutError):
                await asyncio.wait_for(troublemaker.complete.wait(), COMPLETE_WITHIN)
            trouble.cancel()
        for office in both:
            office.closing_at = time.monotonic()
        say("no more trouble: waiting for everybody to come to the end")
        await asyncio.wait(engineers, timeout=ENDED_WITHIN)
    finally:
        for task in (*engineers, telling):
            task.cancel()
        outcomes = await asyncio.gather(*engineers, telling, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            troublemaker.done.broken.append(f"an engineer stopped: {outcome!r}")


async def _tell(both: Offices, done: Done, say: Say) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(_TELL_EVERY)
        cases = [case for office in both for case in office.cases]
        ended = sum(case.ended_at is not None for case in cases)
        acknowledged = sum(entry.acknowledged for entry in both[0].ledger.entries)
        say(
            f"{time.monotonic() - began:.0f} s: {len(done.kills)} kills, {acknowledged} commands acknowledged, "
            f"{ended} of {len(cases)} sessions resolved"
        )


async def _repeat(both: Offices, choice: random.Random) -> None:
    """Some of the commands once more, first those that were sent more than once: the key of each lives as long as
    its session, and nothing may come of them.
    """
    everything = [(person, sent) for office in both for person in office.people for sent in person.sent]
    choice.shuffle(everything)
    everything.sort(key=lambda one: not one[1].entry.unsure)
    with suppress(TimeoutError):
        async with asyncio.timeout(REPEATED_WITHIN):
            for person, sent in everything[:REPEATED]:
                await person.repeat(sent)


async def _read(stack: Stack, both: Offices, before: Before) -> Records:
    """Once everything is up again after the last trouble. Each session is read by the lead of its account."""
    readers = {case.id: office.people[1] for office in both for case in office.cases}

    async def look() -> Records | None:
        try:
            return await read_records(stack.admin_database_url, stack.simulator_url, readers, before)
        except (OSError, asyncpg.PostgresError, httpx.TransportError):
            return None

    return await until(look, within=UP_WITHIN, what="reading what is there")


async def _catch_up(both: Offices, records: Records) -> None:
    """Every stream is opened once more and read to the last event; whoever is not there in time is a finding."""
    reading = [
        asyncio.create_task(
            follower.run(until=max((row["seq"] for row in records.of("events", session)), default=0))
        )
        for office in both
        for session, follower in office.followers.items()
    ]
    _, late = await asyncio.wait(reading, timeout=CAUGHT_UP_WITHIN) if reading else ((), ())
    for task in late:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


def _verdict(
    plan: Plan,
    stack: Stack,
    ledger: Ledger,
    records: Records,
    cases: list[Case],
    done: Done,
    proxy: Proxy,
) -> Verdict:
    waits = until_usable(done.kills, ledger.entries)
    replied = until_replied(done.kills, records.replies())
    providers = Counter(str(row["provider"]) for row in records.all("turns") if row["state"] == "done")
    usable = Spread.of(wait.seconds for wait in waits)
    return Verdict(
        seed=plan.seed,
        seconds=plan.seconds,
        pause=plan.pause,
        sessions=len(cases),
        kills=Counter(kill.name for kill in done.kills),
        pairs=done.pairs,
        faults=done.faults + proxy.done,
        acknowledged=sum(entry.acknowledged for entry in ledger.entries),
        refused=Counter(f"{one.status} {one.code}" for one in ledger.entries if one.answer is Answer.REFUSED),
        repeats=sum((one.unsure for one in ledger.entries), Counter()),
        repeated=ledger.repeated,
        trespasses=ledger.trespasses,
        events=sum(len(seen) for seen in ledger.streams.values()),
        reconnects=ledger.reconnects,
        providers=providers,
        answered=Spread.of(wait.seconds for wait in until_answered(done.kills, ledger.entries)),
        usable_after_last=Spread.of(wait.seconds for wait in since_the_last_kill(waits)),
        usable=usable,
        replied=Spread.of(wait.seconds for wait in replied),
        slowest=sorted(waits, key=lambda wait: -wait.seconds)[:_SLOWEST],
        findings=judge(ledger, records, cases),
        not_shown=_not_shown(done, proxy, providers, ledger, usable),
        temporal=stack.temporal_server,
        broken=done.broken,
    )


def _not_shown(
    done: Done, proxy: Proxy, providers: Counter[str], ledger: Ledger, usable: Spread
) -> list[str]:
    """A run in which nothing went wrong because nothing was done to it says nothing."""
    missing = [f"no {one}" for one in done.missing]
    missing += [f"no {one}" for one in ON_THE_LINE if not proxy.done[one]]
    missing += [f"no reply of {name}" for name in PROVIDERS if not providers[name]]
    missing += [] if ledger.trespasses else ["nobody tried a session of the other account"]
    missing += [] if ledger.repeated else ["no command was repeated in the end"]
    missing += [] if usable.count else ["no session was asked after a kill"]
    return missing
