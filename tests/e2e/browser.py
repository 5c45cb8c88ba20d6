"""Playwright's runner, driven from here: which tests there are, and how each of them went."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.stack.install import find_browser

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
RUNNER = WEB / "node_modules" / "@playwright" / "test" / "cli.js"
CONFIG = HERE / "playwright.config.ts"

JOURNEYS = "journeys"
MODELLED = "modelled"
RUN_WITHIN = 40 * 60
"""Seconds for all browser tests of one stack: about 120 of them on two slow cores. Playwright ends by itself then."""
REPORTED_WITHIN = 60
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """How one browser test went; `report` says why it failed."""

    passed: bool
    first_time: bool
    """False for one that was tried again."""
    report: str


def missing() -> str | None:
    """What the browser tests lack on this machine, in one sentence; None when nothing."""
    if shutil.which("node") is None:
        return "Node is not on PATH."
    if not RUNNER.exists():
        return "The packages of the web client are not installed: run `npm ci` in web/, or `make test`."
    if not (WEB / "dist" / "index.html").exists():
        return "The web client is not built: run `npm run build` in web/, or `make test`."
    if find_browser() is None:
        return "Chromium is not installed: install it, or name its program with CHROMIUM_PATH."
    return None


def command(config: Path, projects: Sequence[str], *arguments: str) -> list[str]:
    """The runner's command line. `arguments` that are no options are patterns of files."""
    chosen = [f"--project={project}" for project in projects]
    return ["node", str(RUNNER), "test", "--config", str(config), *chosen, *arguments]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What the runner needs to know: where the stack is, and which browser to start."""
    browser = find_browser()
    return {**os.environ, **variables, **({"CHROMIUM_PATH": browser} if browser else {})}


def names() -> dict[str, list[str]]:
    """The names of the browser tests by project, without running them."""
    listed = subprocess.run(
        command(CONFIG, (JOURNEYS, MODELLED), "--list", "--reporter=json"),
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise RuntimeError(f"The browser tests cannot be listed:\n{listed.stdout}\n{listed.stderr}")
    found: dict[str, list[str]] = {JOURNEYS: [], MODELLED: []}
    for name, spec in _specs(json.loads(listed.stdout)):
        for test in spec["tests"]:
            found[test["projectName"]].append(name)
    return found


def file_of(name: str) -> str:
    """The file of a test, from its name."""
    return name.partition(" > ")[0]


async def run(
    folder: Path, variables: Mapping[str, str], projects: Sequence[str], files: Sequence[str]
) -> dict[str, Outcome]:
    """Run the browser tests of these files once and tell how each went. Traces of failed ones stay in `folder`."""
    report = folder / "browser.json"
    patterns = [f"/{re.escape(file)}$" for file in files]
    limits = (f"--global-timeout={RUN_WITHIN * 1000}", "--retries=1")
    process = await asyncio.create_subprocess_exec(
        *command(
            CONFIG, projects, "--reporter=json", "--output", str(folder / "results"), *limits, *patterns
        ),
        cwd=WEB,
        env={**environment(variables), "PLAYWRIGHT_JSON_OUTPUT_NAME": str(report)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        shown, _ = await asyncio.wait_for(process.communicate(), RUN_WITHIN + REPORTED_WITHIN)
    finally:
        # The browsers too: they are of the runner's process group.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert report.exists(), f"the browser tests left no report:\n{shown.decode(errors='replace')}"
    return {name: _outcome(spec) for name, spec in _specs(json.loads(report.read_text()))}


def _specs(report: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for suite in report["suites"]:
        yield from _specs_of(suite, suite["title"])


def _specs_of(suite: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for spec in suite.get("specs", []):
        yield f"{path} > {spec['title']}", spec
    for inner in suite.get("suites", []):
        yield from _specs_of(inner, f"{path} > {inner['title']}")


def _outcome(spec: dict[str, Any]) -> Outcome:
    results = [result for test in spec["tests"] for result in test["results"]]
    reports = [_report(result) for result in results]
    return Outcome(
        passed=bool(spec["ok"]) and bool(results),
        first_time=len(results) == len(spec["tests"]),
        report="\n\n".join(reports) or "not run",
    )


def _report(result: dict[str, Any]) -> str:
    """How a run ended, where, and what was kept of it."""
    lines = [f"{result['status']} after {result['duration'] / 1000:.1f} s"]
    for error in result.get("errors", []):
        if location := error.get("location"):
            lines.append(f"at {location['file']}:{location['line']}:{location['column']}")
        lines += [error.get("message", ""), error.get("snippet", "")]
    lines += ["step: " + " > ".join(path) for path in _failed_steps(result.get("steps", []))]
    lines += [f"{kept['name']}: {kept['path']}" for kept in result.get("attachments", []) if kept.get("path")]
    return _COLOURS.sub("", "\n".join(line for line in lines if line))


def _failed_steps(steps: Sequence[dict[str, Any]], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The innermost steps that failed, each with those around it."""
    for step in steps:
        if not step.get("error"):
            continue
        inner = list(_failed_steps(step.get("steps", []), (*path, step["title"])))
        yield from inner or [(*path, step["title"])]
