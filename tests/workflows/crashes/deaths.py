"""Letting steps die where a rehearsal says, and taking down every place they come past."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from infra.crash_points import CrashPoint

_SESSION = re.compile(r"^session/([0-9a-f-]{36})")


class Place(NamedTuple):
    """One place of one activity: its `number`th transaction, write or call of that kind in an attempt."""

    step: str
    point: CrashPoint
    number: int = 1

    def __str__(self) -> str:
        return f"{self.step}: {self.point.value}" + (f" no. {self.number}" if self.number > 1 else "")


class WorkerDied(ApplicationError):
    """What the engine is told instead of an answer. It is tried again, as after a time-out, only sooner."""

    def __init__(self, place: Place) -> None:
        super().__init__(str(place), type="worker_died")
        self.place = place


class Doom:
    """What happens to the steps of one session: which places are passed, and where a step dies.

    `deaths` of one activity are died in order, one in an attempt.
    """

    def __init__(self, deaths: Iterable[Place] = ()) -> None:
        self.waiting: dict[str, list[Place]] = defaultdict(list)
        for place in deaths:
            self.waiting[place.step].append(place)
        self.died: list[Place] = []
        self.passed: dict[Place, None] = {}
        """Places of first attempts, in the order in which they were first come past."""
        self._counts: dict[tuple[str, str, int], Counter[CrashPoint]] = {}

    def at(self, info: activity.Info, point: CrashPoint) -> None:
        """A step is there. Raises WorkerDied where it is to die."""
        attempt = (str(info.workflow_run_id), info.activity_id, info.attempt)
        if point is CrashPoint.BEFORE_STEP:
            self._counts[attempt] = Counter()
        counts = self._counts[attempt]
        counts[point] += 1
        place = Place(info.activity_type, point, counts[point])
        if info.attempt == 1:
            self.passed[place] = None
        waiting = self.waiting[place.step]
        if waiting and waiting[0] == place:
            self.died.append(waiting.pop(0))
            raise WorkerDied(place)

    @property
    def survived(self) -> list[Place]:
        """Where a step should have died and never came to."""
        return [place for places in self.waiting.values() for place in places]


class Fates:
    """The listener of the process: finds the doom of the session whose step has come to a place."""

    def __init__(self) -> None:
        self._of: dict[UUID, Doom] = {}

    def doom(self, session_id: UUID, deaths: Iterable[Place] = ()) -> Doom:
        self._of[session_id] = Doom(deaths)
        return self._of[session_id]

    async def hear(self, point: CrashPoint) -> None:
        if not activity.in_activity():
            return
        info = activity.info()
        session = _SESSION.match(info.workflow_id or "")
        if session is not None and (doom := self._of.get(UUID(session.group(1)))) is not None:
            doom.at(info, point)
