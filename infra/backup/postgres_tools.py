"""Running pg_dump, pg_restore and psql. Passwords go by their environment, never by the command line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from infra.backup.errors import BackupError
from infra.database.programs import client_program

_SHOWN = 2_000
"""Characters of what a program said last."""


def program(name: str) -> str:
    """Raises BackupError `postgres_tools_missing`."""
    path = client_program(name)
    if path is None:
        raise BackupError(
            "postgres_tools_missing",
            f"{name} is not here: install PostgreSQL's client programs, of the server's version or newer.",
        )
    return str(path)


def connection_environment(url: str) -> dict[str, str]:
    """How PostgreSQL's programs find the database of a SQLAlchemy URL."""
    parsed = make_url(url)
    found = {
        "PGHOST": parsed.host,
        "PGPORT": str(parsed.port or 5432),
        "PGUSER": parsed.username,
        "PGPASSWORD": str(parsed.password) if parsed.password else None,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": str(parsed.query["ssl"]) if "ssl" in parsed.query else None,
        "PGAPPNAME": "resolutionflow-backup",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: value for name, value in found.items() if value}


@asynccontextmanager
async def connected(
    url: str, *, isolation_level: IsolationLevel = "READ COMMITTED"
) -> AsyncIterator[AsyncConnection]:
    """A connection of its own, rolled back at the end. Raises BackupError `database_unavailable`."""
    engine = create_async_engine(
        url, poolclass=NullPool, isolation_level=isolation_level, hide_parameters=True
    )
    try:
        db = await engine.connect()
    except (OSError, TimeoutError, DBAPIError, asyncpg.PostgresError) as error:
        await engine.dispose()
        raise BackupError(
            "database_unavailable", f"The database cannot be reached ({type(error).__name__})."
        ) from None
    try:
        yield db
    finally:
        await db.close()
        await engine.dispose()


async def dump(url: str, snapshot: str, target: Path) -> None:
    """Write everything that the snapshot sees to `target`. Raises BackupError `dump_failed`."""
    _make_private(target)
    arguments = (
        "--format=custom",
        f"--snapshot={snapshot}",
        "--no-owner",
        "--no-password",
        f"--file={target}",
    )
    code, said = await _run([program("pg_dump"), *arguments], url)
    if code != 0:
        raise BackupError("dump_failed", f"pg_dump did not do it: {said}")


async def load(url: str, source: Path, *, before: Path, after: Path) -> None:
    """Run `before`, everything in the dump, and `after` as one transaction. Raises BackupError `restore_failed`."""
    script = source.with_suffix(".sql")
    _make_private(script)
    code, said = await _run(
        [program("pg_restore"), "--no-owner", f"--file={script}", str(source)], url, needs_database=False
    )
    if code == 0:
        options = (
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
        )
        files = [f"--file={file}" for file in (before, script, after)]
        code, said = await _run([program("psql"), *options, *files], url)
    if code != 0:
        raise BackupError(
            "restore_failed", f"PostgreSQL did not take the data, and everything is as it was before: {said}"
        )


def _make_private(path: Path) -> None:
    """Made here and not by the program that fills it: nobody else may read it, whatever the umask."""
    path.touch(mode=0o600)


async def _run(command: Sequence[str], url: str, *, needs_database: bool = True) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=connection_environment(url) if needs_database else None,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, errors.decode(errors="replace").strip()[-_SHOWN:]
