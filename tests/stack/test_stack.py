"""The whole stack as a person runs it, with stand-ins for our own processes: it comes up, stays up and goes away."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from infra.stack.ports import free_ports
from tests.stack.waiting import until

PROJECT = Path(__file__).parents[2]
PORTS = ("PORT", "POSTGRES_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "SIMULATOR_PORT")


class Stack:
    """One `python -m …` of the stack with its own ports and state folder."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.screen = b""
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.seen: set[psutil.Process] = set()

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    def environment(self) -> dict[str, str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("RESOLUTIONFLOW_", "DATABASE_", "TEMPORAL_"))
        }
        ours = {f"RESOLUTIONFLOW_{name}": str(port) for name, port in self.ports.items()}
        return {**kept, **ours, "RESOLUTIONFLOW_STATE_DIR": str(self.state), "PYTHONPATH": str(PROJECT)}

    async def start(self, **variables: str) -> None:
        # From an empty folder: the `.env` of the clone is the person's, not the test's.
        self.state.parent.mkdir(exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.stack.stand_ins",
            cwd=self.state.parent,
            env={**self.environment(), **variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := await self.process.stdout.read(4096):
            self.screen += chunk

    def text(self) -> str:
        return self.screen.decode()

    async def until_text(self, pattern: str) -> str:
        def found() -> re.Match[str] | None:
            if self.process.returncode is not None and not re.search(pattern, self.text()):
                raise AssertionError(f"ended without {pattern!r}:\n{self.text()}")
            return re.search(pattern, self.text())

        try:
            match = await until(found, f"{pattern!r} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.text()}") from None
        assert match is not None
        return match[0]

    async def up(self, **variables: str) -> None:
        await self.start(**variables)
        await self.until_text("Ctrl-C stops everything")
        self.remember()

    def remember(self) -> None:
        """Takes note of every process below the supervisor, to see later that none is left."""
        self.seen |= set(psutil.Process(self.process.pid).children(recursive=True))

    def child(self, word: str) -> psutil.Process:
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):  # one that ended just now
                if any(word in part for part in child.cmdline()):
                    return child
        raise AssertionError(f"no child {word}; the screen:\n{self.text()}")

    async def ended(self) -> int:
        code = await self.process.wait()
        if self._reader is not None:
            await self._reader
        return code

    async def none_left(self) -> None:
        await until(lambda: not any(map(alive, self.seen)), "every process is gone")


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def end(stack: Stack) -> None:
    if stack.process.returncode is None:
        stack.process.kill()
    await stack.ended()
    await stack.none_left()


@asynccontextmanager
async def stack_in(state: Path) -> AsyncIterator[Stack]:
    stack = Stack(state)
    try:
        yield stack
    finally:
        await end(stack)


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with stack_in(tmp_path / "state") as stack:
        yield stack


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One stack that is up, for tests that leave it as they find it."""
    async with stack_in(tmp_path_factory.mktemp("running") / "state") as stack:
        await stack.up()
        yield stack


async def test_the_stack_comes_up_and_tells_where_and_how_to_log_in(running: Stack) -> None:
    screen = running.text()
    assert f"Open          http://127.0.0.1:{running.ports['PORT']}\n" in screen
    assert f"Temporal UI   http://127.0.0.1:{running.ports['TEMPORAL_UI_PORT']}\n" in screen
    for email in ("engineer@demo.example", "lead@demo.example", "admin@demo.example"):
        assert email in screen
    for title in ("PostgreSQL", "Temporal", "Simulator", "Migrations", "Demo data", "Worker", "API"):
        assert re.search(rf"^  {title} .*\d\.\d s$", screen, re.MULTILINE), title


async def test_a_second_stack_on_the_same_state_is_refused(running: Stack) -> None:
    async with stack_in(running.state) as second:
        await second.start()
        assert await second.ended() == 1
        assert f"Error (state_dir_in_use): Another stack (process {running.process.pid})" in second.text()


async def test_a_taken_port_stops_the_start_with_port_and_holder(running: Stack, tmp_path: Path) -> None:
    async with stack_in(tmp_path / "state") as second:
        port = running.ports["TEMPORAL_PORT"]
        await second.start(RESOLUTIONFLOW_TEMPORAL_PORT=str(port))
        assert await second.ended() == 1
        holder = running.child("start-dev").pid
        assert f"Error (port_taken): Port {port} for Temporal is held by process {holder} (" in second.text()


async def test_two_stacks_run_side_by_side_and_the_demo_can_be_left_out(
    running: Stack, tmp_path: Path
) -> None:
    async with stack_in(tmp_path / "state") as second:
        await second.up(RESOLUTIONFLOW_DEMO="0")
        assert "Simulator" not in second.text()
        assert "demo.example" not in second.text()
        assert running.process.returncode is None


@pytest.mark.parametrize("word", ["stand_ins.worker", "stand_ins.api", "postgres", "start-dev"])
async def test_a_killed_child_comes_back(running: Stack, word: str) -> None:
    running.screen = b""
    killed = running.child(word)
    killed.kill()
    await running.until_text("up again: ")
    assert running.child(word).pid != killed.pid
    assert "was ended by SIGKILL; starting it again in 0.5 s" in running.text()
    running.remember()


async def test_every_kind_of_stop_ends_every_process_in_reverse_order_and_keeps_the_state(
    stack: Stack,
) -> None:
    passwords = set()
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        stack.screen = b""
        await stack.up()
        passwords.add(await stack.until_text(r"Password +\S+"))
        stack.process.send_signal(stop)
        assert await stack.ended() == 0
        await stack.none_left()
        titles = re.findall(r"^  (\w+) +stopped", stack.text(), re.MULTILINE)
        assert set(titles[:2]) == {"API", "Worker"}
        assert set(titles[2:]) == {"PostgreSQL", "Temporal", "Simulator"}
    assert len(passwords) == 1


async def test_a_killed_supervisor_leaves_no_process(stack: Stack) -> None:
    await stack.up()
    assert len(stack.seen) > 5
    stack.process.kill()
    await stack.ended()
    await stack.none_left()


async def test_wrong_configuration_ends_before_anything_starts(stack: Stack) -> None:
    await stack.start(RESOLUTIONFLOW_ENV="production")
    assert await stack.ended() == 2
    assert "RESOLUTIONFLOW_DEMO must be 0 when RESOLUTIONFLOW_ENV is production" in stack.text()
    assert not stack.state.exists()


async def test_one_database_url_alone_is_told(stack: Stack) -> None:
    await stack.start(DATABASE_URL="postgresql+asyncpg://u:p@127.0.0.1/d")
    assert await stack.ended() == 1
    assert "Error (database_urls): Set both DATABASE_URL and DATABASE_ADMIN_URL" in stack.text()


async def test_a_worker_in_a_container_can_tell_whether_it_is_alive(running: Stack) -> None:
    environment = {**running.environment(), "TEMPORAL_ADDRESS": f"127.0.0.1:{running.ports['TEMPORAL_PORT']}"}
    codes = {}
    for queue in ("sessions", "a-queue-without-workers"):
        check = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.container.worker_health", queue, env=environment
        )
        codes[queue] = await check.wait()
    assert codes == {"sessions": 0, "a-queue-without-workers": 1}
