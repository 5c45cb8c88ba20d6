"""How long sessions could not be used after a kill."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.chaos.ledger import Entry
from tests.chaos.troubles import Kill

GOAL = 30.0
"""Seconds after a kill within which 99 of 100 sessions are usable."""


@dataclass(frozen=True)
class Spread:
    """Seconds, over so many pairs of a kill and a session."""

    count: int
    p50: float
    p99: float
    longest: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        found = sorted(seconds)
        if not found:
            return cls(0, 0.0, 0.0, 0.0)
        return cls(len(found), _at(found, 0.5), _at(found, 0.99), found[-1])


@dataclass(frozen=True)
class Wait:
    """How long one session waited after one kill."""

    seconds: float
    session: str
    kill: Kill


def until_acknowledged(kills: Sequence[Kill], entries: Sequence[Entry]) -> list[Wait]:
    """From each kill to the next acknowledgement in each session that was open and has one.

    Nothing is taken off for the time in which its engineer thinks or waits for a reply, so these are upper limits.
    """
    waits: list[Wait] = []
    for session, answered in _answers_by_session(entries).items():
        for kill in kills:
            place = bisect.bisect_left(answered, kill.at)
            if 0 < place < len(answered):
                waits.append(Wait(answered[place] - kill.at, session, kill))
    return waits


def until_answered(kills: Sequence[Kill], entries: Sequence[Entry]) -> list[Wait]:
    """From each kill to the answer of each command that was sent before it and not answered yet."""
    return [
        Wait(entry.answered_at - kill.at, entry.session, kill)
        for entry in entries
        for kill in kills
        if entry.answered_at is not None and entry.sent_at <= kill.at <= entry.answered_at
    ]


def until_replied(kills: Sequence[Kill], turns: Sequence[tuple[str, float, float]]) -> list[Wait]:
    """From each kill to the end of each reply that was asked for before it: (session, asked at, ended at)."""
    return [
        Wait(ended - kill.at, session, kill)
        for session, asked, ended in turns
        for kill in kills
        if asked <= kill.at <= ended
    ]


def _answers_by_session(entries: Sequence[Entry]) -> dict[str, list[float]]:
    """When something was answered in each session, in order. The first is that of its start."""
    found: dict[str, list[float]] = {}
    for entry in entries:
        if entry.session and entry.answered_at is not None:
            found.setdefault(entry.session, []).append(entry.answered_at)
    return {session: sorted(times) for session, times in found.items()}


def _at(ordered: Sequence[float], share: float) -> float:
    """Nearest rank: a value that was really measured."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
