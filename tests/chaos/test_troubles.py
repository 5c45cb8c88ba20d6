"""What belongs to every run comes first, once each, in an order that the seed decides."""

from __future__ import annotations

import asyncio
import contextlib
from typing import cast

import pytest

from tests.chaos import troubles
from tests.chaos.ledger import Ledger
from tests.chaos.proxy import Proxy
from tests.chaos.stack import SINGLE, TEMPORAL, WORKERS, Stack
from tests.chaos.troubles import Done, Troublemaker
from tests.support.waiting import until


class Processes:
    """A stack whose processes never run, with ports at which nobody is."""

    names = (*SINGLE, *WORKERS)
    temporal_names = (TEMPORAL,)
    simulator_url = model_url = "http://127.0.0.1:9"
    admin_database_url = "postgresql://nobody@127.0.0.1:9/none"

    def __init__(self) -> None:
        self.deployed: list[str] = []
        self.rotations = 0
        self.exit_code = 0
        self.all_up = False
        self.may_end = asyncio.Event()
        """What takes a minute ends when this is set."""

    async def deploy(self, slot: str, build: str) -> None:
        await self.may_end.wait()
        self.deployed.append(build)

    async def rotate_keys(self) -> None:
        self.rotations += 1

    def pid(self, name: str) -> int | None:
        return None

    def is_up(self, name: str) -> bool:
        return self.all_up

    async def stop(self, name: str) -> int:
        return self.exit_code

    def lose_temporal(self) -> tuple[str, ...]:
        return ()


def troublemaker(
    seed: int, pause: float = 1.0, seconds: float = 0.0, processes: Processes | None = None
) -> Troublemaker:
    return Troublemaker(
        cast("Stack", processes or Processes()), Proxy(9), Ledger(), seed, lambda line: None, pause, seconds
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a process that never runs."""
    monkeypatch.setattr(troubles, "RUNS_WITHIN", 0.01)


async def missing_at_first(seed: int, seconds: float = 0.0) -> list[str]:
    """What one run has to do, in its order, as it stands before the first trouble."""
    maker = troublemaker(seed, seconds=seconds)
    running = asyncio.create_task(maker.run())

    async def known() -> list[str] | None:
        return list(maker.done.missing) or None

    try:
        return await until(known)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_every_process_two_at_once_every_short_trouble_and_both_providers_belong_to_every_run() -> None:
    stops = {"orderly stop of api", "orderly stop of worker"}
    kills = {f"kill of {name}" for name in (*SINGLE, *WORKERS, "two at once")}
    others = {"pause", "drop Temporal's database", "overload of the model", "answers of both providers"}
    for seed in range(5):
        assert set(await missing_at_first(seed)) >= kills | stops | others


async def test_a_new_worker_build_and_other_keys_belong_to_every_run_that_is_long_enough() -> None:
    minutes = {"another worker build", "rotate keys"}
    assert set(await missing_at_first(1, troubles.LONG_RUN)) >= minutes
    assert not minutes & set(await missing_at_first(1, troubles.LONG_RUN - 1))


async def test_they_are_missing_until_they_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(troubles, "LONG_RUN", 0.1)
    processes = Processes()
    processes.may_end.set()
    maker = troublemaker(1, seconds=troubles.LONG_RUN, processes=processes)
    running = asyncio.create_task(maker.run())

    async def done() -> bool:
        return bool(maker.done.missing) and not {"another worker build", "rotate keys"} & {
            *maker.done.missing
        }

    await until(done)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert (processes.deployed, processes.rotations) == (["build-2"], 1)
    assert maker.done.faults["worker builds deployed"] == maker.done.faults["key rotations"] == 1


async def test_the_order_is_that_of_the_seed() -> None:
    assert await missing_at_first(1) == await missing_at_first(1)
    assert await missing_at_first(1) != await missing_at_first(2)


@pytest.mark.parametrize(("code", "ends_well"), [(0, True), (-15, True), (1, False), (-9, False)])
async def test_a_process_that_was_asked_to_end_and_did_not_end_well_is_told(
    code: int, ends_well: bool
) -> None:
    processes = Processes()
    processes.all_up, processes.exit_code = True, code
    maker = troublemaker(1, pause=0, processes=processes)
    running = asyncio.create_task(maker.run())

    async def asked() -> bool:
        told = [one for one in maker.done.broken if "when it was asked to end" in one]
        return bool(told) if not ends_well else maker.done.faults["orderly stops"] > 0

    await until(asked)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert bool(maker.done.broken) is not ends_well


@pytest.mark.usefixtures("impatient")
async def test_a_process_that_could_not_be_killed_is_missing_in_the_end() -> None:
    maker = troublemaker(1, pause=0)
    running = asyncio.create_task(maker.run())

    async def given_up() -> Done | None:
        broken = [one for one in maker.done.broken if one.startswith("kill of")]
        return maker.done if len(broken) == len(Processes.names) + 1 else None

    done = await until(given_up)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert {one for one in done.missing if one.startswith("kill of")} == {
        f"kill of {name}" for name in (*Processes.names, "two at once")
    }
    assert not maker.complete.is_set()
