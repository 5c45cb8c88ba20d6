"""Places are shared fairly, none is lost, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from infra.fair_gate import FairGate


class Crowd:
    """Parties that want in; each stays until it is told to leave."""

    def __init__(self, gate: FairGate) -> None:
        self.gate = gate
        self.entered: list[str] = []
        self._leave: dict[str, list[asyncio.Event]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, party: str, count: int = 1) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._visit(party)) for _ in range(count)]
        self._tasks += tasks
        await asyncio.sleep(0)
        return tasks

    async def leave(self, party: str) -> None:
        self._leave[party].pop(0).set()
        for _ in range(3):
            await asyncio.sleep(0)

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _visit(self, party: str) -> None:
        async with self.gate.place(party):
            self.entered.append(party)
            going = asyncio.Event()
            self._leave.setdefault(party, []).append(going)
            await going.wait()


async def test_a_newcomer_finds_a_place_while_a_storm_waits() -> None:
    crowd = Crowd(FairGate(5, 4))
    await crowd.come("storm", 500)
    assert crowd.entered == ["storm"] * 4
    await crowd.come("newcomer")
    assert crowd.entered[4:] == ["newcomer"]
    await crowd.end()


async def test_a_free_place_goes_to_whoever_has_the_fewest_and_was_not_served_last() -> None:
    crowd = Crowd(FairGate(4, 4))
    await crowd.come("storm", 100)
    for party in ("one", "two"):
        await crowd.come(party, 2)
    assert crowd.entered == ["storm"] * 4
    for _ in range(4):
        await crowd.leave("storm")
    assert crowd.entered[4:] == ["one", "two", "storm", "one"]
    await crowd.end()


async def test_within_a_party_the_first_to_come_is_the_first_to_enter() -> None:
    gate, order = FairGate(1, 1), []

    async def visit(number: int) -> None:
        async with gate.place("party"):
            order.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(visit(number))
    assert order == list(range(20))


async def test_whoever_gives_up_keeps_no_place_at_any_moment() -> None:
    random = Random(3)
    gate, inside, most = FairGate(4, 3), Counter[str](), Counter[str]()

    async def visit(party: str) -> None:
        async with gate.place(party):
            inside[party] += 1
            most["all"] = max(most["all"], inside.total())
            most[party] = max(most[party], inside[party])
            try:
                for _ in range(random.randrange(4)):
                    await asyncio.sleep(0)
            finally:
                inside[party] -= 1

    tasks = []
    for number in range(2000):
        tasks.append(asyncio.create_task(visit("abc"[number % 3])))
        if random.random() < 0.4:
            random.choice(tasks).cancel()
        if random.random() < 0.5:
            await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert gate.waiting == 0
    assert most["all"] == 4
    assert max(most[party] for party in "abc") == 3
    # All places are there again.
    crowd = Crowd(gate)
    await crowd.come("a", 3)
    await crowd.come("b", 3)
    assert Counter(crowd.entered) == {"a": 3, "b": 1}
    await crowd.end()


@pytest.mark.parametrize(("places", "each"), [(0, 0), (5, 0), (5, 6)])
def test_a_gate_that_would_let_nobody_in_is_refused(places: int, each: int) -> None:
    with pytest.raises(ValueError, match="at least one place"):
        FairGate(places, each)
