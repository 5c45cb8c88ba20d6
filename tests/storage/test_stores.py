"""What every object store promises, held against each kind of it."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest

from infra.config import Settings
from infra.stack.ports import free_port
from infra.storage import s3
from infra.storage.factory import build_storage
from infra.storage.local import LocalStore
from infra.storage.store import NotStored, ObjectStore, StorageUnavailable, UploadVariant, upload_key
from tests.storage.conftest import s3_settings


def new_key(variant: UploadVariant = UploadVariant.ORIGINAL) -> str:
    return upload_key(uuid4(), uuid4(), variant)


async def test_what_was_stored_is_read_again_byte_for_byte(store: ObjectStore) -> None:
    key, data = new_key(), os.urandom(300_000)
    await store.put(key, data, "image/png")
    assert await store.get(key) == data


async def test_an_empty_object_and_a_missing_one_are_told_apart(store: ObjectStore) -> None:
    key = new_key()
    with pytest.raises(NotStored):
        await store.get(key)
    await store.put(key, b"", "text/plain")
    assert await store.get(key) == b""


async def test_storing_again_replaces_and_deleting_twice_is_fine(store: ObjectStore) -> None:
    key, beside = new_key(), new_key()
    await store.put(key, b"first", "text/plain")
    await store.put(beside, b"beside", "text/plain")
    await store.put(key, b"second", "text/plain")
    assert await store.get(key) == b"second"
    for _ in range(2):
        await store.delete(key)
    with pytest.raises(NotStored):
        await store.get(key)
    assert await store.get(beside) == b"beside"


async def test_the_variants_of_an_upload_lie_beside_each_other(store: ObjectStore) -> None:
    account, upload = uuid4(), uuid4()
    keys = [upload_key(account, upload, variant) for variant in UploadVariant]
    assert keys == [f"accounts/{account}/uploads/{upload}/{name}" for name in ("original", "thumbnail")]
    for key in keys:
        await store.put(key, key.encode(), "text/plain")
    await store.delete(keys[0])
    assert await store.get(keys[1]) == keys[1].encode()


async def test_many_at_once_do_not_mix(store: ObjectStore) -> None:
    pairs = {new_key(): os.urandom(2_000) for _ in range(20)}
    await asyncio.gather(*(store.put(key, data, "image/png") for key, data in pairs.items()))
    assert await asyncio.gather(*(store.get(key) for key in pairs)) == list(pairs.values())


async def test_a_store_that_works_is_ready(store: ObjectStore) -> None:
    await store.check()


async def test_nothing_of_the_content_or_the_credentials_is_logged(
    store: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        key = new_key()
        await store.put(key, b"the words of a customer", "text/plain")
        await store.get(key)
    assert "the words of a customer" not in caplog.text
    assert "test-secret-of-the-store" not in caplog.text


@pytest.mark.parametrize(
    "key",
    [
        "../outside",
        "accounts/../../outside",
        "/etc/outside",
        "accounts//x",
        "accounts/./x",
        "accounts/.hidden",
        "accounts/a\\..\\b",
        "accounts/a\x00b",
        "accounts/x\n",
        "",
    ],
)
async def test_a_key_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    local = LocalStore(tmp_path / "folder")
    for attempt in (local.put(key, b"x", "text/plain"), local.get(key), local.delete(key)):
        with pytest.raises(ValueError, match="a key of the store"):
            await attempt
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - not blocking for long


async def test_files_are_for_the_owner_of_the_process_alone(tmp_path: Path) -> None:
    local = LocalStore(tmp_path / "state" / "uploads")
    key = new_key()
    await local.put(key, b"secret", "text/plain")
    path = tmp_path / "state" / "uploads" / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state" / "uploads").stat().st_mode) & 0o077 == 0
    assert [one.name for one in path.parent.iterdir()] == ["original"], "nothing half-written stays beside it"


async def test_a_file_that_cannot_be_finished_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalStore(tmp_path)
    key = new_key()
    await local.put(key, b"the old one", "text/plain")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable, match="No space left"):
        await local.put(key, b"the new one", "text/plain")
    assert await local.get(key) == b"the old one"
    assert [one.name for one in (tmp_path / key).parent.iterdir()] == ["original"]


async def test_deleting_the_last_variant_leaves_no_empty_folder(tmp_path: Path) -> None:
    local = LocalStore(tmp_path)
    key = new_key()
    await local.put(key, b"x", "text/plain")
    await local.delete(key)
    assert not (tmp_path / key).parent.exists()


async def test_a_folder_that_cannot_be_written_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    local = build_storage(Settings(_env_file=None, state_dir=tmp_path / "state"))
    with pytest.raises(StorageUnavailable):
        await local.check()
    with pytest.raises(StorageUnavailable):
        await local.put(new_key(), b"x", "text/plain")


async def test_a_bucket_that_is_missing_is_not_ready_and_is_not_a_missing_object(s3_url: str) -> None:
    missing = build_storage(s3_settings(s3_url, "no-such-bucket"))
    with pytest.raises(StorageUnavailable, match="no-such-bucket"):
        await missing.check()
    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        await missing.get(new_key())
    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        await missing.put(new_key(), b"x", "text/plain")
    await missing.aclose()


async def test_a_store_that_is_away_says_so_without_its_credentials() -> None:
    away = build_storage(s3_settings(f"http://127.0.0.1:{free_port()}", "bucket"))
    for attempt in (away.check(), away.get(new_key()), away.put(new_key(), b"x", "text/plain")):
        with pytest.raises(StorageUnavailable) as caught:
            await attempt
        assert "test-secret-of-the-store" not in str(caught.value)
    await away.aclose()


async def test_only_the_client_library_tries_again_and_at_most_three_times() -> None:
    asked = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        writer.write(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    busy = build_storage(s3_settings(f"http://127.0.0.1:{port}", "bucket"))
    with pytest.raises(StorageUnavailable):
        await busy.get(new_key())
    assert asked == 3
    await busy.aclose()
    server.close()


async def test_every_key_can_be_listed_and_nothing_else(store: ObjectStore, tmp_path: Path) -> None:
    assert [key async for key in store.list()] == []
    keys = {new_key(variant) for variant in UploadVariant for _ in range(3)} | {"payloads/0123-abc"}
    for key in keys:
        await store.put(key, b"x", "text/plain")
    if isinstance(store, LocalStore):
        (tmp_path / "state" / "uploads" / "accounts" / ".half-written").touch()
    listed = [key async for key in store.list()]
    assert sorted(listed) == sorted(keys)
    gone = keys.pop()
    await store.delete(gone)
    assert {key async for key in store.list()} == keys


async def test_a_long_list_of_a_bucket_comes_in_pages(
    s3_url: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "KEYS_A_PAGE", 2)
    paged = build_storage(s3_settings(s3_url, bucket))
    keys = [f"payloads/{number}" for number in range(5)]
    for key in keys:
        await paged.put(key, b"x", "text/plain")
    assert [key async for key in paged.list()] == keys
    await paged.aclose()


async def test_a_store_that_is_away_has_no_list() -> None:
    away = build_storage(s3_settings(f"http://127.0.0.1:{free_port()}", "bucket"))
    with pytest.raises(StorageUnavailable):
        _ = [key async for key in away.list()]
    await away.aclose()
