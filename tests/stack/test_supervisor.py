"""The supervisor starts in dependency order, restarts what dies or gives up on it, and stops in reverse."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from infra.stack.errors import StackError
from infra.stack.process import Child, ChildSpec
from infra.stack.supervisor import RestartPolicy, Service, Supervisor
from infra.stack.terminal import Terminal
from tests.stack.waiting import until

ENDLESS = "import signal; print('serving', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + ENDLESS
QUICK = RestartPolicy(limit=3, first_delay=0.01, longest_delay=0.02)


class Yard:
    """Services whose processes are one-line Python programs, and a supervisor over them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.children: list[Child] = []
        self.screen = io.StringIO()

    def service(self, name: str, code: str, *needs: str, once: bool = False) -> Service:
        spec = ChildSpec(name, (sys.executable, "-c", code), self._folder / f"{name}.log")

        async def serving(child: Child) -> str:
            self.children.append(child)

            async def probe() -> str | None:
                return "here" if "serving" in child.tail() else None

            return await child.until(probe, timeout=60, what=name.title())

        return Service(name, name.title(), lambda: spec, None if once else serving, needs)

    @asynccontextmanager
    async def running(self, *services: Service) -> AsyncIterator[tuple[Supervisor, "asyncio.Task[None]"]]:
        ready = asyncio.Event()
        supervisor = Supervisor(services, Terminal(self.screen), policy=QUICK)
        task = asyncio.create_task(supervisor.run(ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        try:
            yield supervisor, task
        finally:
            if not task.done():
                supervisor.request_stop()
                await task
            assert not any(child.running for child in self.children)

    def lines(self, *words: str) -> list[str]:
        """What the screen says about these, as `title first-words`."""
        shown = [" ".join(line.split()) for line in self.screen.getvalue().splitlines()]
        return [line for line in shown if any(word in line for word in words)]

    def pid(self, name: str) -> int:
        return next(child.pid for child in reversed(self.children) if child.spec.name == name)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def first_words(lines: list[str]) -> list[str]:
    return [" ".join(line.split()[:2]) for line in lines]


async def test_services_start_in_the_order_of_their_needs_and_stop_in_reverse(yard: Yard) -> None:
    services = [
        yard.service("api", ENDLESS, "schema"),
        yard.service("schema", "print('made')", "database", once=True),
        yard.service("database", ENDLESS),
    ]
    async with yard.running(*services):
        assert first_words(yard.lines("here", "done")) == ["Database here", "Schema done", "Api here"]
    assert first_words(yard.lines("stopped")) == ["Api stopped", "Database stopped"]


async def test_what_depends_on_a_failed_step_never_starts(yard: Yard) -> None:
    services = [
        yard.service("schema", "print('no such table'); raise SystemExit(4)", once=True),
        yard.service("api", ENDLESS, "schema"),
    ]
    async with yard.running(*services) as (_, task):
        with pytest.raises(StackError) as caught:
            await task
    assert (caught.value.code, caught.value.message) == ("step_failed", "Schema ended with exit code 4.")
    assert caught.value.log_tail == "no such table"
    assert yard.children == []


async def test_a_service_that_dies_is_said_and_started_again(yard: Yard) -> None:
    async with yard.running(yard.service("api", ENDLESS), yard.service("worker", ENDLESS)):
        worker, api = yard.pid("worker"), yard.pid("api")
        os.kill(api, signal.SIGKILL)
        await until(lambda: yard.lines("up again"), "the api is back")
        assert yard.pid("api") != api
        assert yard.pid("worker") == worker
    assert yard.lines("was ended by")[0].startswith("Api was ended by SIGKILL; starting it again in")


async def test_a_service_that_keeps_dying_stops_everything_with_its_last_lines(yard: Yard) -> None:
    dying = "print('serving', flush=True); print('the disk is full'); raise SystemExit(1)"
    async with yard.running(yard.service("database", ENDLESS), yard.service("api", dying)) as (_, task):
        with pytest.raises(StackError) as caught:
            await task
    assert caught.value.code == "service_keeps_dying"
    assert caught.value.message.startswith("Api ended with exit code 1")
    assert caught.value.message.endswith(": 3 times within 60 s.")
    assert caught.value.log_tail == "serving\nthe disk is full"
    assert len(yard.lines("starting it again")) == 2


async def test_a_service_that_dies_while_starting_gets_its_chances_too(yard: Yard, tmp_path: Path) -> None:
    flag = tmp_path / "second-time"
    first = (
        f"import pathlib; p = pathlib.Path({str(flag)!r})\nif not p.exists(): p.touch(); exit('too early')"
    )
    code = f"{first}\n{ENDLESS}"
    async with yard.running(yard.service("api", code)):
        assert yard.lines("while starting")[0].startswith(
            "Api ended with exit code 1 while starting; starting it"
        )
        assert yard.lines("too early") == ["| too early"]


def test_delays_double_up_to_a_limit() -> None:
    policy = RestartPolicy()
    assert [policy.delay(deaths) for deaths in (1, 2, 3, 4, 5, 9)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


async def test_a_preparation_that_fails_stops_the_stack(yard: Yard) -> None:
    async def broken() -> None:
        raise StackError("no_program", "There is no program.")

    service = yard.service("api", ENDLESS)
    failing = Service("temporal", "Temporal", service.spec, service.ready, prepare=broken)
    async with yard.running(service, failing) as (_, task):
        with pytest.raises(StackError, match="There is no program"):
            await task


async def test_a_stop_during_a_long_preparation_takes_effect_at_once(yard: Yard) -> None:
    begun = asyncio.Event()

    async def endless() -> None:
        begun.set()
        await asyncio.Event().wait()

    service = yard.service("api", ENDLESS)
    supervisor = Supervisor(
        [Service("temporal", "Temporal", service.spec, service.ready, prepare=endless)], Terminal(yard.screen)
    )
    task = asyncio.create_task(supervisor.run(lambda: None))
    await begun.wait()
    supervisor.request_stop()
    await task


async def test_a_second_request_to_stop_kills_what_does_not_listen(yard: Yard) -> None:
    async with yard.running(yard.service("api", STUBBORN)) as (supervisor, task):
        child = psutil.Process(yard.pid("api"))
        supervisor.request_stop()
        supervisor.request_stop()
        await task
        assert not child.is_running()


async def test_a_closed_terminal_is_no_reason_to_fail(yard: Yard) -> None:
    yard.screen.close()
    async with yard.running(yard.service("api", ENDLESS)):
        pass


def test_a_need_that_nobody_meets_is_refused(yard: Yard) -> None:
    with pytest.raises(ValueError, match=r"api needs unknown services: \['databse'\]"):
        Supervisor([yard.service("api", ENDLESS, "databse")], Terminal(yard.screen))
