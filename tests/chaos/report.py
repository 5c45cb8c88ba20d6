"""The figures of one run, for a person and for a file."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.findings import Finding, Wrong
from tests.chaos.recovery import GOAL, Spread, Wait

PROVIDERS = ("anthropic", "playbook")
"""Who must have given replies in every run."""

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Verdict:
    """What one run has shown."""

    seed: int
    seconds: float
    pause: float
    """Seconds between two troubles, on average."""
    sessions: int
    kills: Counter[str]
    pairs: int
    faults: Counter[str]
    acknowledged: int
    refused: Counter[str]
    """By status and code."""
    repeats: Counter[str]
    """How often a command had to be sent again, by what the sender was told."""
    repeated: int
    """Commands that were sent once more under their keys in the end; answers that differ are findings."""
    trespasses: int
    """Attempts on sessions of the other account, all refused; others are findings."""
    events: int
    reconnects: int
    providers: Counter[str]
    """Replies by who gave them."""
    usable: Spread
    usable_after_last: Spread
    """Of the same waits, from the last kill before their end."""
    answered: Spread
    replied: Spread
    slowest: list[Wait]
    findings: list[Finding]
    not_shown: list[str]
    """What the run was meant to show and could not."""
    temporal: str
    """The server it ran on."""
    broken: list[str] = field(default_factory=list)

    def count(self, wrong: Wrong) -> int:
        return sum(one.wrong is wrong for one in self.findings)

    @property
    def stuck_sessions(self) -> int:
        return len({one.session for one in self.findings if one.wrong is Wrong.STUCK})

    @property
    def clean(self) -> bool:
        """Whether every promise was kept, and everything was put to the test."""
        return not self.findings and not self.not_shown and not self.broken and self.usable.p99 <= GOAL

    def table(self) -> str:
        """All figures as text; everything that is wrong last, with its evidence."""
        rows: list[tuple[str, object]] = [
            ("seed", self.seed),
            ("Temporal", self.temporal),
            ("seconds of trouble", round(self.seconds)),
            ("seconds between two troubles", self.pause),
            ("sessions worked", self.sessions),
            ("kills", f"{self.kills.total()} ({_listed(self.kills)}); {self.pairs} times two at once"),
            ("faults", f"{self.faults.total()} ({_listed(self.faults)})"),
            ("commands acknowledged", self.acknowledged),
            ("commands refused by a rule", f"{self.refused.total()} ({_listed(self.refused)})"),
            ("commands sent again", f"{self.repeats.total()} ({_listed(self.repeats)})"),
            ("repeated in the end", self.repeated),
            ("events seen, streams resumed", f"{self.events}, {self.reconnects}"),
            ("replies by provider", _listed(self.providers)),
            ("lost", self.count(Wrong.LOST)),
            ("duplicated", self.count(Wrong.DUPLICATED)),
            ("out of order", self.count(Wrong.OUT_OF_ORDER)),
            ("unasked for", self.count(Wrong.UNASKED)),
            ("contradicted", self.count(Wrong.CONTRADICTED)),
            ("cross-tenant", f"{self.count(Wrong.CROSSED)}; {self.trespasses} attempts refused"),
            ("stuck sessions", self.stuck_sessions),
            ("kill until session usable, s", f"{_spread(self.usable)}; goal p99 ≤ {GOAL:.0f}"),
            ("  from the last kill before that, s", _spread(self.usable_after_last)),
            ("kill until pending command done, s", _spread(self.answered)),
            ("kill until pending reply done, s", _spread(self.replied)),
        ]
        lines = [f"{name:<36}{value}" for name, value in rows]
        lines += [
            f"  slow: {one.seconds:.1f} s after the kill of {one.kill.name} at {one.kill.at:.1f}, session {one.session}"
            for one in self.slowest
        ]
        lines += [f"not shown: {one}" for one in self.not_shown]
        lines += [f"trouble that could not be made: {one}" for one in self.broken]
        return "\n".join([*lines, *(str(one) for one in self.findings)])

    def as_json(self) -> dict[str, Any]:
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
            "clean": self.clean,
            **vars(self),
            "usable": asdict(self.usable),
            "usable_after_last": asdict(self.usable_after_last),
            "answered": asdict(self.answered),
            "replied": asdict(self.replied),
            "slowest": [asdict(wait) for wait in self.slowest],
            "findings": [asdict(finding) for finding in self.findings],
        }


def save(verdict: Verdict) -> str:
    """Keep the figures beside those of earlier runs; answers the file's name."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(verdict.as_json(), indent=2, ensure_ascii=False) + "\n")
    return path.name


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "none"


def _spread(spread: Spread) -> str:
    return f"p50 {spread.p50:.1f}, p99 {spread.p99:.1f}, longest {spread.longest:.1f} (of {spread.count})"
