"""The state folder: what lies where, and that only one stack uses it at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.stack.errors import StackError

MARK = "This folder holds the data of one ResolutionFlow stack. `make reset` deletes it.\n"


@dataclass(frozen=True)
class StateFolder:
    """Paths inside the state folder, absolute."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> StateFolder:
        return cls(path.expanduser().absolute())

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def temporal(self) -> Path:
        return self.root / "temporal"

    @property
    def simulator(self) -> Path:
        return self.root / "connectwise.json"

    @property
    def mark(self) -> Path:
        return self.root / "README"

    def log(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    def prepare(self) -> None:
        """Makes the folder. Raises StackError `state_dir_unusable`."""
        try:
            (self.root / "logs").mkdir(parents=True, exist_ok=True)
            self.mark.write_text(MARK)
        except OSError as error:
            raise StackError(
                "state_dir_unusable",
                f"The state folder {self.root} cannot be written ({error.strerror}): "
                "make it writable or set RESOLUTIONFLOW_STATE_DIR.",
            ) from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for this process; the system lets go of it however the process ends.

        Raises StackError `state_dir_in_use`, naming the process that holds it.
        """
        with (self.root / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise StackError(
                    "state_dir_in_use",
                    f"Another stack (process {lock.read().strip() or 'unknown'}) uses {self.root}. "
                    "Stop it, or set RESOLUTIONFLOW_STATE_DIR and the ports for a second one.",
                ) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield

    @contextlib.contextmanager
    def unused(self, *, may_run: bool) -> Iterator[bool]:
        """Holds the folder like `locked` and answers True; with `may_run`, False while a stack runs in it."""
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(self.locked())
            except StackError:
                if not may_run:
                    raise
                yield False
                return
            yield True

    def require_own(self) -> None:
        """Raises StackError `state_dir_foreign` for a folder that no stack has made."""
        if not self.mark.is_file() or self.mark.read_text() != MARK:
            raise StackError(
                "state_dir_foreign",
                f"{self.root} was not made by a stack, so it is not deleted: check RESOLUTIONFLOW_STATE_DIR.",
            )

    def delete(self) -> None:
        """Removes the folder and everything in it. Raises StackError `state_dir_foreign`."""
        self.require_own()
        shutil.rmtree(self.root)
