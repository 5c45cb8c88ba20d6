"""One row for every table, made from the models alone: tables that are added later take part by themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.models import Base

Key = dict[str, Any]

KEPT_BY_TRIGGERS = frozenset({"session_search_texts"})
"""Their row is there as soon as the row they tell about is."""


def tenant_tables() -> list[sa.Table]:
    """Tables whose rows belong to an account, parents first."""
    return [table for table in Base.metadata.sorted_tables if "account_id" in table.columns]


async def fill(db: AsyncSession, account_id: UUID) -> dict[str, Key]:
    """Insert one row into every table; answers the primary keys by table."""
    made: dict[str, Key] = {}
    for table in Base.metadata.sorted_tables:
        values = row_values(table, account_id, made)
        if table.name not in KEPT_BY_TRIGGERS:
            await db.execute(sa.insert(table).values(values))
        made[table.name] = {column.name: values[column.name] for column in table.primary_key.columns}
    return made


def row_values(table: sa.Table, account_id: UUID, made: dict[str, Key]) -> dict[str, Any]:
    """Values for every column that must be given; references point to the rows in `made`."""
    return {
        column.name: _value(table, column, account_id, made)
        for column in table.columns
        if column.primary_key or not (column.nullable or column.server_default or column.computed)
    }


def _value(table: sa.Table, column: sa.Column[Any], account_id: UUID, made: dict[str, Key]) -> Any:
    if column.name == "account_id" or (table.name == "accounts" and column.name == "id"):
        return account_id
    for reference in column.foreign_keys:
        return made[reference.column.table.name][reference.column.name]
    match column.type:
        case sa.Enum():
            return column.type.python_type(column.type.enums[0])
        case JSONB():
            return {}
        case ARRAY():
            return []
        case sa.String():
            return uuid4().hex[: column.type.length]
        case sa.Integer():
            return 1
        case sa.DateTime():
            return datetime.now(UTC)
        case sa.LargeBinary():
            return b"sealed"
        case _:
            return uuid4()


def is_row(table: sa.Table, key: Key) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.columns[name] == value for name, value in key.items()))
