"""Playwright's runner, driven from here: which tests there are, and how each of them went."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.stack.install import find_browser

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
RUNNER = WEB / "node_modules" / "@playwright" / "test" / "cli.js"
RUN_WITHIN = 1200


@dataclass(frozen=True)
class Outcome:
    """How one browser test went; `report` says why it failed."""

    passed: bool
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


def _command(*arguments: str) -> list[str]:
    config = HERE / "playwright.config.ts"
    return ["node", str(RUNNER), "test", "--config", str(config), "--project=journeys", *arguments]


def names(*files: str) -> list[str]:
    """The names of the browser tests, without running them."""
    listed = subprocess.run(
        _command("--list", "--reporter=json", *files), cwd=WEB, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        raise RuntimeError(f"The browser tests cannot be listed:\n{listed.stdout}\n{listed.stderr}")
    return [name for name, _ in _specs(json.loads(listed.stdout))]


async def run(folder: Path, variables: Mapping[str, str], *files: str) -> dict[str, Outcome]:
    """Run the browser tests (of `files` only) once and tell how each went."""
    report = folder / "browser.json"
    browser = find_browser()
    process = await asyncio.create_subprocess_exec(
        *_command("--reporter=json", "--output", str(folder / "results"), *files),
        cwd=WEB,
        env={
            **os.environ,
            **variables,
            "PLAYWRIGHT_JSON_OUTPUT_NAME": str(report),
            **({"CHROMIUM_PATH": browser} if browser else {}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    shown, _ = await asyncio.wait_for(process.communicate(), RUN_WITHIN)
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
    errors = [error.get("message", "") for result in results for error in result.get("errors", [])]
    statuses = ", ".join(result["status"] for result in results) or "not run"
    return Outcome(bool(spec["ok"]) and bool(results), "\n\n".join(errors) or statuses)
