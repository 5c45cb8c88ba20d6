"""What is done to the stack at random. Each trouble is a small function with a name and a weight; the seed chooses."""

from __future__ import annotations

import asyncio
import math
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import httpx
import psutil

from infra.stack.errors import StackError
from infra.stack.process import describe_exit
from tests.chaos.faults import MODEL_FAULTS, PSA_FAULTS, PSA_PATHS
from tests.chaos.ledger import Ledger
from tests.chaos.overload import overload_until_the_playbook_answers
from tests.chaos.proxy import ON_THE_LINE, Proxy
from tests.chaos.stack import WORKERS, Stack
from tests.support.waiting import until

Say = Callable[[str], None]

PAUSE_BETWEEN = 7.0
"""Seconds from one trouble to the next, on average: on two cores most deaths are over before the next one."""

RUNS_WITHIN = 120.0
"""Seconds in which a process that is to be killed runs again."""

LONG_RUN = 240.0
"""Seconds from which a run deploys a worker build and changes the keys for certain: both take a minute."""

ENDS_WELL = frozenset({0, -signal.SIGTERM})
"""Exit codes of a process that was asked to end: uvicorn ends its work and then lets the signal have its way."""

_BOTH_ANSWER = "answers of both providers"


@dataclass(frozen=True)
class Kill:
    """One SIGKILL; `at` is seconds since the epoch."""

    name: str
    at: float


@dataclass
class Done:
    """What was done to the stack."""

    kills: list[Kill] = field(default_factory=list)
    pairs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    """What belongs to every run and has not been done yet."""
    broken: list[str] = field(default_factory=list)
    """Troubles that could not be caused as meant, which is a defect of the tool or of what they call."""


Cause = Callable[[], Awaitable[object]]


class Troublemaker:
    """Causes one trouble after the other. The seed fixes which; when each comes depends on how long they take.

    What belongs to every run comes first, in an order of the seed's: the death of each process, of two at once, every
    other trouble that does not take long, and answers of both providers; in one of `LONG_RUN` seconds also another
    worker build and other keys, beside all the others. `complete` is set when all of it is done.
    """

    def __init__(
        self,
        stack: Stack,
        proxy: Proxy,
        ledger: Ledger,
        seed: int,
        say: Say,
        pause: float = PAUSE_BETWEEN,
        seconds: float = 0.0,
    ) -> None:
        self.done = Done()
        self._stack = stack
        self._proxy = proxy
        self._ledger = ledger
        self._choice = random.Random(seed)
        self._pause_between = (0.3 * pause, 1.7 * pause)
        self._say = say
        self._seconds = seconds
        self._paused: list[psutil.Process] = []
        self._build = 1
        self._deployed_at = -math.inf
        self._rotated_at = -math.inf
        self._long_one: asyncio.Task[None] | None = None
        self.complete = asyncio.Event()

    async def run(self) -> None:
        """What belongs to every run, then anything, until it is cancelled; whatever was paused goes on then."""
        short: dict[str, tuple[float, Cause]] = {
            "kill": (24, self._kill),
            "pause": (3, self._pause),
            "orderly stop": (2, self._stop),
            "drop Temporal's database": (0.7, self._drop_temporal),
            "cut connections": (2, self._cut),
            "slow line": (1, self._slow),
            "lose answers": (2, self._lose_answers),
            "cut streams before the first event": (2, self._cut_streams),
            "faults of the ticketing system": (3, self._psa_faults),
            "faults of the model": (2, self._model_faults),
            "overload of the model": (1, self._overload),
        }
        long: dict[str, Cause] = {"another worker build": self._deploy, "rotate keys": self._rotate}
        beside: dict[str, tuple[float, Cause]] = {
            "another worker build": (1, partial(self._meanwhile, "another worker build", self._deploy)),
            "rotate keys": (0.7, partial(self._meanwhile, "rotate keys", self._rotate)),
        }
        troubles = short | beside
        names, weights = list(troubles), [weight for weight, _ in troubles.values()]
        playbook = asyncio.create_task(self._try_to(_BOTH_ANSWER, self._let_both_answer))
        try:
            chosen_anew = ("kill", "orderly stop")  # once for each of whom it may meet
            once = self._once_each(
                {name: cause for name, (_, cause) in short.items() if name not in chosen_anew}
            )
            self.done.missing += [*(name for name, _ in once), _BOTH_ANSWER]
            if self._seconds >= LONG_RUN:
                self.done.missing += long
                self._long_one = asyncio.create_task(self._in_their_time(long))
            for name, cause in once:
                await asyncio.sleep(self._choice.uniform(*self._pause_between))
                await self._try_to(name, cause)
            await playbook
            while True:
                if not self.done.missing and all(self._proxy.done[what] for what in ON_THE_LINE):
                    self.complete.set()
                await asyncio.sleep(self._choice.uniform(*self._pause_between))
                name = self._choice.choices(names, weights)[0]
                await self._try_to(name, troubles[name][1])
        finally:
            for task in (playbook, self._long_one):
                if task is not None:
                    task.cancel()
            self._wake_paused()
            self._proxy.behave()

    def _once_each(self, others: dict[str, Cause]) -> list[tuple[str, Cause]]:
        once: dict[str, Cause] = {
            f"kill of {name}": partial(self._kill_certainly, name) for name in self._stack.names
        }
        once |= {f"orderly stop of {name}": partial(self._stop_certainly, name) for name in ("api", "worker")}
        two = self._choice.sample(self._stack.names, 2)
        once |= {"kill of two at once": partial(self._kill_certainly, *two)} | others
        ordered = list(once.items())
        self._choice.shuffle(ordered)
        return ordered

    async def _try_to(self, name: str, cause: Cause) -> None:
        try:
            await cause()
        except (OSError, AssertionError, TimeoutError, RuntimeError, httpx.HTTPError, StackError) as error:
            self.done.broken.append(f"{name}: {type(error).__name__} {error}")
        else:
            if name in self.done.missing:
                self.done.missing.remove(name)

    async def _meanwhile(self, name: str, cause: Cause) -> None:
        """What takes a minute goes on beside the other troubles, one such thing at a time."""
        if self._long_one is None or self._long_one.done():
            self._long_one = asyncio.create_task(self._try_to(name, cause))

    async def _in_their_time(self, causes: dict[str, Cause]) -> None:
        """One after the other, at moments of the seed's in the first half of the run."""
        pauses = [self._choice.uniform(0, self._seconds / 4) for _ in causes]
        for pause, (name, cause) in zip(
            pauses, self._choice.sample([*causes.items()], len(causes)), strict=True
        ):
            await asyncio.sleep(pause)
            await self._try_to(name, cause)

    def _note(self, what: str, **details: object) -> None:
        self._ledger.noted(what, details)
        shown = ", ".join(str(value) for value in details.values())
        self._say(f"{what}{': ' if shown else ''}{shown}")

    # --- processes ---

    async def _kill(self) -> None:
        """Mostly what is up: where a start takes long, a process that always dies while starting is never there."""
        two, starting_too = self._choice.random() < 0.25, self._choice.random() < 0.2
        order = self._choice.sample(self._stack.names, len(self._stack.names))
        victims = [name for name in order if starting_too or self._stack.is_up(name)]
        self._kill_all(*victims[: 2 if two else 1])

    async def _kill_certainly(self, *names: str) -> None:
        """Wait until all of them are up. Raises AssertionError when they never do."""
        await self._until_up(*names)
        self._kill_all(*names)

    async def _until_up(self, *names: str) -> None:
        async def all_up() -> bool:
            return all(self._stack.is_up(name) for name in names)

        await until(all_up, within=RUNS_WITHIN, what=f"a life of {' and '.join(names)}")

    def _kill_all(self, *names: str) -> None:
        killed = [name for name in names if self._kill_one(name)]
        self.done.pairs += len(killed) == 2
        if killed:
            self._note("kill", names=" and ".join(killed))

    def _kill_one(self, name: str) -> bool:
        """False when it does not run at the moment."""
        pid = self._stack.pid(name)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.done.kills.append(Kill(name, time.time()))
        return True

    async def _stop(self) -> None:
        """Ask a part of the product to end, as somebody who restarts it does."""
        up = [name for name in ("api", *WORKERS) if self._stack.is_up(name)]
        if up:
            await self._stop_certainly(self._choice.choice(up))

    async def _stop_certainly(self, name: str) -> None:
        """Raises AssertionError when it never is up or does not end as it should, TimeoutError when it does not end."""
        await self._until_up(name)
        self._note("orderly stop", name=name)
        code = await self._stack.stop(name)
        if code not in ENDS_WELL:
            raise AssertionError(f"{name} {describe_exit(code)} when it was asked to end")
        self.done.faults["orderly stops"] += 1

    async def _pause(self) -> None:
        name, seconds = self._choice.choice(self._stack.names), self._choice.uniform(1, 6)
        pid = self._stack.pid(name)
        if pid is None:
            return
        self._paused = _family(pid)  # PostgreSQL answers through its children
        for each in self._paused:
            with suppress(psutil.Error):
                each.suspend()
        self.done.faults["pauses"] += 1
        self._note("pause", name=name, seconds=round(seconds, 1))
        try:
            await asyncio.sleep(seconds)
        finally:
            self._wake_paused()

    def _wake_paused(self) -> None:
        for each in self._paused:
            with suppress(psutil.Error):
                each.resume()
        self._paused = []

    async def _drop_temporal(self) -> None:
        """Its server is up before, or nothing would be known of what it loses."""
        await self._until_up(*self._stack.temporal_names)
        killed = [self._kill_one(name) for name in self._stack.lose_temporal()]
        if any(killed):
            self.done.faults["Temporal databases dropped"] += 1
            self._note("drop Temporal's database")

    async def _deploy(self) -> None:
        """One of the two workers is replaced. Sessions of the build it had go on with the other one where they can."""
        if time.monotonic() - self._deployed_at < 75:
            return
        self._build += 1
        slot, build = WORKERS[self._build % 2], f"build-{self._build}"
        self._note("deploy", slot=slot, build=build)
        await self._stack.deploy(slot, build)
        self._deployed_at = time.monotonic()
        self.done.faults["worker builds deployed"] += 1

    async def _rotate(self) -> None:
        if time.monotonic() - self._rotated_at < 90:
            return
        self._note("rotate keys")
        await self._stack.rotate_keys()
        self._rotated_at = time.monotonic()
        self.done.faults["key rotations"] += 1

    # --- the line ---

    async def _cut(self) -> None:
        share = self._choice.choice([0.3, 1.0])
        self._note("cut connections", share=share)
        self._proxy.cut(self._choice, share)

    async def _slow(self) -> None:
        delay, lasting = self._choice.uniform(0.05, 0.4), self._choice.uniform(2, 6)
        self._note("slow line", delay=round(delay, 2), lasting=round(lasting, 1))
        self.done.faults["slow lines"] += 1
        self._proxy.slow_down(delay, lasting)

    async def _lose_answers(self) -> None:
        count = self._choice.randint(1, 10)
        self._note("lose answers", count=count)
        self._proxy.lose_answers(count)

    async def _cut_streams(self) -> None:
        """Break what is open, so that it is opened again, and break it again before anything has come."""
        count = self._choice.randint(5, 40)
        self._note("cut streams before the first event", count=count)
        self._proxy.cut_before_first_event(count)
        self._proxy.cut(self._choice, 0.5)

    # --- others' systems ---

    async def _psa_faults(self) -> None:
        for _ in range(self._choice.randint(1, 4)):
            fault = {
                "path": self._choice.choice(PSA_PATHS),
                **self._choice.choice(PSA_FAULTS),
                "times": self._choice.randint(1, 3),
            }
            if await self._post(f"{self._stack.simulator_url}/_simulator/faults", fault):
                self.done.faults[f"ticketing system: {fault['kind']}"] += 1
                self._note("fault of the ticketing system", kind=fault["kind"], path=fault["path"])

    async def _model_faults(self) -> None:
        for _ in range(self._choice.randint(1, 6)):
            fault = self._choice.choice(MODEL_FAULTS)
            if await self._post(f"{self._stack.model_url}/_simulator/behaviours", fault):
                self.done.faults["model: " + next(iter(fault))] += 1

    async def _overload(self) -> None:
        """So long that the playbook has to answer instead."""
        count = self._choice.randint(30, 80)
        overloaded: list[dict[str, object]] = [{"status": 529}] * count
        if await self._post(f"{self._stack.model_url}/_simulator/behaviours", overloaded):
            self.done.faults["model: overloaded"] += 1
            self._note("overload of the model", requests=count)

    async def _let_both_answer(self) -> None:
        await overload_until_the_playbook_answers(self._stack)
        self.done.faults["model: overloaded"] += 1

    async def _post(self, url: str, body: dict[str, object] | list[dict[str, object]]) -> bool:
        """Whether somebody was there to hear it."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            try:
                answer = await http.post(url, json=body)
            except httpx.TransportError:
                return False
        answer.raise_for_status()
        return True


def _family(pid: int) -> list[psutil.Process]:
    """The process and everything below it."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
