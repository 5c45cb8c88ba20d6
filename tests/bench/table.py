"""The tables of `docs/performance.md`, made from a saved run so that they cannot differ from it.

`python -m tests.bench.table` writes those of the latest complete run into the page; a file's name takes that one.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN = "<!-- figures of {name}, written by python -m tests.bench.table -->"
END = "<!-- end of the figures -->"
NO_RUN = "none"
"""Stands for a run's name while the page shows none."""
_BLOCK = re.compile(
    re.escape(BEGIN).replace(re.escape("{name}"), r"(?P<name>\S+)") + r".*?" + re.escape(END), re.DOTALL
)


def page_with(page: str, name: str, run: dict[str, Any] | None) -> str:
    """The page with the tables of this run, or with none. Raises ValueError when there is no place for them."""
    shown = tables(run) if run else "No complete run of this version has been saved yet."
    block = f"{BEGIN.format(name=name)}\n{shown}\n{END}"
    changed, count = _BLOCK.subn(lambda _: block, page)
    if count != 1:
        raise ValueError(f"the page has {count} places for the figures, not one")
    return changed


def run_of(page: str) -> str:
    """The name of the saved run whose figures stand in a page."""
    found = _BLOCK.search(page)
    if found is None:
        raise ValueError("the page has no figures")
    return found["name"]


def tables(run: dict[str, Any]) -> str:
    """Goals, figures, times and parts of a run as Markdown."""
    lines = [f"Measured on {run['machine']}, {run['at']}.", "", "| goal | |", "|---|---|"]
    lines += [f"| {_cell(one['goal'])} | {one['verdict']} |" for one in run["goals"]]
    lines += ["", "| figure | value | goal | |", "|---|---|---|---|"]
    for one in run["figures"]:
        goal = "" if one["goal"] is None else f"≤ {one['goal']:g}"
        note = "; ".join(str(part) for part in (one["verdict"], one["note"]) if part)
        lines.append(f"| {_cell(one['name'])} | {one['value']:,.4g} {one['unit']} | {goal} | {_cell(note)} |")
    lines += ["", "| time of | p50 ms | p95 ms | count |", "|---|---|---|---|"]
    lines += [
        f"| {_cell(name)} | {one['p50']:.1f} | {one['p95']:.1f} | {one['count']:,} |"
        for name, one in run["times"].items()
    ]
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in run["parts"].items())
    lines += ["", f"The parts took: {took}."]
    lines += [f"Not measured: {name} ({why})." for name, why in run["failures"].items()]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def latest_complete() -> str:
    """The file of the latest run in which every part came to its end. Raises LookupError when there is none."""
    for path in sorted(RESULTS.glob("*.json"), reverse=True):
        run = json.loads(path.read_text())
        if (
            run.get("goals")
            and not run["failures"]
            and all(one["verdict"] != "not measured" for one in run["goals"])
        ):
            return path.name
    raise LookupError("no saved run has measured every goal; name a file to take one that has not")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.table", description=__doc__)
    parser.add_argument("name", nargs="?", help="a file in tests/bench/results")
    name = parser.parse_args().name or latest_complete()
    run = json.loads((RESULTS / name).read_text())
    PAGE.write_text(page_with(PAGE.read_text(), name, run))
    sys.stdout.write(f"docs/performance.md shows {name}\n")


if __name__ == "__main__":
    main()
