"""Starts services in dependency order, keeps them running, and stops them in reverse order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.stack.errors import StackError
from infra.stack.process import Child, ChildSpec, describe_exit, rotate_log
from infra.stack.terminal import Terminal


async def _nothing() -> None:
    """Most services need no preparation."""


@dataclass(frozen=True)
class Service:
    """One thing the supervisor runs.

    `spec` is asked for after `prepare`, which runs once, before the first start. `ready` waits until the
    process can be used and returns what to tell the person. A one-shot has no `ready`: it is done when it
    ends with exit code 0.
    """

    name: str
    title: str
    spec: Callable[[], ChildSpec]
    ready: Callable[[Child], Awaitable[str]] | None
    needs: tuple[str, ...] = ()
    prepare: Callable[[], Awaitable[None]] = _nothing


@dataclass(frozen=True)
class RestartPolicy:
    """A service that dies `limit` times within `window` seconds stops the stack; until then delays double."""

    limit: int = 5
    window: float = 60.0
    first_delay: float = 0.5
    longest_delay: float = 8.0

    def delay(self, deaths: int) -> float:
        return min(self.first_delay * 2.0 ** (deaths - 1), self.longest_delay)


class Supervisor:
    """Runs a set of services until it is asked to stop or one of them cannot be kept running."""

    def __init__(
        self, services: Sequence[Service], terminal: Terminal, *, policy: RestartPolicy | None = None
    ) -> None:
        names = {service.name for service in services}
        for service in services:
            if unknown := set(service.needs) - names:
                raise ValueError(f"{service.name} needs unknown services: {sorted(unknown)}")
        self._services = list(services)
        self._terminal = terminal
        self._policy = policy or RestartPolicy()
        self._up = {service.name: asyncio.Event() for service in services}
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()
        self._children: dict[str, Child] = {}  # in the order of their first start

    def request_stop(self) -> None:
        """Begins the orderly stop; a second request kills what is still running."""
        if self._stop.is_set():
            self._kill.set()
        self._stop.set()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Starts everything, calls `on_ready` once, and returns after an orderly stop.

        Raises StackError when a service does not start or keeps dying. No child is left in either case.
        """
        stop = asyncio.create_task(self._stop.wait())
        work = [asyncio.create_task(self._keep(service)) for service in self._services]
        work.append(asyncio.create_task(self._announce(on_ready)))
        try:
            waiting: set[asyncio.Task[Any]] = {stop, *work}
            while not stop.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # raises what ended it
        finally:
            for task in (stop, *work):
                task.cancel()
            await asyncio.gather(stop, *work, return_exceptions=True)
            await self._stop_children()

    async def _announce(self, on_ready: Callable[[], None]) -> None:
        for event in self._up.values():
            await event.wait()
        on_ready()

    async def _keep(self, service: Service) -> None:
        for name in service.needs:
            await self._up[name].wait()
        began = time.monotonic()
        await service.prepare()
        rotate_log(service.spec().log_path)
        if service.ready is None:
            await self._run_once(service, began)
            return
        deaths: deque[float] = deque()
        while True:
            death = await self._live(service, service.ready, began)
            now = time.monotonic()
            deaths.append(now)
            while now - deaths[0] > self._policy.window:
                deaths.popleft()
            if len(deaths) >= self._policy.limit:
                raise StackError(
                    "service_keeps_dying",
                    f"{service.title} {death.how}: {len(deaths)} times within {self._policy.window:.0f} s.",
                    death.tail,
                )
            delay = self._policy.delay(len(deaths))
            self._terminal.step(service.title, f"{death.how}; starting it again in {delay:.1f} s")
            if not death.by_signal:  # then its last words are the reason
                self._terminal.block(death.tail.rpartition("\n")[2])
            await asyncio.sleep(delay)
            began = time.monotonic()

    async def _run_once(self, service: Service, began: float) -> None:
        child = await self._start(service)
        code = await child.wait()
        if code != 0:
            raise StackError("step_failed", f"{service.title} {describe_exit(code)}.", child.tail())
        self._say_up(service, "done", began)

    async def _live(self, service: Service, ready: Callable[[Child], Awaitable[str]], began: float) -> _Death:
        """One life of a service, from its start to its end."""
        child = await self._start(service)
        try:
            where = await ready(child)
        except StackError as error:
            if error.code == "child_not_ready" and self._up[service.name].is_set():
                await child.stop()  # it worked before: give it another life
            elif error.code != "child_died":
                raise
            how = error.message.removeprefix(service.title).strip(" .")
            return _Death(how, error.log_tail, by_signal=await child.wait() < 0)
        self._say_up(service, where, began)
        code = await child.wait()
        return _Death(describe_exit(code), child.tail(), by_signal=code < 0)

    async def _start(self, service: Service) -> Child:
        if (before := self._children.get(service.name)) is not None:
            await before.kill()  # what it left in its process group would hold ports
        child = Child(service.spec())
        self._children[service.name] = child
        await child.start()
        return child

    def _say_up(self, service: Service, text: str, began: float) -> None:
        again = "up again: " if self._up[service.name].is_set() else ""
        self._terminal.step(service.title, again + text, time.monotonic() - began)
        self._up[service.name].set()

    async def _stop_children(self) -> None:
        for name, child in reversed(self._children.items()):
            if child.running:
                began = time.monotonic()
                await self._stop_one(child)
                title = next(service.title for service in self._services if service.name == name)
                self._terminal.step(title, "stopped", time.monotonic() - began)
            else:
                await child.kill()

    async def _stop_one(self, child: Child) -> None:
        stopping = asyncio.create_task(child.stop())
        killing = asyncio.create_task(self._kill.wait())
        await asyncio.wait({stopping, killing}, return_when=asyncio.FIRST_COMPLETED)
        killing.cancel()
        if not stopping.done():
            await child.kill()
        await stopping


@dataclass(frozen=True)
class _Death:
    """How a service ended, as a phrase, and the last lines it wrote."""

    how: str
    tail: str
    by_signal: bool
