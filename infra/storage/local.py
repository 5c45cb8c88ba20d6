"""Objects as files of one folder: what the product uses when no bucket is configured."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from infra.storage.store import NotStored, StorageUnavailable

T = TypeVar("T")

# No part can be `.` or `..`, hidden, absolute, or a temporary file of ours.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*")


class LocalStore:
    """Files below `folder`, which is made when it is first needed. Only the user of the process can read them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """See `ObjectStore`. The content type is not kept: whoever stores something knows it."""
        path = self._path(key)
        await _in_thread(lambda: _write(self._folder, path, data))

    async def get(self, key: str) -> bytes:
        return await _in_thread(lambda: _read(self._path(key)))

    async def delete(self, key: str) -> None:
        await _in_thread(lambda: _remove(self._path(key)))

    async def list(self) -> AsyncIterator[str]:
        for key in await _in_thread(lambda: _keys(self._folder)):
            yield key

    async def check(self) -> None:
        await _in_thread(lambda: _require_writable(self._folder))

    async def aclose(self) -> None:
        """Files need no closing."""

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a key of the store is made of letters, digits, hyphens and slashes")
        return self._folder / key


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise StorageUnavailable(f"the folder of the files: {error.strerror}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotStored(path.name) from None


def _keys(folder: Path) -> tuple[str, ...]:
    """What has a key, which no temporary file of ours has."""
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(key for key in files if _KEY.fullmatch(key)))


def _make(folder: Path) -> None:
    """The mode counts for the folder itself: what lies below needs none of its own."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _write(folder: Path, path: Path, data: bytes) -> None:
    """Beside the target first: a crash leaves the old file or the new one, never half of it."""
    _make(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{uuid4().hex}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # another variant lies in it, or it is gone already
        path.parent.rmdir()


def _require_writable(folder: Path) -> None:
    _make(folder)
    probe = folder / f".{uuid4().hex}"
    probe.touch(mode=0o600)
    probe.unlink()
