"""The numbers to hold. A run says of each whether it is held, missed, or was not measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Verdict(StrEnum):
    """What a run says of a goal."""

    HELD = "held"
    MISSED = "missed"
    UNMEASURED = "not measured"


@dataclass(frozen=True)
class Goal:
    """One number to hold: `part` of the bench measures it with figures of all these names, `*` standing for anything.

    Names say of how many a figure is: what was measured of fewer says nothing of the goal.
    """

    text: str
    part: str
    figures: tuple[str, ...]

    def sort(self, names: Sequence[str]) -> list[list[str]]:
        """Those of the names that belong here, for each name of a figure that is expected."""
        return [[name for name in names if fnmatchcase(name, figure)] for figure in self.figures]


GOALS = (
    Goal("a turn takes at most twice the engine's floor", "engine", ("turn / floor*",)),
    Goal("a message is acknowledged within 1.5 × a bare update (p95)", "engine", ("message / bare update*",)),
    Goal(
        "a turn adds at most 20 events and 8 kB to the history",
        "engine",
        ("history events a turn*", "history kilobytes a turn*"),
    ),
    Goal("a turn is at most two billable actions", "throughput", ("billable actions a turn*",)),
    Goal(
        "turn 500 of a session costs at most 1.2 × its first",
        "growth",
        ("turn 500 / turn 1, platform time*", "turn 500 / turn 1, history*"),
    ),
    Goal("a worker holds 5,000 open sessions in 1 GiB", "idle", ("idle: worker with 5,000 open sessions*",)),
    Goal(
        "a session and its cached preview are read within 3 × a bare SELECT 1 (p95)",
        "reads",
        ("GET a session of forty turns / *", "POST its note's preview, cached / *"),
    ),
    Goal(
        "a list of 100,000 sessions takes at most twice one of 1,000 (p95)",
        "lists",
        ("sessions (*): 100,000 / 1,000*",),
    ),
    Goal(
        "a piece of a reply is at the client within 20 ms, p95 50 ms",
        "streaming",
        ("a piece of a reply on its way (p50)", "a piece of a reply on its way (p95)"),
    ),
    Goal("none of 500 clients misses an event", "fan-out", ("fan-out: events missed by 500 clients*",)),
    Goal(
        "500 turns of one account delay another's by at most twice",
        "fairness",
        ("turn beside 500 turns of another account*",),
    ),
    Goal(
        "the session page is usable with at most 250 kB of scripts, and in 1.5 s",
        "web",
        ("web: JS before*", "web: reload until usable*"),
    ),
    Goal("a long reply and a key do not hold up the page", "web", ("web: 14 kB in*", "web: a key beside*")),
    Goal(
        "make up is ready within 15 s, in a fresh clone within 4 minutes",
        "start-up",
        ("make up again*", "make up in a fresh clone*"),
    ),
)
