"""Backup and restore where PostgreSQL and the object store are configured: `python -m infra.backup`.

`backup FILE` writes an archive of an installation that may be running; `restore FILE` puts one into an installation
whose api and worker are stopped and whose Temporal holds no session. Exit codes: 0 done, 1 not done, 2 wrong settings
or arguments, 3 made, but files that sessions name were not in the store.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from functools import partial
from pathlib import Path

from infra.backup.archive import Archive
from infra.backup.asking import confirm
from infra.backup.create import create_backup
from infra.backup.errors import BackupError
from infra.backup.installation import Installation
from infra.backup.restore import restore_backup
from infra.backup.telling import tell_made, tell_restored
from infra.config import Settings, load_settings
from infra.storage.factory import build_storage


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.backup", description=__doc__)
    parser.add_argument("command", choices=("backup", "restore"))
    parser.add_argument("file", type=Path, help="the archive")
    parser.add_argument("--yes", action="store_true", help="replace what is there without asking")
    chosen = parser.parse_args()
    settings = load_settings()
    try:
        if chosen.command == "backup":
            sys.exit(asyncio.run(backup(settings, chosen.file)))
        asyncio.run(restore(settings, chosen.file, sure=chosen.yes))
    except BackupError as error:
        sys.exit(f"Error ({error.code}): {error.message}")


async def backup(settings: Settings, target: Path) -> int:
    """Answers the exit code. Raises BackupError."""
    installation = installation_of(settings)
    try:
        manifest = await create_backup(installation, target, _step)
    finally:
        await installation.storage.aclose()
    tell_made(manifest, target, _line)
    return 3 if manifest.missing else 0


async def restore(settings: Settings, source: Path, *, sure: bool) -> None:
    """Raises BackupError."""
    _step("Archive", f"reading {source}")
    archive = await asyncio.to_thread(Archive.open, source)
    installation = installation_of(settings)
    try:
        await restore_backup(installation, archive, _step, confirm=partial(confirm, sure=sure))
    finally:
        await installation.storage.aclose()
    tell_restored(archive.manifest, _line)


def installation_of(settings: Settings) -> Installation:
    """What the configuration names. Raises BackupError `database_urls`."""
    if settings.database_url is None or settings.database_admin_url is None:
        raise BackupError(
            "database_urls",
            "DATABASE_URL and DATABASE_ADMIN_URL must be set. The embedded stack has `make backup` and `make restore`.",
        )
    return Installation(
        settings.database_admin_url.get_secret_value(),
        settings.database_url.get_secret_value(),
        build_storage(settings),
        settings.secret_keys,
    )


def _step(title: str, text: str) -> None:
    _line(f"  {title:<14}{text}")


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
