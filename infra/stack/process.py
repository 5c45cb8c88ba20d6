"""One child process: started in its own session, tied to the life of this process, stopped for certain."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.stack.errors import StackError

GUARD = Path(__file__).with_name("guard.py")
POLL_SECONDS = 0.05
MAX_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class ChildSpec:
    """How to run one process. `env` replaces the environment when given; times are seconds."""

    name: str
    command: tuple[str, ...]
    log_path: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    stop_timeout: float = 15.0


class Child:
    """A running (or ended) process of a spec.

    Start it from the main thread: on Linux it dies with the thread.
    """

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self._process: asyncio.subprocess.Process | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.spec.name} has not been started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        spec = self.spec
        spec.log_path.parent.mkdir(parents=True, exist_ok=True)
        with spec.log_path.open("ab") as log:
            self._log_start = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(GUARD),
                str(os.getpid()),
                str(int(spec.death_signal)),
                spec.user or "-",
                *spec.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=spec.env,
                cwd=spec.cwd,
                start_new_session=True,
            )

    async def wait(self) -> int:
        """The exit code; negative is the signal that ended it."""
        if self._process is None:
            raise RuntimeError(f"{self.spec.name} has not been started")
        return await self._process.wait()

    async def stop(self) -> None:
        """Asks it to end, waits `stop_timeout`, then kills it and whatever it left in its process group."""
        if self._process is None:
            return
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self.spec.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self.spec.stop_timeout)
        await self.kill()

    async def kill(self) -> None:
        """Ends it and its process group at once."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    def tail(self, lines: int = 20) -> str:
        """The last lines it wrote to its log since this start."""
        return log_tail(self.spec.log_path, lines, self._log_start)

    async def until(self, probe: Callable[[], Awaitable[str | None]], *, timeout: float, what: str) -> str:
        """Polls `probe` until it returns a text, and returns the text.

        Raises StackError `child_died` when the process ends first, `child_not_ready` after `timeout` seconds.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            if not self.running:
                code = await self.wait()
                raise StackError("child_died", f"{what} {describe_exit(code)} while starting.", self.tail())
            if (answer := await probe()) is not None:
                return answer
            if asyncio.get_running_loop().time() > deadline:
                raise StackError(
                    "child_not_ready", f"{what} was not ready after {timeout:.0f} s.", self.tail()
                )
            await asyncio.sleep(POLL_SECONDS)


def describe_exit(code: int) -> str:
    """`ended with exit code 3`, or `was ended by SIGKILL`."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def log_tail(path: Path, lines: int, start: int = 0) -> str:
    """The last `lines` lines of a log after byte `start`; empty when there is no log."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(start, size - 64_000))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def rotate_log(path: Path) -> None:
    """Keeps one earlier log: a log that has grown too long becomes `<name>.1.log`."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_name(f"{path.stem}.1{path.suffix}"))


async def run_to_end(spec: ChildSpec, *, timeout: float) -> str:
    """Runs a command to its end and returns what it wrote to its log.

    Raises StackError `command_failed` for any exit code but 0 or when it takes longer than `timeout` seconds.
    """
    child = Child(spec)
    await child.start()
    try:
        code = await asyncio.wait_for(child.wait(), timeout)
    except TimeoutError:
        raise StackError(
            "command_failed", f"{spec.name} did not end within {timeout:.0f} s.", child.tail()
        ) from None
    finally:
        await child.kill()
    if code != 0:
        raise StackError("command_failed", f"{spec.name} {describe_exit(code)}.", child.tail())
    return child.tail(1000)
