"""Figures against their goals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tests.bench.measure import Times


@dataclass(frozen=True)
class Figure:
    """A figure that must stay at or below its goal."""

    name: str
    value: float
    goal: float
    unit: str

    @property
    def reached(self) -> bool:
        return self.value <= self.goal


@dataclass
class Report:
    """Everything measured in one run."""

    machine: str
    at: datetime
    times: dict[str, Times] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    def add_times(self, name: str, times: Times) -> None:
        self.times[name] = times

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)

    def table(self) -> str:
        """Both tables as text."""
        lines = [f"{'measured':<58}{'p50 ms':>10}{'p95 ms':>10}{'count':>8}"]
        lines += [
            f"{name:<58}{one.p50:>10.1f}{one.p95:>10.1f}{one.count:>8}" for name, one in self.times.items()
        ]
        lines += ["", f"{'figure':<58}{'value':>10}{'goal':>10}"]
        for figure in self.figures:
            verdict = "  held" if figure.reached else "  missed"
            value, goal = f"{figure.value:.2f}", f"≤ {figure.goal:g}"
            lines.append(f"{figure.name:<58}{value:>10}{goal:>10} {figure.unit}{verdict}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "machine": self.machine,
            "times": {name: asdict(one) for name, one in self.times.items()},
            "figures": [
                {**asdict(one), "value": round(one.value, 3), "reached": one.reached} for one in self.figures
            ],
        }
