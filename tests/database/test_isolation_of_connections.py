"""Accounts take turns on the same connections, also when their requests are given up: none leaves its name behind."""

from __future__ import annotations

from infra.database.connection import Database
from tests.database.conftest import TwoIds
from tests.database.setting_checks import Alternation

SEED = 20_261_126


async def test_accounts_that_alternate_over_two_connections_see_only_their_own(
    database: Database, two_ids: TwoIds
) -> None:
    alternation = Alternation(database, two_ids, seed=SEED)
    await alternation.run(60)
    assert alternation.wrong == []
    assert alternation.finished == 120


async def test_a_transaction_that_was_cancelled_anywhere_leaves_no_account_behind(
    database: Database, two_ids: TwoIds
) -> None:
    alternation = Alternation(database, two_ids, seed=SEED)
    await alternation.run(150, cancelled=0.7)
    assert alternation.wrong == []
    assert alternation.finished > 60
    # The promise is about every moment, so every moment must have been met.
    assert set(alternation.stages) >= {
        "while it began",
        "in the first query",
        "in the second query",
        "at the commit",
    }, alternation.stages
