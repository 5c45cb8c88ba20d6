"""Every enumerated word fits its column and comes back as the same word; every other word is refused."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from infra.database.connection import Database
from infra.database.models import Base
from tests.database.rows import Key, fill, is_row


def enum_columns() -> Iterator[tuple[sa.Table, sa.Column[object], sa.Enum]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
                yield table, column, column.type


@pytest.fixture
async def rows(database: Database) -> dict[str, Key]:
    """One row in every table."""
    async with database.admin() as db:
        return await fill(db, uuid4())


async def test_every_word_comes_back_as_it_was_stored(database: Database, rows: dict[str, Key]) -> None:
    tried = 0
    async with database.admin() as db:
        for table, column, type_ in enum_columns():
            row = is_row(table, rows[table.name])
            for word in type_.python_type:
                await db.execute(sa.update(table).where(row).values({column.name: word}))
                stored = (await db.execute(sa.select(column).where(row))).scalar_one()
                assert stored is word, f"{column}: {word}"
                tried += 1
    assert tried > 50


async def test_a_word_the_product_does_not_know_is_refused(database: Database, rows: dict[str, Key]) -> None:
    for table, column, _type in enum_columns():
        change = sa.text(f"UPDATE {table.name} SET {column.name} = 'no_such_word'")  # noqa: S608 - names from models
        with pytest.raises(IntegrityError, match="check"):
            async with database.admin() as db:
                await db.execute(change)
