"""Whether somebody serves a build of the worker, as Temporal knows it of polls and of workers that have ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

LATELY = timedelta(minutes=2)
"""A worker that lives polls at least once a minute; one that has not for so long is gone."""

CLOCKS_DIFFER = timedelta(seconds=5)
"""A worker tells the end by its own clock, polls are timed by the server's."""


class Standing(Enum):
    SERVED = "served"
    GONE = "gone"
    UNHEARD = "unheard"
    """A server that has just started knows nothing of a build until one of its workers polls again."""


@dataclass(frozen=True)
class Poll:
    """The latest of a worker. Workers of one process share their identity; restarted containers may too."""

    build: str
    identity: str
    at: datetime


Endings = Mapping[tuple[str, str], datetime]
"""When a worker said that it ends, by its build and identity."""


def standing(build: str, polls: Iterable[Poll], endings: Endings, now: datetime) -> Standing:
    """How the build stands at `now`."""
    its_polls = [poll for poll in polls if poll.build == build]
    if any(now - poll.at <= LATELY and not _over(poll, endings) for poll in its_polls):
        return Standing.SERVED
    if its_polls or any(ended == build for ended, _ in endings):
        return Standing.GONE
    return Standing.UNHEARD


def _over(poll: Poll, endings: Endings) -> bool:
    ended_at = endings.get((poll.build, poll.identity))
    return ended_at is not None and poll.at <= ended_at + CLOCKS_DIFFER
