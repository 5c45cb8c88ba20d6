"""PostgreSQL refuses to run as root: give it a system user that can reach its folders, and nothing else."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.stack.errors import StackError

SERVER_USER = "pgserver"


def server_user() -> str | None:
    """The user PostgreSQL runs as: None (this one) unless we are root; then `pgserver`, made when missing.

    Raises StackError `server_user_missing` when it can neither be found nor made.
    """
    if os.geteuid() != 0:
        return None
    with _one_at_a_time():
        if not _exists(SERVER_USER) and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")):
            subprocess.run(
                [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER],
                check=False,
                capture_output=True,
            )
    if _exists(SERVER_USER):
        return SERVER_USER
    raise StackError(
        "server_user_missing",
        f"PostgreSQL refuses to run as root and the system user {SERVER_USER!r} could not be made. "
        f"Make it (useradd --system {SERVER_USER}) or run as another user.",
    )


def own(path: Path, user: str | None) -> None:
    """Hands a file or empty folder to the server's user."""
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def open_way_to(path: Path, user: str | None) -> list[Path]:
    """Lets the server's user pass through every folder above `path`; returns the folders that were opened.

    Only the right to pass is given, never the right to list: what lies there stays as private as its own mode
    says.
    """
    if user is None:
        return []
    opened = []
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH and folder.stat().st_uid != pwd.getpwnam(user).pw_uid:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            opened.append(folder)
    return opened


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two stacks that start together must not both add the user."""
    lock = Path(tempfile.gettempdir()) / "resolutionflow-useradd.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
