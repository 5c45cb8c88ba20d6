"""The archive: one tar file with the database, every file of the object store, and the manifest at its end."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from infra.backup.errors import BackupError
from infra.backup.manifest import FORMAT, FormatOnly, Manifest, Member

DATABASE = "database.dump"
OBJECTS = "objects/"
MANIFEST = "manifest.json"
_CHUNK = 1024 * 1024
# What a damaged archive makes the library raise.
_BROKEN = (tarfile.TarError, EOFError, OverflowError, UnicodeDecodeError, ValueError)


class ArchiveWriter:
    """Adds members and remembers their checksums. Only the user of the process can read the file."""

    def __init__(self, stream: IO[bytes], workshop: Path) -> None:
        self._tar = tarfile.TarFile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)
        self.workshop = workshop
        """A folder beside the archive, deleted with all that is in it at the end."""
        self.members: dict[str, Member] = {}

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as content:
            self._add(name, content, path.stat().st_size)

    def add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> None:
        """Nothing can be added after it."""
        self.add_bytes(MANIFEST, manifest.model_dump_json(indent=1).encode())
        self._tar.close()

    def _add(self, name: str, content: IO[bytes], size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size = size
        entry.mode = 0o600
        summed = _Summed(content)
        self._tar.addfile(entry, summed)
        self.members[name] = Member(size=size, sha256=summed.sha256.hexdigest())


class _Summed:
    """Content whose checksum is taken while it is read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        self.sha256.update(chunk)
        return chunk


@contextmanager
def new_archive(target: Path) -> Iterator[ArchiveWriter]:
    """Write an archive under another name first: `target` is there when it is whole, and never half of it.

    Raises BackupError `file_exists`, `file_unwritable`.
    """
    _require_new(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        unfinished = workshop / "archive"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            yield ArchiveWriter(stream, workshop)
            stream.flush()
            os.fsync(stream.fileno())
        _require_new(target)
        unfinished.rename(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _require_new(target: Path) -> None:
    if target.exists():
        raise BackupError("file_exists", f"{target} is there already and is not replaced: name another file.")


def _unwritable(target: Path, error: OSError) -> BackupError:
    return BackupError("file_unwritable", f"{target} cannot be written ({error.strerror}).")


def _sync_folder(folder: Path) -> None:
    """The new name must survive a power loss too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Archive:
    """An archive that was read through once: every byte of it is as its manifest says."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: Path, progress: Callable[[int], None] = lambda _count: None) -> Archive:
        """Raises BackupError `file_missing`, `archive_damaged`, `archive_format`."""
        found: dict[str, Member] = {}
        manifest: Manifest | None = None
        try:
            with tarfile.open(path, "r:") as tar:
                for entry in tar:
                    content = tar.extractfile(entry) if entry.isfile() else None
                    if content is None or manifest is not None or entry.name in found:
                        raise _damaged(path, f"{entry.name!r} does not belong there")
                    if entry.name == MANIFEST:
                        manifest = _read_manifest(path, content.read())
                    else:
                        found[entry.name] = _measure(content)
                        progress(len(found))
        except FileNotFoundError:
            raise BackupError("file_missing", f"There is no file {path}.") from None
        except OSError as error:
            raise BackupError("file_unreadable", f"{path} cannot be read ({error.strerror}).") from error
        except _BROKEN as error:
            raise _damaged(path, f"it cannot be read through: {error}") from error
        if manifest is None:
            raise _damaged(path, "its end is missing")
        for name in sorted(found.keys() | manifest.members.keys()):
            if found.get(name) != manifest.members.get(name):
                raise _damaged(path, f"{name} is not what was put into it")
        if DATABASE not in found:
            raise _damaged(path, "it holds no database")
        return cls(path, manifest)

    def extract_database(self, target: Path) -> None:
        """Write the dump to a new file for this user alone."""
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out, tarfile.open(self.path, "r:") as tar:
            content = tar.extractfile(DATABASE)
            if content is None:
                raise _damaged(self.path, "it holds no database")
            shutil.copyfileobj(content, out, _CHUNK)

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """Key and bytes of every file of the object store."""
        with tarfile.open(self.path, "r:") as tar:
            for entry in tar:
                if entry.name.startswith(OBJECTS) and (content := tar.extractfile(entry)) is not None:
                    yield entry.name.removeprefix(OBJECTS), content.read()


def _read_manifest(path: Path, content: bytes) -> Manifest:
    try:
        made_for = FormatOnly.model_validate_json(content).format
        if made_for == FORMAT:
            return Manifest.model_validate_json(content)
    except ValidationError:
        raise _damaged(path, "its manifest cannot be read") from None
    raise BackupError(
        "archive_format",
        f"{path} has format {made_for}, and this version reads format {FORMAT}: restore it with the version that "
        "made it.",
    )


def _measure(content: IO[bytes]) -> Member:
    sha256, size = hashlib.sha256(), 0
    while chunk := content.read(_CHUNK):
        sha256.update(chunk)
        size += len(chunk)
    return Member(size=size, sha256=sha256.hexdigest())


def _damaged(path: Path, why: str) -> BackupError:
    return BackupError(
        "archive_damaged",
        f"{path} is damaged or not a backup ({why}). Nothing was restored; use another one.",
    )
