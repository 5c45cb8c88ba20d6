"""Figures against their goals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tests.bench.goals import GOALS, Goal, Verdict
from tests.bench.measure import Times

MISSED = 1
UNMEASURED = 2
"""What a run ends with."""


@dataclass(frozen=True)
class Figure:
    """A figure that must stay at or below its goal; without a goal it is only told. `note` says what it is made of."""

    name: str
    value: float
    goal: float | None
    unit: str
    note: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """None where there is no goal. What is no number at all reaches none."""
        if self.goal is None:
            return None
        return Verdict.HELD if self.value <= self.goal else Verdict.MISSED


@dataclass
class Report:
    """Everything measured in one run. `wanted` are the parts that were asked for."""

    machine: str
    at: datetime
    wanted: list[str] = field(default_factory=list)
    times: dict[str, Times] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    """Seconds that each part took which was measured to its end."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why a part could not be measured."""

    def add_times(self, name: str, times: Times) -> None:
        self.times[name] = times

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)

    def verdict_on(self, goal: Goal) -> Verdict:
        """Missed when one of its figures is; held only when its part came to its end and all figures are there."""
        verdicts = {one.name: one.verdict for one in self.figures}
        found = goal.sort(list(verdicts))
        if any(verdicts[name] is Verdict.MISSED for names in found for name in names):
            return Verdict.MISSED
        complete = all(any(verdicts[name] for name in names) for names in found)
        return Verdict.HELD if complete and goal.part in self.parts else Verdict.UNMEASURED

    def exit_code(self) -> int:
        """What a strict run ends with: 1 when a goal of the parts asked for is missed, else 2 when one is unknown."""
        verdicts = {self.verdict_on(goal) for goal in GOALS if goal.part in self.wanted}
        if Verdict.MISSED in verdicts or any(one.verdict is Verdict.MISSED for one in self.figures):
            return MISSED
        return UNMEASURED if Verdict.UNMEASURED in verdicts or set(self.wanted) - set(self.parts) else 0

    def table(self) -> str:
        """Both tables and the goals as text."""
        lines = [f"{'measured':<66}{'p50 ms':>10}{'p95 ms':>10}{'count':>8}"]
        lines += [
            f"{name:<66}{one.p50:>10.1f}{one.p95:>10.1f}{one.count:>8}" for name, one in self.times.items()
        ]
        lines += ["", f"{'figure':<66}{'value':>10}{'goal':>10}"]
        for one in self.figures:
            goal = "" if one.goal is None else f"≤ {one.goal:g}"
            lines.append(
                f"{one.name:<66}{one.value:>10.2f}{goal:>10} {one.unit}"
                f"{f'  {one.verdict}' if one.verdict else ''}{f'  ({one.note})' if one.note else ''}"
            )
        lines += ["", f"{'part':<66}{'seconds':>10}"]
        lines += [f"{name:<66}{seconds:>10.0f}" for name, seconds in self.parts.items()]
        lines += [f"{name:<66}{'failed':>10}  {why}" for name, why in self.failures.items()]
        lines += ["", *(f"{self.verdict_on(goal):<13} {goal.text}" for goal in GOALS)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "machine": self.machine,
            "parts": {name: round(seconds, 1) for name, seconds in self.parts.items()},
            "failures": self.failures,
            "times": {name: asdict(one) for name, one in self.times.items()},
            "figures": [
                {**asdict(one), "value": round(one.value, 3), "verdict": one.verdict} for one in self.figures
            ],
            "goals": [{"goal": goal.text, "verdict": self.verdict_on(goal)} for goal in GOALS],
        }
