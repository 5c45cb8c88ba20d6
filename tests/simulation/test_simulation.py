"""The rules and the reference agree over many thousand commands; `SIMULATION_STEPS` says how many."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.machine import SessionSimulation

STEPS = int(os.environ.get("SIMULATION_STEPS", "20000"))
IN_ONE_RUN = 60

# A million takes the better part of an hour.
pytestmark = pytest.mark.timeout(max(300, STEPS // 100))

SETTINGS = settings(
    max_examples=40,
    stateful_step_count=IN_ONE_RUN,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def test_every_command_in_every_order_ends_as_the_reference_says() -> None:
    """Not at random where a change is judged: there the same commands come every time."""
    first = 0 if os.environ.get("CI") or "SIMULATION_SEED" in os.environ else int.from_bytes(os.urandom(4))
    number = int(os.environ.get("SIMULATION_SEED", first))
    SessionSimulation.steps = 0
    while SessionSimulation.steps < STEPS:
        print(f"SIMULATION_SEED={number}")  # noqa: T201 - shown with a failure, to run it again
        run_state_machine_as_test(seed(number)(SessionSimulation), settings=SETTINGS)
        number += 1
    assert SessionSimulation.steps >= STEPS
