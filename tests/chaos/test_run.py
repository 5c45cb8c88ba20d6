"""A minute of `make chaos`: every process dies, both accounts work on, and nothing that was acknowledged is harmed."""

from __future__ import annotations

import pytest

from tests.chaos.__main__ import chaos, say
from tests.chaos.report import PROVIDERS, Verdict
from tests.chaos.run import Plan
from tests.chaos.stack import SINGLE, WORKERS

pytestmark = pytest.mark.timeout(900)  # the first of these tests waits for the whole run

_PLAN = Plan(seconds=60, seed=7, sessions=8, pause=1.75)


@pytest.fixture(scope="module")
async def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """Of one run. How long anything took is no part of it: that says more about the machine than about the product."""
    found = await chaos(_PLAN, tmp_path_factory.mktemp("chaos"))
    say(found.table())
    return found


async def test_a_run_kills_every_process_and_two_at_once(verdict: Verdict) -> None:
    assert set(verdict.kills) >= {*SINGLE, *WORKERS}
    assert verdict.pairs >= 1
    assert verdict.not_shown == []


async def test_both_providers_answer_in_a_run(verdict: Verdict) -> None:
    assert set(PROVIDERS) <= set(verdict.providers)


async def test_nothing_is_lost_doubled_out_of_order_contradicted_stuck_or_another_accounts(
    verdict: Verdict,
) -> None:
    assert [str(finding) for finding in verdict.findings] == []
    assert verdict.acknowledged > 0
    assert verdict.trespasses > 0
