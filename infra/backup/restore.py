"""Putting an archive into an installation: everything or nothing, and only what can be read there."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text

from infra.backup.archive import DATABASE, OBJECTS, Archive
from infra.backup.create import storage_unavailable
from infra.backup.errors import BackupError
from infra.backup.installation import Installation, Report
from infra.backup.manifest import Manifest, key_ids
from infra.backup.postgres_tools import connected, load
from infra.database.migrate import ensure_app_role, upgrade_head
from infra.database.row_security import APP_ROLE
from infra.database.schema import HEAD, MIGRATION_LOCK, REVISIONS
from infra.storage.store import StorageUnavailable

_TABLES = text("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
_IN_USE = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :role")


async def nothing_to_forget() -> None:
    """For an installation whose workflow engine is empty."""


async def restore_backup(
    installation: Installation,
    archive: Archive,
    report: Report,
    *,
    confirm: Callable[[str], bool],
    forget_workflows: Callable[[], Awaitable[None]] = nothing_to_forget,
) -> None:
    """Put everything in the archive into the installation, and migrate it to the schema of this code.

    `confirm` is asked before anything that is there is replaced. `forget_workflows` makes the workflow engine forget
    the sessions of what was there: they start again from their rows. Raises BackupError; until the rows are in place,
    which is one transaction, what was there before is as it was.
    """
    manifest = archive.manifest
    require_known_schema(manifest)
    require_keys(manifest, installation.secret_keys)
    await _require_unused(installation)
    replacing = not await _is_empty(installation)
    if replacing and not confirm(
        "There is data here already. All of it, rows and files, is replaced by the backup, and lost."
    ):
        raise BackupError("not_confirmed", "Nothing was restored: there is data already.")
    await forget_workflows()
    await _put_files(installation, archive, report)
    report("Database", f"{sum(manifest.tables.values())} rows of {len(manifest.tables)} tables")
    await _load_rows(installation, archive)
    migrated = await upgrade_head(installation.admin_url, installation.app_url)
    if migrated.steps:
        report("Migrations", f"from schema {migrated.before} to {migrated.after}")
    await _expect_effects(installation)
    if replacing:
        await _remove_other_files(installation, archive)


def require_known_schema(manifest: Manifest) -> None:
    """Raises BackupError `archive_newer`."""
    if manifest.revision not in REVISIONS:
        raise BackupError(
            "archive_newer",
            f"The backup was made at schema {manifest.revision} by version {manifest.application_version}, and this "
            f"version knows schemas up to {HEAD}: restore it with that version or a newer one.",
        )


def require_keys(manifest: Manifest, keys: Sequence[SecretStr]) -> None:
    """Raises BackupError `keys_missing`, naming the ids of the keys that are not configured."""
    configured = key_ids(keys)
    missing = [one for one in manifest.key_ids if one not in configured]
    if missing:
        raise BackupError(
            "keys_missing",
            f"What is sealed in the backup cannot be read with the configured keys. Missing: {', '.join(missing)}; "
            f"configured: {', '.join(configured) or 'none'}. Add the keys of the installation that made it to "
            "RESOLUTIONFLOW_SECRET_KEYS.",
        )


async def _require_unused(installation: Installation) -> None:
    async with connected(installation.admin_url) as db:
        if (await db.execute(_IN_USE, {"role": APP_ROLE})).scalar_one():
            raise BackupError(
                "installation_running", "Api or worker are connected to the database: stop them first."
            )


async def _is_empty(installation: Installation) -> bool:
    async with connected(installation.admin_url) as db:
        return bool((await db.execute(_TABLES)).scalar_one() == 0)


async def _put_files(installation: Installation, archive: Archive, report: Report) -> None:
    """Before the rows, and beside the files that are there: a restore that ends here has replaced nothing."""
    report("Files", f"{archive.manifest.objects} to put into the store")
    for key, data in archive.objects():
        try:
            # What it is stands in its row; nobody reads this.
            await installation.storage.put(key, data, "application/octet-stream")
        except StorageUnavailable as error:
            raise storage_unavailable(error) from None
        except ValueError:
            raise BackupError(
                "key_impossible", f"The store here cannot keep {key!r}: nothing was replaced."
            ) from None


async def _load_rows(installation: Installation, archive: Archive) -> None:
    async with connected(installation.admin_url) as db:
        await db.run_sync(ensure_app_role, installation.app_url)
        await db.commit()
    with tempfile.TemporaryDirectory(prefix="resolutionflow-restore-") as name:
        folder = Path(name)
        dumped, before, after = folder / DATABASE, folder / "before.sql", folder / "after.sql"
        archive.extract_database(dumped)
        before.write_text(_BEFORE)
        after.write_text(_after(archive.manifest))
        await load(installation.admin_url, dumped, before=before, after=after)


_BEFORE = f"""
SELECT pg_advisory_xact_lock({MIGRATION_LOCK});
DROP SCHEMA IF EXISTS public CASCADE;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO {APP_ROLE};
"""

_ISOLATED = """
DO $check$ BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = 'account_id'
          AND NOT (relrowsecurity AND relforcerowsecurity)
    ) THEN RAISE EXCEPTION 'a table of accounts is without forced row level security'; END IF;
END $check$;
"""


def _after(manifest: Manifest) -> str:
    """Refuses the whole transaction unless every row has arrived and every account is isolated."""
    counts = "".join(
        f'    IF (SELECT count(*) FROM public."{table}") <> {rows} THEN\n'  # noqa: S608 - checked names, whole numbers
        f"        RAISE EXCEPTION 'rows of {table} are missing'; END IF;\n"
        for table, rows in manifest.tables.items()
    )
    return f"DO $check$ BEGIN\n{counts}END $check$;\n{_ISOLATED}"


_MAY_BE_THERE = (
    "UPDATE writebacks SET post_attempted_at = started_at WHERE state = 'running' AND post_attempted_at IS NULL",
    "UPDATE writebacks SET time_attempted_at = started_at"
    " WHERE state = 'running' AND time_minutes IS NOT NULL AND time_attempted_at IS NULL",
    "UPDATE spin_off_tickets SET attempted_at = created_at WHERE state = 'running' AND attempted_at IS NULL",
)


async def _expect_effects(installation: Installation) -> None:
    """What was on its way to a ticket when the backup was made may have arrived since: it is looked for first."""
    async with connected(installation.admin_url) as db:
        for statement in _MAY_BE_THERE:
            await db.execute(text(statement))
        await db.commit()


async def _remove_other_files(installation: Installation, archive: Archive) -> None:
    """What belonged to the data that was replaced. Last: from here on nothing refers to it."""
    kept = archive.manifest.members.keys()
    try:
        for key in [key async for key in installation.storage.list()]:
            if OBJECTS + key not in kept:
                await installation.storage.delete(key)
    except StorageUnavailable as error:
        raise storage_unavailable(error) from None
