"""Pictures of every screen and every state of the session page, to be looked at: `make screenshots`.

`python -m tests.e2e.screenshots [--to FOLDER] [--only PATTERN …]`. A stack of its own with a simulated model, which
says what brings each state about. PATTERN is a part of the name of a file: `lane`, `preview`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.e2e import browser
from tests.e2e.stack import modelled_stack

FOLDER = browser.WEB / "screenshots"
PROJECT = "screenshots"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.screenshots")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder for the pictures")
    parser.add_argument("--only", nargs="+", default=[], metavar="PATTERN", help="parts of names of files")
    arguments = parser.parse_args()
    if (lacking := browser.missing()) is not None:
        sys.stderr.write(f"Error: {lacking}\n")
        return 1
    folder: Path = arguments.to.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.only:
        # What is not shown any more must not be looked at.
        for old in folder.glob("*.png"):
            old.unlink()
    with tempfile.TemporaryDirectory(prefix="resolutionflow-screenshots-") as name:
        failed = asyncio.run(_take(Path(name), folder, arguments.only))
    taken = len(list(folder.glob("*.png")))
    sys.stdout.write(f"\n{taken} pictures in {os.path.relpath(folder)}\n")
    if failed:
        sys.stdout.write("Some states were not reached, see above.\n")
    return failed


async def _take(work: Path, folder: Path, patterns: list[str]) -> int:
    # What went wrong can be looked at afterwards: it stays.
    results = browser.WEB / "test-results"
    async with modelled_stack(work) as (stack, _):
        process = await asyncio.create_subprocess_exec(
            *browser.command(
                browser.CONFIG, [PROJECT], "--reporter=list", "--output", str(results), *patterns
            ),
            cwd=browser.WEB,
            env={**browser.environment(stack.variables()), "SCREENSHOTS_DIR": str(folder)},
        )
        return await process.wait()


if __name__ == "__main__":
    sys.exit(main())
