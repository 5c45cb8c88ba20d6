"""Where `temporal` comes from: the person's own, the cache, the SDK's download, or a build with Go."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.stack.errors import StackError
from infra.stack.making import LEAST_GO, Say, build_with_go, cache_folder, sole_maker
from infra.stack.process import Child, ChildSpec

VERSION = "1.8.2"
ACCEPTED_CLI = (1, 8)
LEAST_SERVER = (1, 31)
VARIABLE = "RESOLUTIONFLOW_TEMPORAL_CLI"
TOOL_MODULE = Path(__file__).parents[1] / "temporal_tool"
DOWNLOAD_PATIENCE = 20.0

Get = Callable[[Path, Say], Awaitable[Path]]
_VERSION_LINE = re.compile(r"temporal version (\d+)\.(\d+)\.(\S+) \(Server (\d+)\.(\d+)\.([^,\s)]+)")


@dataclass(frozen=True)
class TemporalProgram:
    """A `temporal` that fits. `server` is the version of the server inside, such as `1.31.2`."""

    path: Path
    server: str


async def find_temporal(
    say: Say,
    *,
    environ: Mapping[str, str] | None = None,
    download: Get | None = None,
    build: Get | None = None,
) -> TemporalProgram:
    """The first that fits, in this order: `RESOLUTIONFLOW_TEMPORAL_CLI`, PATH, cache, download, build.

    What had to be downloaded or built is kept in the cache, so that the next clone starts at once; one
    process does it and the others wait. `download` and `build` make the program inside a folder and return
    its path.

    Raises StackError `temporal_cli_unsuitable` (the variable names something else) or `temporal_not_found`.
    """
    environ = os.environ if environ is None else environ
    if named := environ.get(VARIABLE):
        return await _named(named)
    if (on_path := shutil.which("temporal", path=environ.get("PATH"))) is not None:
        try:
            return await check(Path(on_path))
        except Unsuitable as reason:
            say(f"{on_path} is not used: {reason}")
    cached = cached_program(environ)
    if (program := await _cached(cached)) is not None:
        return program
    async with sole_maker(cached.parent, "temporal", say):
        if (program := await _cached(cached)) is not None:  # another process made it while we waited
            return program
        return await _make(cached, say, (download or sdk_download, build or go_build))


class Unsuitable(Exception):
    """Why a program is not taken, as a clause."""


async def check(path: Path) -> TemporalProgram:
    """Asks a program for its version. Raises Unsuitable."""
    try:
        process = await asyncio.create_subprocess_exec(
            path, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise Unsuitable(f"it cannot be run ({error.strerror})") from error
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Unsuitable("it does not answer `--version`") from None
    match = _VERSION_LINE.search(output.decode("utf-8", "replace"))
    if match is None:
        raise Unsuitable("its `--version` is not that of the Temporal CLI")
    cli, server = (int(match[1]), int(match[2])), (int(match[4]), int(match[5]))
    if cli != ACCEPTED_CLI or server < LEAST_SERVER:
        raise Unsuitable(
            f"it is version {'.'.join(match.group(1, 2, 3))} with server {'.'.join(match.group(4, 5, 6))}; "
            f"{_dotted(ACCEPTED_CLI)}.x with server {_dotted(LEAST_SERVER)} or later is needed"
        )
    return TemporalProgram(path, ".".join(match.group(4, 5, 6)))


def cached_program(environ: Mapping[str, str]) -> Path:
    """Outside the clone, per user and version."""
    return cache_folder(environ, f"temporal-{VERSION}") / "temporal"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


async def _named(name: str) -> TemporalProgram:
    try:
        return await check(Path(name))
    except Unsuitable as reason:
        raise StackError("temporal_cli_unsuitable", f"{VARIABLE} is {name}, but {reason}.") from reason


async def _cached(path: Path) -> TemporalProgram | None:
    try:
        return await check(path)
    except Unsuitable:
        return None


async def _make(target: Path, say: Say, ways: tuple[Get, ...]) -> TemporalProgram:
    reasons = []
    for way in ways:
        # Beside the target, so that the last step is a rename and nobody ever sees half a program.
        with tempfile.TemporaryDirectory(prefix="making-", dir=target.parent) as folder:
            try:
                made = await check(await way(Path(folder), say))
            except (Unsuitable, StackError) as reason:
                reasons.append(str(reason))
                continue
            made.path.chmod(0o755)
            made.path.replace(target)
            return TemporalProgram(target, made.server)
    raise StackError(
        "temporal_not_found",
        f"No `temporal` {_dotted(ACCEPTED_CLI)} could be had. {' '.join(reasons)} "
        f"Install the Temporal CLI {VERSION} or Go {_dotted(LEAST_GO)}, or name a program with {VARIABLE}.",
    )


async def sdk_download(folder: Path, say: Say, *, patience: float = DOWNLOAD_PATIENCE) -> Path:
    """The SDK's own download, given up when no byte arrived for `patience` seconds. Raises StackError."""
    say(f"downloading temporal {VERSION} (once per machine)")
    child = Child(
        ChildSpec(
            name="temporal download",
            command=(sys.executable, "-m", "infra.stack.temporal_download", str(folder), VERSION),
            log_path=folder / "download.log",
            cwd=Path(__file__).parents[2],
        )
    )
    await child.start()
    return await watch_download(child, folder, patience)


async def watch_download(child: Child, folder: Path, patience: float) -> Path:
    """Waits for a download process; ends it when `folder` has not grown for `patience` seconds.

    Raises StackError.
    """
    try:
        size, moved = -1, time.monotonic()
        while child.running:
            await asyncio.sleep(0.2)
            if (now := sum(file.stat().st_size for file in _files(folder))) != size:
                size, moved = now, time.monotonic()
            elif time.monotonic() - moved > patience:
                raise StackError("temporal_download", f"The download stood still for {patience:.0f} s.")
    finally:
        await child.kill()
    programs = [file for file in _files(folder) if os.access(file, os.X_OK)]
    if not programs:
        last = child.tail(1).strip()
        raise StackError("temporal_download", f"The download failed ({last or 'no reason given'}).")
    return max(programs, key=lambda file: file.stat().st_size)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def go_build(folder: Path, say: Say) -> Path:
    """Builds the CLI from the pinned tool module.

    Raises StackError when Go is missing, too old, or the build fails.
    """
    package, output = "github.com/temporalio/cli", folder / "temporal"
    await build_with_go(
        TOOL_MODULE,
        f"{package}/cmd/temporal",
        output,
        say,
        title=f"temporal {VERSION}",
        minutes=5,
        ldflags=f"-X {package}/internal/temporalcli.Version={VERSION}",
    )
    return output
