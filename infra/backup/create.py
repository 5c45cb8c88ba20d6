"""Making a backup of an installation that may be running: rows of one moment, and every file they name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.backup.archive import DATABASE, OBJECTS, ArchiveWriter, new_archive
from infra.backup.errors import BackupError
from infra.backup.installation import Installation, Report, application_version
from infra.backup.manifest import Manifest, key_ids
from infra.backup.postgres_tools import connected, dump
from infra.storage.store import NotStored, StorageUnavailable

AT_ONCE = 8
"""Files that are read from the store at the same time, each up to 10 MB."""
_TOLD_EVERY = 500

_TABLES = text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
# Whose bytes are certainly there: a message takes a file only after the sender was told that it is stored.
_TAKEN_FILES = text(
    "SELECT unnest(ARRAY[storage_key, thumbnail_key]) AS key FROM uploads WHERE session_id IS NOT NULL"
)


@dataclass(frozen=True)
class Snapshot:
    """What one moment of the database holds. `id` lets pg_dump see the same moment."""

    id: str
    revision: str
    tables: dict[str, int]
    taken_files: frozenset[str]


async def create_backup(installation: Installation, target: Path, report: Report) -> Manifest:
    """Write the archive `target`; its manifest says what is `missing`. Raises BackupError, and leaves no file then.

    The rows come first and the files after them: files never change, so that each one the rows name is still there.
    """
    created_at = datetime.now(UTC)
    with new_archive(target) as archive:
        async with _snapshot(installation.admin_url) as snapshot:
            report("Database", f"{sum(snapshot.tables.values())} rows of {len(snapshot.tables)} tables")
            dumped = archive.workshop / DATABASE
            await dump(installation.admin_url, snapshot.id, dumped)
        archive.add_file(DATABASE, dumped)
        await _copy_files(installation, archive, report)
        missing = await _fetch_late_ones(installation, archive, snapshot.taken_files)
        manifest = Manifest(
            application_version=application_version(),
            created_at=created_at,
            revision=snapshot.revision,
            key_ids=key_ids(installation.secret_keys),
            tables=snapshot.tables,
            members=archive.members.copy(),
            missing=missing,
        )
        archive.finish(manifest)
    return manifest


@asynccontextmanager
async def _snapshot(admin_url: str) -> AsyncIterator[Snapshot]:
    """One moment of the database, held while the block runs. Raises BackupError."""
    async with connected(admin_url, isolation_level="REPEATABLE READ") as db:
        yield await _look(db)


async def _look(db: AsyncConnection) -> Snapshot:
    # An error where a policy would hide rows, and no end of the transaction while pg_dump works beside it.
    await db.execute(text("SET LOCAL row_security = off"))
    await db.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    names = sorted((await db.execute(_TABLES)).scalars())
    if "alembic_version" not in names:
        raise BackupError("no_schema", "The database holds nothing yet: there is nothing to back up.")
    try:
        counts = {name: await _count(db, name) for name in names}
        taken = frozenset(key for key in (await db.execute(_TAKEN_FILES)).scalars() if key)
    except DBAPIError as error:
        raise BackupError(
            "database_refuses",
            "DATABASE_ADMIN_URL may not read every row: it must be the owner of the schema, with BYPASSRLS "
            f"({getattr(error.orig, 'sqlstate', None)}).",
        ) from None
    return Snapshot(
        id=(await db.execute(text("SELECT pg_export_snapshot()"))).scalar_one(),
        revision=(await db.execute(text("SELECT version_num FROM alembic_version"))).scalar_one(),
        tables=counts,
        taken_files=taken,
    )


async def _count(db: AsyncConnection, table: str) -> int:
    counted = await db.execute(text(f'SELECT count(*) FROM public."{table}"'))  # noqa: S608 - a name of the catalog
    return int(counted.scalar_one())


async def _copy_files(installation: Installation, archive: ArchiveWriter, report: Report) -> None:
    keys = [key async for key in _keys(installation)]
    report("Files", f"{len(keys)} in the store")
    for start in range(0, len(keys), AT_ONCE):
        await _add(installation, archive, keys[start : start + AT_ONCE])
        if start and start % _TOLD_EVERY < AT_ONCE:
            report("Files", f"{start} of {len(keys)}")


async def _fetch_late_ones(
    installation: Installation, archive: ArchiveWriter, taken_files: frozenset[str]
) -> tuple[str, ...]:
    """Files of the snapshot's sessions that the list did not tell; answers those that are nowhere."""
    late = sorted(key for key in taken_files if OBJECTS + key not in archive.members)
    for start in range(0, len(late), AT_ONCE):
        await _add(installation, archive, late[start : start + AT_ONCE])
    return tuple(key for key in late if OBJECTS + key not in archive.members)


async def _add(installation: Installation, archive: ArchiveWriter, keys: list[str]) -> None:
    for key, data in zip(
        keys, await asyncio.gather(*(_read(installation, key) for key in keys)), strict=True
    ):
        if data is not None:
            archive.add_bytes(OBJECTS + key, data)


async def _read(installation: Installation, key: str) -> bytes | None:
    """None for a file that was deleted meanwhile."""
    try:
        return await installation.storage.get(key)
    except NotStored:
        return None
    except StorageUnavailable as error:
        raise storage_unavailable(error) from None


async def _keys(installation: Installation) -> AsyncIterator[str]:
    try:
        async for key in installation.storage.list():
            yield key
    except StorageUnavailable as error:
        raise storage_unavailable(error) from None


def storage_unavailable(error: StorageUnavailable) -> BackupError:
    """The object store is away."""
    return BackupError("storage_unavailable", f"The file store does not do it: {error}.")
