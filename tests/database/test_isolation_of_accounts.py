"""Two accounts in one database: the app role of one never sees or touches a row of the other, in any table."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.connection import Database
from tests.database.rows import Key, fill, is_row, row_values, tenant_tables

REFUSED = "42501"
OWNER_ONLY = {"users", "refresh_tokens"}
"""Tables the app role has no right to write, or to read at all."""


class TwoAccounts(NamedTuple):
    database: Database
    ours: UUID
    theirs: UUID
    our_rows: dict[str, Key]
    their_rows: dict[str, Key]


@pytest.fixture
async def accounts(database: Database) -> TwoAccounts:
    """One row of each account in every table."""
    ours, theirs = uuid4(), uuid4()
    async with database.admin() as db:
        our_rows, their_rows = await fill(db, ours), await fill(db, theirs)
    return TwoAccounts(database, ours, theirs, our_rows, their_rows)


async def test_an_account_sees_its_own_rows_and_no_others(accounts: TwoAccounts) -> None:
    async with accounts.database.tenant(accounts.ours) as db:
        for table in tenant_tables():
            if table.name != "refresh_tokens":
                assert await _owners(db, table) == [accounts.ours], table.name
        assert (await db.execute(sa.text("SELECT id FROM accounts"))).scalars().all() == [accounts.ours]


@pytest.mark.parametrize("setting", [None, ""])
async def test_without_an_account_set_there_are_no_rows(accounts: TwoAccounts, setting: str | None) -> None:
    async with accounts.database.without_tenant() as db:
        if setting is not None:
            await db.execute(
                sa.text("SELECT set_config('app.current_account_id', :value, true)"), {"value": setting}
            )
        for table in tenant_tables():
            if table.name != "refresh_tokens":
                assert await _owners(db, table) == [], table.name
        assert (await db.execute(sa.text("SELECT id FROM accounts"))).scalars().all() == []


async def test_the_account_of_one_transaction_is_forgotten_by_the_next(accounts: TwoAccounts) -> None:
    sessions = next(table for table in tenant_tables() if table.name == "sessions")
    database = Database(accounts.database.url, pool_size=1)
    try:
        async with database.tenant(accounts.ours) as db:
            assert await _owners(db, sessions) == [accounts.ours]
        async with database.without_tenant() as db:
            assert await _owners(db, sessions) == []
    finally:
        await database.aclose()


async def test_rows_of_another_account_cannot_be_written_in_any_way(accounts: TwoAccounts) -> None:
    for table in tenant_tables():
        await _cannot_insert(accounts, table)
        await _cannot_move_own_row(accounts, table)
        await _cannot_change(accounts, table, sa.update(table).values(account_id=accounts.ours))
        await _cannot_change(accounts, table, sa.delete(table))
    async with accounts.database.admin() as db:
        for table in tenant_tables():
            for key, owner in (
                (accounts.our_rows[table.name], accounts.ours),
                (accounts.their_rows[table.name], accounts.theirs),
            ):
                found = await db.execute(sa.select(table.columns.account_id).where(is_row(table, key)))
                assert found.scalar_one() == owner, table.name


async def test_without_an_account_set_nothing_can_be_written(accounts: TwoAccounts) -> None:
    for table in tenant_tables():
        values = row_values(table, accounts.ours, accounts.our_rows)
        with pytest.raises(DBAPIError) as refusal:
            async with accounts.database.without_tenant() as db:
                await db.execute(sa.insert(table).values(values))
        assert _state(refusal.value) == REFUSED, table.name


async def _owners(db: AsyncSession, table: sa.Table) -> list[UUID]:
    return list((await db.execute(sa.select(table.columns.account_id))).scalars())


async def _cannot_insert(accounts: TwoAccounts, table: sa.Table) -> None:
    values = row_values(table, accounts.theirs, accounts.their_rows)
    with pytest.raises(DBAPIError) as refusal:
        async with accounts.database.tenant(accounts.ours) as db:
            await db.execute(sa.insert(table).values(values))
    assert _state(refusal.value) == REFUSED, table.name


async def _cannot_move_own_row(accounts: TwoAccounts, table: sa.Table) -> None:
    move = (
        sa.update(table)
        .where(is_row(table, accounts.our_rows[table.name]))
        .values(account_id=accounts.theirs)
    )
    with pytest.raises(DBAPIError) as refusal:
        async with accounts.database.tenant(accounts.ours) as db:
            await db.execute(move)
    assert _state(refusal.value) == REFUSED, table.name


async def _cannot_change(accounts: TwoAccounts, table: sa.Table, change: sa.Update | sa.Delete) -> None:
    statement = change.where(is_row(table, accounts.their_rows[table.name]))
    if table.name in OWNER_ONLY:
        with pytest.raises(DBAPIError) as refusal:
            async with accounts.database.tenant(accounts.ours) as db:
                await db.execute(statement)
        assert _state(refusal.value) == REFUSED, table.name
        return
    async with accounts.database.tenant(accounts.ours) as db:
        assert (await db.execute(statement)).rowcount == 0, table.name  # type: ignore[attr-defined]


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
