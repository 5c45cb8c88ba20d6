"""Programs that are made once per machine: where they are kept, who makes them, and how Go does it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

from infra.stack.errors import StackError
from infra.stack.process import ChildSpec, run_to_end

LEAST_GO = (1, 26)
BUILD_LIMIT = 1800.0

Say = Callable[[str], None]


def cache_folder(environ: Mapping[str, str], name: str) -> Path:
    """Outside the clone and per user: `$XDG_CACHE_HOME/resolutionflow/<name>`. A name says the version too."""
    named = environ.get("XDG_CACHE_HOME")
    base = Path(named) if named else Path(environ.get("HOME") or Path.home()) / ".cache"
    return base / "resolutionflow" / name


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.asynccontextmanager
async def sole_maker(folder: Path, what: str, say: Say) -> AsyncIterator[None]:
    """Makes the folder and holds its lock; says once that another process holds it."""
    with _made(folder).joinpath("lock").open("w") as lock:
        waiting = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    say(f"another process is getting {what}; waiting for it")
                waiting = True
                await asyncio.sleep(0.2)
        yield


async def build_with_go(
    module: Path, package: str, output: Path, say: Say, *, title: str, minutes: int, ldflags: str = ""
) -> None:
    """Builds the program `package` of the pinned tool module in the folder `module` as the file `output`.

    Its log is written beside `output`. `minutes` is how long to expect on two cores.
    Raises StackError when Go is missing, too old, or the build fails.
    """
    go = shutil.which("go")
    needed = f"Go {LEAST_GO[0]}.{LEAST_GO[1]} or later"
    if go is None:
        raise StackError("temporal_build", f"It could not be built, because {needed} is not on PATH.")
    version = await run_to_end(
        ChildSpec("go version", (go, "env", "GOVERSION"), output.with_name("version.log"), cwd=module),
        timeout=300,
    )
    found = re.search(r"go(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < LEAST_GO:
        raise StackError(
            "temporal_build", f"It could not be built, because Go is {version.strip()}, not {needed}."
        )
    build = run_to_end(
        ChildSpec(
            name="go build",
            command=(
                *(go, "build", "-mod=readonly", "-trimpath"),
                *("-ldflags", f"-s -w {ldflags}".strip()),
                *("-o", str(output), package),
            ),
            log_path=output.with_name("build.log"),
            env={**os.environ, "CGO_ENABLED": "0"},
            cwd=module,
        ),
        timeout=BUILD_LIMIT,
    )
    say(f"building {title} with Go: about {minutes} minutes on two cores, once per machine")
    await _saying_so(build, title, say)


async def _saying_so(work: Awaitable[object], title: str, say: Say) -> None:
    """Awaits `work` and reports every half minute that it is still going on."""
    task = asyncio.ensure_future(work)
    started = time.monotonic()
    try:
        while not (await asyncio.wait({task}, timeout=30))[0]:
            say(f"still building {title} ({time.monotonic() - started:.0f} s)")
        task.result()
    finally:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
