"""A condition that does not come true is told by its name."""

from __future__ import annotations

import pytest

from tests.support.waiting import until


async def test_what_did_not_come_true_is_told() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(AssertionError, match="the reply did not come true within"):
        await until(never, within=0.05, what="the reply")


async def test_a_time_that_ran_out_within_the_probe_is_its_own() -> None:
    async def too_slow() -> bool:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        await until(too_slow)
