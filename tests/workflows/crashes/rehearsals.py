"""Playing stories: once as they are, then again and again while every step dies somewhere."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from temporalio.client import Client

from infra.crash_points import CrashPoint, listening
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import Application, running_worker
from tests.support.tenants import Tenant
from tests.support.waiting import until
from tests.workflows.crashes.deaths import Doom, Fates, Place
from tests.workflows.crashes.patient_session import PatientSession
from tests.workflows.crashes.pilot import REPLIES, SteadyPilot
from tests.workflows.crashes.stage import Stage, differences
from tests.workflows.crashes.stories import Story
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import AddFact

AT_ONCE = 4
"""Rehearsals that are played side by side."""

PLAYED_WITHIN = 400.0
"""Seconds for one of them: a step that is tried for ever is told as such, and not as a test that hangs."""

PLAYED_ELSEWHERE_WITHIN = 1500.0
"""The same where processes end one after the other, each of which must be missed before another takes over."""

TRIED_TWICE = frozenset({"generate_note", "synthesise_fact", "write_digest"})
"""Steps that the product gives two attempts: one death is what they must survive."""


@dataclass
class Rehearsal:
    """A story that was played. `doomed`: where its steps were to die first; `died`: where they did."""

    doomed: Sequence[Place]
    died: list[Place] = field(default_factory=list)
    passed: list[Place] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def report(self) -> str:
        deaths = "; ".join(map(str, self.died)) or "nowhere"
        return "\n  ".join([f"died at {deaths}:", *self.problems])


@dataclass
class Outcome:
    """What the rehearsals of one story came to."""

    places: list[Place]
    """Every place that a step of the story came past when nothing died."""
    rehearsals: list[Rehearsal]

    @property
    def never_died_at(self) -> list[Place]:
        died = {place for rehearsal in self.rehearsals for place in rehearsal.died}
        return [place for place in self.places if place not in died]

    def deaths(self, step: str, point: CrashPoint) -> list[Rehearsal]:
        """The rehearsals in which the step died at such a place."""
        return [
            rehearsal
            for rehearsal in self.rehearsals
            if any((place.step, place.point) == (step, point) for place in rehearsal.died)
        ]


class Rehearsals:
    """Plays each story of a seed once, whoever asks first."""

    def __init__(self, application: Application, desk: Tenant, temporal: Client) -> None:
        self._application = application
        self._desk = desk
        self._temporal = temporal
        self._played: dict[tuple[str, int], Outcome | Exception] = {}
        self._usual: dict[tuple[str, int], Rehearsal] = {}

    async def of(self, story: Story, seed: int) -> Outcome:
        key = story.name, seed
        if key not in self._played:
            try:
                self._played[key] = await self._play_all(story, seed)
            except Exception as error:  # whoever asks next is told the same
                self._played[key] = error
        outcome = self._played[key]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @property
    def database_url(self) -> str:
        return self._application.database.url

    async def usual(self, story: Story, seed: int = 0) -> Rehearsal:
        """The story as it is played when nothing dies."""
        key = story.name, seed
        if key not in self._usual:
            fates = Fates()
            pilot = SteadyPilot(REPLIES)
            async with (
                listening(fates.hear),
                running_worker(self._temporal, self._application.settings, pilot),
            ):
                self._usual[key] = await self._play(story, seed, fates, ())
            assert not self._usual[key].problems, self._usual[key].report
        return self._usual[key]

    async def play_elsewhere(self, story: Story) -> Rehearsal:
        """Play the story with the workers of other processes."""
        return await self._play(
            story,
            0,
            Fates(),
            (),
            task_timeout=timedelta(seconds=2),
            kind=PatientSession,
            within=PLAYED_ELSEWHERE_WITHIN,
        )

    async def _play_all(self, story: Story, seed: int) -> Outcome:
        fates = Fates()
        settings = self._application.settings
        usual = await self.usual(story, seed)
        async with listening(fates.hear), running_worker(self._temporal, settings, SteadyPilot(REPLIES)):
            places = [place for place in usual.passed if place.step in story.steps]
            few = asyncio.Semaphore(AT_ONCE)

            async def one(first: Sequence[Place], number: int) -> Rehearsal:
                async with few:
                    rehearsal = await self._play(
                        story, seed, fates, first, _second(places, first, seed, number)
                    )
                    rehearsal.problems += differences(usual.state, rehearsal.state, "usually", "now")
                    return rehearsal

            rounds = enumerate(_rounds(places, story, seed))
            rehearsals = await asyncio.gather(*(one(first, number) for number, first in rounds))
        return Outcome(places, rehearsals)

    async def _play(
        self,
        story: Story,
        seed: int,
        fates: Fates,
        first: Sequence[Place],
        second: Sequence[Place] = (),
        task_timeout: timedelta = timedelta(seconds=10),
        kind: type[WorkedSession] = WorkedSession,
        within: float = PLAYED_WITHIN,
    ) -> Rehearsal:
        rehearsal = Rehearsal(first)
        async with AsyncExitStack() as stack:
            psa, tenant = None, self._desk
            if story.on_ticket:
                psa = await stack.enter_async_context(SimulatorServer())
                tenant = await self._application.tenant(psa_host=psa.url, with_flows=False)
            database = self._application.database
            session = kind(self._temporal, database, tenant, **story.session_input)
            session.task_timeout = task_timeout
            stage = Stage(session, random.Random(f"{story.name} {seed}"), psa)
            doom = fates.doom(session.id, [*first, *second])
            try:
                async with asyncio.timeout(within):
                    if story.aside and seed:
                        await asyncio.gather(story.play(stage), _aside(stage))
                    else:
                        await story.play(stage)
                    await session.settled()
                    await _until_died(doom, first)
                    rehearsal.problems += await stage.broken_promises()
                    rehearsal.state = await stage.end_state()
                    rehearsal.problems += await stage.changed_by_repeats()
            except Exception as error:
                rehearsal.problems.append(
                    f"it did not come to its end: {error!r}, because of {error.__cause__!r}"
                )
            rehearsal.died, rehearsal.passed = doom.died, list(doom.passed)
            missed = [place for place in first if place not in doom.died]
            rehearsal.problems += [f"never came to {place}" for place in missed]
        return rehearsal


async def _until_died(doom: Doom, places: Sequence[Place]) -> None:
    """A signal is not answered: its last step may still be on its way."""

    async def all_died() -> bool:
        return set(places) <= set(doom.died)

    with contextlib.suppress(AssertionError):
        await until(all_died, within=10)


async def _aside(stage: Stage) -> None:
    """Somebody else takes a note while the steps of the story die."""
    await stage.opened.wait()
    command = stage.session.command(AddFact, text="Somebody else was here")
    await stage.tell("add_fact", command)


def _rounds(places: Sequence[Place], story: Story, seed: int) -> list[list[Place]]:
    """Who dies where in which rehearsal: each step at one place a rehearsal, until each has died at all of its own."""
    dice = random.Random(f"rounds of {story.name} {seed}")
    of_steps = []
    for step in sorted(story.steps):
        own = [place for place in places if place.step == step]
        if seed:
            dice.shuffle(own)
        of_steps.append(own)
    return [[place for place in row if place is not None] for row in zip_longest(*of_steps)]


def _second(places: Sequence[Place], first: Sequence[Place], seed: int, number: int) -> list[Place]:
    """With a seed each step that is tried often enough dies a second time, wherever it comes past first."""
    if not seed:
        return []
    dice = random.Random(f"second deaths {seed} {number}")
    doomed = [place.step for place in first if place.step not in TRIED_TWICE]
    return [dice.choice([place for place in places if place.step == step]) for step in doomed]
