"""How long sessions could not be used after a kill."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.chaos.ledger import Entry
from tests.chaos.troubles import Kill

GOAL = 30.0
"""Seconds after a kill within which 99 of 100 sessions are usable."""

AT_ONCE = 2.0
"""Seconds in which a command is answered by a session that is not out of use."""


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


def until_usable(kills: Sequence[Kill], entries: Sequence[Entry]) -> list[Wait]:
    """How long each session that was open, or being opened, could not be used after each kill.

    A session is only asked when its engineer has something to say. So for each pair of a kill and a session:

    - A command was on its way: from the kill to its answer.
    - Otherwise the next command was answered at once, at its first attempt: the time that this took. The session was
      usable when it was asked; what its engineer did before is not the product's time.
    - Otherwise: from the kill to that answer, as if the session had been out of use all the time.

    Pairs without a later command say nothing.
    """
    waits: list[Wait] = []
    for session, commands in _answered_by_session(entries).items():
        for kill in kills:
            if commands[0].sent_at > kill.at:
                continue
            seconds = _out_of_use(kill, commands)
            if seconds is not None:
                waits.append(Wait(seconds, session, kill))
    return waits


def _out_of_use(kill: Kill, commands: Sequence[Entry]) -> float | None:
    under_way = [
        _answered_at(one) - kill.at for one in commands if one.sent_at <= kill.at < _answered_at(one)
    ]
    if under_way:
        return max(under_way)
    following = next((one for one in commands if one.sent_at > kill.at), None)
    if following is None:
        return None
    took = _answered_at(following) - following.sent_at
    if took <= AT_ONCE and not following.unsure:
        return took
    return _answered_at(following) - kill.at


def since_the_last_kill(waits: Sequence[Wait]) -> list[Wait]:
    """Where kills overlap, several waits of a session end with one answer: of each only that since the last kill."""
    found: dict[tuple[str, float], Wait] = {}
    for wait in sorted(waits, key=lambda one: -one.seconds):
        found[wait.session, round(wait.kill.at + wait.seconds, 3)] = wait
    return list(found.values())


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


def _answered_by_session(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Answered commands of each session in the order in which they were sent. The first is that which opened it."""
    found: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.sent_at):
        if entry.session and entry.answered_at is not None:
            found.setdefault(entry.session, []).append(entry)
    return found


def _answered_at(entry: Entry) -> float:
    assert entry.answered_at is not None
    return entry.answered_at


def _at(ordered: Sequence[float], share: float) -> float:
    """Nearest rank: a value that was really measured."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
