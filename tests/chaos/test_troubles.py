"""What belongs to every run comes first, once each, in an order that the seed decides."""

from __future__ import annotations

import asyncio
import contextlib
from typing import cast

import pytest

from tests.chaos import troubles
from tests.chaos.ledger import Ledger
from tests.chaos.proxy import Proxy
from tests.chaos.stack import SINGLE, WORKERS, Stack
from tests.chaos.troubles import Done, Troublemaker
from tests.support.waiting import until


class Processes:
    """A stack whose processes never run, with ports at which nobody is."""

    names = (*SINGLE, *WORKERS)
    simulator_url = model_url = "http://127.0.0.1:9"
    admin_database_url = "postgresql://nobody@127.0.0.1:9/none"

    def pid(self, name: str) -> int | None:
        return None

    def is_up(self, name: str) -> bool:
        return False

    def lose_temporal(self) -> tuple[str, ...]:
        return ()


def troublemaker(seed: int, pause: float = 1.0) -> Troublemaker:
    return Troublemaker(cast("Stack", Processes()), Proxy(9), Ledger(), seed, lambda line: None, pause)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a process that never runs."""
    monkeypatch.setattr(troubles, "RUNS_WITHIN", 0.01)


async def missing_at_first(seed: int) -> list[str]:
    """What one run has to do, in its order, as it stands before the first trouble."""
    maker = troublemaker(seed)
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
    kills = {f"kill of {name}" for name in (*SINGLE, *WORKERS, "two at once")}
    others = {"pause", "drop Temporal's database", "overload of the model", "answers of both providers"}
    for seed in range(5):
        assert set(await missing_at_first(seed)) >= kills | others


async def test_the_order_is_that_of_the_seed() -> None:
    assert await missing_at_first(1) == await missing_at_first(1)
    assert await missing_at_first(1) != await missing_at_first(2)


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
