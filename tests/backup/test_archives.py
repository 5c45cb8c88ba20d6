"""Archives: whole or not there, refused where they cannot be read, and what they replace is lost only after a yes."""

from __future__ import annotations

import asyncio
import io
import json
import stat
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.vocabulary import ArtifactKind, SpinOffState, WritebackState, WritebackStep
from infra.backup import archive as archives
from infra.backup import create, postgres_tools
from infra.backup.archive import Archive
from infra.backup.create import create_backup
from infra.backup.errors import BackupError
from infra.backup.installation import Installation
from infra.backup.manifest import Manifest, key_id
from infra.backup.restore import restore_backup
from infra.database.connection import Database
from infra.database.migrate import downgrade
from infra.database.models import Session, SpinOffTicket, Writeback
from infra.database.schema import HEAD, REVISIONS
from infra.storage.local import LocalStore
from tests.backup.conftest import NEW_KEY, OLD_KEY, Filled
from tests.database.conftest import Scratch
from tests.database.test_migrations import drift
from tests.support.rows import START, session_row, store


def silent(_title: str, _text: str) -> None:
    """Nobody reads it."""


def yes(_what: str) -> bool:
    return True


def never(what: str) -> bool:
    raise AssertionError(f"nobody is to be asked: {what}")


async def backup(filled: Filled, target: Path) -> Manifest:
    return await create_backup(filled.installation, target, silent)


async def restore(installation: Installation, source: Path, confirm: Callable[[str], bool] = never) -> None:
    await restore_backup(installation, Archive.open(source), silent, confirm=confirm)


async def fetch(url: str, statement: str) -> list[Any]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as db:
            found = await db.execute(sa.text(statement))
            return list(found.scalars()) if found.returns_rows else []
    finally:
        await engine.dispose()


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def refusal(code: str, *parts: str) -> Iterator[None]:
    with pytest.raises(BackupError) as caught:
        yield
    assert caught.value.code == code, caught.value.message
    for part in parts:
        assert part in caught.value.message


@pytest.fixture
async def made(filled: Filled, tmp_path: Path) -> Path:
    target = tmp_path / "made" / "backup.tar"
    await backup(filled, target)
    return target


def rewrite(source: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The archive with other contents; None leaves a member out."""
    with tarfile.open(source) as old:
        members = [(entry.name, old.extractfile(entry).read()) for entry in old]  # type: ignore[union-attr]
    with tarfile.open(source, "w") as new:
        for name, content in members:
            changed = change(name, content)
            if changed is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(changed)
                new.addfile(entry, io.BytesIO(changed))


def manifest_with(**values: Any) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        return json.dumps(json.loads(content) | values).encode() if name == archives.MANIFEST else content

    return change


async def test_what_was_restored_is_what_was_there(filled: Filled, empty: Installation, made: Path) -> None:
    await restore(empty, made)
    for table, rows in Archive.open(made).manifest.tables.items():
        assert await fetch(empty.admin_url, f"SELECT count(*) FROM {table}") == [rows], table  # noqa: S608
    assert await empty.storage.get(filled.file_key) == b"the file"
    assert await drift(Scratch("", empty.admin_url, empty.app_url)) == []
    database = Database(empty.app_url, pool_size=1)
    async with database.tenant(filled.tenant.account_id) as db:
        titles = list((await db.execute(sa.select(Session.title))).scalars())
    assert titles == ["Printer"], "the restricted role reads its account"
    async with database.without_tenant() as db:
        assert (await db.execute(sa.select(Session.title))).all() == [], "and nothing without one"
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.without_tenant() as db:
            await db.execute(
                sa.text("INSERT INTO facts SELECT (facts).* FROM (SELECT NULL::facts AS facts) x")
            )
    await database.aclose()


async def test_an_archive_tells_what_it_holds_and_no_secret(filled: Filled, made: Path) -> None:
    manifest = Archive.open(made).manifest
    assert manifest.revision == HEAD
    assert manifest.key_ids == (key_id(OLD_KEY),)
    assert manifest.tables["sessions"] == 1
    assert f"objects/{filled.file_key}" in manifest.members
    assert manifest.missing == ()
    assert mode_of(made) == 0o600
    assert OLD_KEY.get_secret_value().encode() not in content_of(made)
    assert "password" not in manifest.model_dump_json()


async def test_an_existing_file_is_not_replaced(filled: Filled, made: Path) -> None:
    before = content_of(made)
    with refusal("file_exists", str(made)):
        await backup(filled, made)
    assert content_of(made) == before


async def test_a_backup_that_fails_leaves_nothing(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    monkeypatch.setattr(create, "dump", _fail)
    with refusal("dump_failed"):
        await backup(filled, folder / "backup.tar")
    assert list(folder.iterdir()) == []


async def _fail(*_arguments: object) -> None:
    raise BackupError("dump_failed", "pg_dump did not do it.")


async def test_what_changes_while_rows_are_written_is_not_in_the_archive(
    filled: Filled, tmp_path: Path, empty: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = postgres_tools.dump

    async def dump_later(url: str, snapshot: str, target: Path) -> None:
        await fetch(url, "UPDATE sessions SET title = 'Changed meanwhile'")
        await fetch(url, "DELETE FROM flows")
        await real(url, snapshot, target)

    monkeypatch.setattr(create, "dump", dump_later)
    target = tmp_path / "backup.tar"
    manifest = await backup(filled, target)
    assert manifest.tables["flows"] > 0
    await restore(empty, target)
    assert await fetch(empty.admin_url, "SELECT title FROM sessions") == ["Printer"]


async def test_a_file_that_a_session_names_and_the_store_lost_is_told(filled: Filled, tmp_path: Path) -> None:
    await filled.installation.storage.delete(filled.file_key)
    assert (await backup(filled, tmp_path / "backup.tar")).missing == (filled.file_key,)


async def test_a_file_that_the_list_did_not_tell_yet_is_fetched_by_its_name(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_store: LocalStore) -> AsyncIterator[str]:
        for key in tuple[str, ...]():
            yield key

    monkeypatch.setattr(LocalStore, "list", nothing)
    manifest = await backup(filled, tmp_path / "backup.tar")
    assert manifest.missing == ()
    assert f"objects/{filled.file_key}" in manifest.members


def _cut(source: Path) -> None:
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])


def _flip(source: Path) -> None:
    content = bytearray(source.read_bytes())
    place = content.index(b"the file")
    content[place] ^= 1
    source.write_bytes(bytes(content))


def _no_archive(source: Path) -> None:
    source.write_bytes(b"a letter to the editor" * 100)


DAMAGES: list[Callable[[Path], None]] = [
    _cut,
    _flip,
    _no_archive,
    lambda source: rewrite(source, lambda name, data: None if name == archives.MANIFEST else data),
    lambda source: rewrite(source, lambda name, data: None if name.startswith("objects/") else data),
    lambda source: rewrite(source, lambda name, data: b"{}" if name == archives.MANIFEST else data),
    lambda source: rewrite(source, manifest_with(tables={"users; DROP TABLE users": 1})),
]


async def test_a_damaged_archive_is_refused_before_anything_is_touched(made: Path) -> None:
    whole = content_of(made)
    for damage in DAMAGES:
        write(made, whole)
        Archive.open(made)
        damage(made)
        with refusal("archive_damaged", str(made)):
            Archive.open(made)
    with refusal("file_missing"):
        Archive.open(made.with_name("elsewhere.tar"))


async def test_an_archive_of_a_newer_version_is_refused(empty: Installation, made: Path) -> None:
    rewrite(made, manifest_with(revision="9999"))
    with refusal("archive_newer", "9999", HEAD):
        await restore(empty, made)
    rewrite(made, manifest_with(format=2))
    with refusal("archive_format", "format 2"):
        Archive.open(made)
    assert await fetch(empty.admin_url, "SELECT to_regclass('sessions')") == [None]


async def test_an_archive_of_an_older_version_is_migrated(
    filled: Filled, empty: Installation, tmp_path: Path
) -> None:
    await downgrade(filled.installation.admin_url, REVISIONS[-2])
    target = tmp_path / "older.tar"
    assert (await backup(filled, target)).revision == REVISIONS[-2]
    await restore(empty, target)
    assert await drift(Scratch("", empty.admin_url, empty.app_url)) == []
    assert await fetch(empty.admin_url, "SELECT title FROM sessions") == ["Printer"]


async def test_what_was_on_its_way_to_a_ticket_is_looked_for_before_it_is_done_again(
    filled: Filled, empty: Installation, tmp_path: Path
) -> None:
    """The snapshot was taken before the note was posted; by the time it is restored the note is on the ticket."""
    source = Database(filled.installation.app_url, filled.installation.admin_url, pool_size=1)
    running, without_time, ended = [session_row(filled.tenant, minute, "Printer") for minute in range(3)]
    common = {"account_id": filled.tenant.account_id, "kind": ArtifactKind.RESOLUTION_NOTE, "number": 1}
    written = {"markdown": "Done.", "text_hash": "0" * 64, "summary": "Done.", "ticket_id": "1"}
    by = {"confirmed_by": filled.tenant.user_id(), "started_at": START}
    spun_off = SpinOffTicket(
        id=uuid4(),
        account_id=filled.tenant.account_id,
        session_id=running.id,
        summary="Another",
        state=SpinOffState.RUNNING,
        created_by=filled.tenant.user_id(),
        created_at=START,
    )
    on_its_way, untimed, there = [
        Writeback(
            id=uuid4(), session_id=of, state=state, step=step, time_minutes=time, **common, **written, **by
        )
        for of, state, step, time in (
            (running.id, WritebackState.RUNNING, WritebackStep.POST_NOTE, 15),
            (without_time.id, WritebackState.RUNNING, WritebackStep.POST_NOTE, None),
            (ended.id, WritebackState.FAILED, WritebackStep.POST_NOTE, 15),
        )
    ]
    await store(source, running, without_time, ended, on_its_way, untimed, there, spun_off)
    await source.aclose()
    made = tmp_path / "busy.tar"
    await backup(filled, made)
    await restore(empty, made)
    database = Database(empty.app_url, empty.admin_url, pool_size=1)
    async with database.admin() as db:
        found = [await db.get_one(Writeback, one.id) for one in (on_its_way, untimed, there)]
        assert [(one.post_attempted_at, one.time_attempted_at) for one in found] == [
            (START, START),
            (START, None),
            (None, None),
        ]
        assert (await db.get_one(SpinOffTicket, spun_off.id)).attempted_at == START
    await database.aclose()


async def test_without_its_keys_an_archive_is_refused_naming_them(empty: Installation, made: Path) -> None:
    with refusal("keys_missing", key_id(OLD_KEY), key_id(NEW_KEY), "RESOLUTIONFLOW_SECRET_KEYS"):
        await restore(replace(empty, secret_keys=[NEW_KEY]), made)
    assert await fetch(empty.admin_url, "SELECT to_regclass('sessions')") == [None]
    assert [key async for key in empty.storage.list()] == []


async def test_data_that_is_there_is_replaced_only_after_a_yes_and_then_whole(
    filled: Filled, made: Path
) -> None:
    target = filled.installation
    await fetch(target.admin_url, "UPDATE sessions SET title = 'Later'")
    await target.storage.put("later/file", b"x", "text/plain")
    with refusal("not_confirmed"):
        await restore(target, made, lambda _what: False)
    assert await fetch(target.admin_url, "SELECT title FROM sessions") == ["Later"]
    await restore(target, made, yes)
    assert await fetch(target.admin_url, "SELECT title FROM sessions") == ["Printer"]
    assert [key async for key in target.storage.list()] == [filled.file_key]


async def test_a_restore_that_fails_leaves_everything_as_it_was(filled: Filled, made: Path) -> None:
    target = filled.installation
    await fetch(target.admin_url, "UPDATE sessions SET title = 'Later'")
    await target.storage.put("later/file", b"x", "text/plain")
    rewrite(made, manifest_with(tables={"sessions": 2}))
    with refusal("restore_failed", "rows of sessions are missing"):
        await restore(target, made, yes)
    assert await fetch(target.admin_url, "SELECT title FROM sessions") == ["Later"]
    assert await target.storage.get("later/file") == b"x"


async def test_nothing_is_restored_under_a_running_api(filled: Filled, made: Path) -> None:
    database = Database(filled.installation.app_url, pool_size=1)
    async with database.without_tenant():
        with refusal("installation_running"):
            await restore(filled.installation, made, yes)
    await database.aclose()


async def test_two_backups_at_once_do_not_disturb_each_other(filled: Filled, tmp_path: Path) -> None:
    targets = [tmp_path / f"{number}.tar" for number in range(2)]
    await asyncio.gather(*(backup(filled, target) for target in targets))
    for target in targets:
        Archive.open(target)


async def test_a_database_that_is_away_is_told(filled: Filled, tmp_path: Path) -> None:
    away = replace(filled.installation, admin_url=filled.installation.admin_url.replace("owner-of", "not-of"))
    with refusal("database_unavailable"):
        await create_backup(away, tmp_path / "backup.tar", silent)


async def test_an_empty_database_has_nothing_to_back_up(empty: Installation, tmp_path: Path) -> None:
    with refusal("no_schema"):
        await create_backup(empty, tmp_path / "backup.tar", silent)
