"""Whatever the ticketing system does at whichever step: one note, one time entry, and a session that tells the truth.

Every run is a test of its own. The runs work side by side, each lane of them at a desk with a ConnectWise of its own;
a test waits for the end of its run. `WRITEBACK_RUNS` says how many there are.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from infra.psa.connectwise import transport
from infra.psa.connectwise.transport import Timeouts
from infra.simulators.connectwise.faults import FaultKind
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import Application
from tests.support.pilots import DirectedPilot
from tests.workflows.conftest import Sessions, without_waiting
from tests.writeback_matrix.desk import Desk
from tests.writeback_matrix.plan import Plan, plans
from tests.writeback_matrix.run import Run
from tests.writeback_matrix.table import COMBINATIONS, TROUBLES, Step
from workflows.troubleshooting_session.handlers import artifacts as artifact_handlers

RUNS = int(os.environ.get("WRITEBACK_RUNS", "120"))
LANES = 8
PATIENCE = 3.0
"""Seconds for one exchange with the PSA, whose slowest answer takes minutes."""


class Matrix:
    """All runs that were asked for, under way."""

    def __init__(self, chosen: list[Plan]) -> None:
        self._waiting = list(reversed(chosen))
        self._ended = {one.name: asyncio.get_running_loop().create_future() for one in chosen}
        self._lanes: list[asyncio.Task[None]] = []

    def start(self, desks: list[Desk]) -> None:
        self._lanes = [asyncio.create_task(self._work(desk)) for desk in desks]

    async def result(self, plan: Plan) -> None:
        """Raises what is wrong with the run."""
        failure: BaseException | None = await self._ended[plan.name]
        if failure is not None:
            raise failure

    async def stop(self) -> None:
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _work(self, desk: Desk) -> None:
        while self._waiting:
            plan = self._waiting.pop()
            try:
                async with asyncio.timeout(100):
                    await Run(desk, plan).work()
            except Exception as failure:
                failure.add_note(f"in the run: {plan}")
                self._ended[plan.name].set_result(failure)
            else:
                self._ended[plan.name].set_result(None)


@pytest.fixture(scope="module")
async def matrix(
    application: Application, pilot: DirectedPilot, request: pytest.FixtureRequest
) -> AsyncIterator[Matrix]:
    """The runs of the tests that were selected."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    given = [item.callspec.params.get("plan") for item in items if hasattr(item, "callspec")]
    chosen = [plan for plan in given if isinstance(plan, Plan)]
    with pytest.MonkeyPatch.context() as patch:
        without_waiting(patch)
        # Hundreds of tracebacks of attempts that fail as they should, of many runs at once, tell nothing.
        patch.setattr(logging.getLogger("temporalio.activity"), "disabled", True)
        patch.setattr(artifact_handlers, "ANSWER_WITHIN", timedelta(seconds=2))
        patch.setattr(transport, "Timeouts", lambda: Timeouts(total=PATIENCE))
        under_way = Matrix(chosen)
        desks = []
        for _ in range(min(LANES, len(chosen))):
            psa = await SimulatorServer().__aenter__()
            tenant = await application.tenant(psa_host=psa.url, with_flows=False)
            desks.append(Desk(psa, tenant, Sessions(application, tenant, pilot, application.temporal)))
        under_way.start(desks)
        yield under_way
        await under_way.stop()
        for desk in desks:
            await desk.aclose()
            await desk.psa.__aexit__(None, None, None)


@pytest.mark.parametrize("plan", [pytest.param(one, id=one.name) for one in plans(RUNS)])
async def test_one_note_one_time_entry_and_an_honest_state(matrix: Matrix, plan: Plan) -> None:
    await matrix.result(plan)


def test_every_trouble_meets_every_step_or_says_why_it_makes_no_sense_there() -> None:
    assert len(TROUBLES) == 15
    left_out = {(one.name, step): why for one in TROUBLES for step, why in one.makes_no_sense.items()}
    assert left_out == {
        ("200 without change", Step.VERIFY): (
            "verifying only reads: there is nothing that could be left unchanged"
        ),
        ("callback late", Step.VERIFY): "verifying only reads: the PSA has nothing to call back about",
        ("note edited by someone else", Step.POST): (
            "before the post there is no note that someone could edit"
        ),
    }
    assert len(COMBINATIONS) + len(left_out) == len(TROUBLES) * len(Step)
    run = plans(len(COMBINATIONS))
    assert {(one.trouble.name, one.step) for one in run} == {(one.name, step) for one, step in COMBINATIONS}


def test_a_run_is_the_same_every_time_and_seeds_differ() -> None:
    assert plans(600) == plans(600)
    assert {one.rule["kind"] for one in TROUBLES if one.rule} <= {kind.value for kind in FaultKind}
    some = plans(600)
    assert {one.ending for one in some if one.step is Step.TIME} == {one.ending for one in some} - {
        one.ending for one in some if one.log_minutes is None and one.ending.value.startswith("share")
    }
    assert {one.times for one in some if one.trouble.repeats} == {1, 2, 3, None}
    assert {one.later is None for one in some} == {True, False}
