"""A child process runs apart from the terminal, cannot outlive its parent, and is stopped for certain."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from infra.stack.errors import StackError
from infra.stack.process import MAX_LOG_BYTES, Child, ChildSpec, describe_exit, rotate_log, run_to_end
from infra.stack.system_user import server_user
from tests.stack.waiting import until

ENDLESS = "import signal; print('waiting', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + ENDLESS
PARENT = """
import asyncio, sys
from pathlib import Path
from infra.stack.process import Child, ChildSpec

async def main():
    child = Child(ChildSpec("child", (sys.executable, "-c", sys.argv[1]), Path(sys.argv[2])))
    await child.start()
    print(child.pid, flush=True)
    await child.wait()

asyncio.run(main())
"""


def python(code: str, folder: Path, *, stop_timeout: float = 15.0) -> ChildSpec:
    return ChildSpec("child", (sys.executable, "-c", code), folder / "child.log", stop_timeout=stop_timeout)


async def waiting(spec: ChildSpec) -> Child:
    child = Child(spec)
    await child.start()
    await until(lambda: "waiting" in child.tail(), "the child runs")
    return child


async def test_a_child_writes_to_its_log_and_has_a_session_of_its_own(tmp_path: Path) -> None:
    child = await waiting(python(ENDLESS, tmp_path))
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    await child.stop()


async def test_stop_asks_first(tmp_path: Path) -> None:
    child = await waiting(python(ENDLESS, tmp_path))
    await child.stop()
    assert await child.wait() == -signal.SIGTERM


async def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    child = await waiting(python(STUBBORN, tmp_path, stop_timeout=0.1))
    await child.stop()
    assert await child.wait() == -signal.SIGKILL


async def test_stop_takes_what_the_child_left_in_its_group(tmp_path: Path) -> None:
    start = f"subprocess.Popen([sys.executable, '-c', {STUBBORN!r}])"
    family = f"import subprocess, sys; print('pid', {start}.pid)"
    child = Child(python(family, tmp_path))
    await child.start()
    await child.wait()
    left = psutil.Process(int(child.tail().partition("pid ")[2].split()[0]))
    await child.stop()
    await until(lambda: not left.is_running() or left.status() == psutil.STATUS_ZOMBIE, "the grandchild ends")


async def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, STUBBORN, tmp_path / "child.log", stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    await until(lambda: "waiting" in (tmp_path / "child.log").read_text(), "the child runs")
    parent.kill()
    await parent.wait()
    await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child dies")


async def test_a_child_can_run_as_another_user(tmp_path: Path) -> None:
    spec = ChildSpec("whoami", ("id", "-un"), tmp_path / "log", cwd=Path("/"), user=server_user())
    expected = server_user() or psutil.Process().username()
    assert (await run_to_end(spec, timeout=10)).strip() == expected


async def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError) as caught:
        await run_to_end(ChildSpec("tool", ("/no/such/tool",), tmp_path / "log"), timeout=10)
    assert caught.value.code == "command_failed"
    assert caught.value.message == "tool ended with exit code 127."
    assert caught.value.log_tail == "/no/such/tool cannot be run: No such file or directory"


async def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="did not end within 0 s") as caught:
        await run_to_end(python(ENDLESS, tmp_path), timeout=0.01)
    assert caught.value.code == "command_failed"


async def test_waiting_for_a_child_that_died_shows_its_last_words(tmp_path: Path) -> None:
    child = Child(python("print('first'); print('no luck'); raise SystemExit(3)", tmp_path))
    await child.start()

    async def never() -> None:
        return None

    with pytest.raises(StackError) as caught:
        await child.until(never, timeout=60, what="It")
    assert (caught.value.code, caught.value.message) == (
        "child_died",
        "It ended with exit code 3 while starting.",
    )
    assert caught.value.log_tail == "first\nno luck"


async def test_waiting_for_a_child_that_never_gets_ready_ends(tmp_path: Path) -> None:
    child = await waiting(python(ENDLESS, tmp_path))

    async def never() -> None:
        return None

    with pytest.raises(StackError) as caught:
        await child.until(never, timeout=0.01, what="It")
    assert caught.value.code == "child_not_ready"
    await child.stop()


async def test_the_tail_is_of_this_start_only(tmp_path: Path) -> None:
    (tmp_path / "child.log").write_text("an earlier life\n")
    child = Child(python("print('now')", tmp_path))
    await child.start()
    await child.wait()
    assert child.tail() == "now"


def test_exits_are_described_in_words() -> None:
    assert describe_exit(0) == "ended with exit code 0"
    assert describe_exit(-9) == "was ended by SIGKILL"


def test_a_log_that_grew_long_is_put_aside_once(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    rotate_log(log)
    log.write_text("short")
    rotate_log(log)
    assert log.read_text() == "short"
    with log.open("wb") as file:
        file.truncate(MAX_LOG_BYTES + 1)
    rotate_log(log)
    assert not log.exists()
    assert (tmp_path / "api.1.log").stat().st_size == MAX_LOG_BYTES + 1
