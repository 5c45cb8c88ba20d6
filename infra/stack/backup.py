"""Backup and restore of the embedded stack: of one that runs, and of one that is stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from infra.backup.archive import Archive
from infra.backup.create import create_backup
from infra.backup.errors import BackupError
from infra.backup.installation import Installation
from infra.backup.manifest import Manifest
from infra.backup.restore import require_keys, require_known_schema, restore_backup
from infra.backup.telling import tell_made, tell_restored
from infra.stack.configuration import Backends, StackSettings
from infra.stack.layout import StateFolder
from infra.stack.ports import PortUse, require_free
from infra.stack.postgres import EmbeddedPostgres
from infra.stack.secrets_file import StackSecrets, keep_keys, load_or_make
from infra.stack.terminal import Terminal
from infra.storage.factory import build_storage


async def backup(settings: StackSettings, terminal: Terminal, target: Path | None) -> Manifest:
    """Write an archive, by default under a name of its own in `backups/`. Raises StackError, BackupError."""
    state = StateFolder.at(settings.state_dir)
    if settings.database_url is None and not state.postgres.exists():
        raise BackupError("nothing_there", f"There is no stack in {state.root}: nothing to back up.")
    target = target or Path("backups") / f"resolutionflow-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
    async with _installation(settings, state, may_run=True) as installation:
        manifest = await create_backup(installation, target, terminal.step)
    tell_made(manifest, target, terminal.line)
    return manifest


async def restore(
    settings: StackSettings, terminal: Terminal, source: Path, confirm: Callable[[str], bool]
) -> None:
    """Put an archive into the state folder, which is made when it is not there. Raises StackError, BackupError."""
    terminal.step("Archive", f"reading {source}")
    archive = await asyncio.to_thread(Archive.open, source)
    state = StateFolder.at(settings.state_dir)
    # Before anything is made: a folder with keys of its own could never take this archive.
    require_known_schema(archive.manifest)
    require_keys(archive.manifest, _known_keys(settings, state))

    async def forget_workflows() -> None:
        shutil.rmtree(state.temporal, ignore_errors=True)

    async with _installation(settings, state, may_run=False) as installation:
        await restore_backup(
            installation, archive, terminal.step, confirm=confirm, forget_workflows=forget_workflows
        )
    tell_restored(archive.manifest, terminal.line)


def _known_keys(settings: StackSettings, state: StateFolder) -> list[SecretStr]:
    """The configured keys, else those of the folder, if it has any."""
    if settings.secret_keys or not state.secrets.exists():
        return settings.secret_keys
    return _split(load_or_make(state.secrets, existing_state=True))


def _split(secrets: StackSecrets) -> list[SecretStr]:
    return [SecretStr(key) for key in secrets.secret_keys.split(",")]


@asynccontextmanager
async def _installation(
    settings: StackSettings, state: StateFolder, *, may_run: bool
) -> AsyncIterator[Installation]:
    """What the stack works on. Its PostgreSQL is started when it does not run, and stopped again."""
    Backends.of(settings, os.environ)  # refuses half of a configured database
    state.prepare()
    # The first start must not make other keys than those that the archive was opened with.
    keep_keys(state.secrets, settings.secret_keys)
    secrets = load_or_make(state.secrets, existing_state=state.postgres.exists())
    server = EmbeddedPostgres(
        state.postgres, settings.postgres_port, secrets.postgres, log_path=state.log("postgres")
    )
    storage = build_storage(settings)
    keys = settings.secret_keys or _split(secrets)
    try:
        if settings.database_url is not None and settings.database_admin_url is not None:
            urls = (settings.database_admin_url, settings.database_url)
            admin_url, app_url = (url.get_secret_value() for url in urls)
            with state.unused(may_run=may_run):
                yield Installation(admin_url, app_url, storage, keys)
            return
        with state.unused(may_run=may_run) as is_ours:
            if is_ours:
                require_free([PortUse("PostgreSQL", settings.postgres_port, "RESOLUTIONFLOW_POSTGRES_PORT")])
                await server.start()
            try:
                yield Installation(server.admin_url(), server.app_url(), storage, keys)
            finally:
                if is_ours:
                    await server.stop()
    finally:
        await storage.aclose()
