"""Databases of one test, beside the one that the run shares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from infra.database.connection import Database
from infra.database.migrate import upgrade_head
from infra.database.row_security import APP_ROLE
from infra.stack.postgres import OWNER_ROLE, EmbeddedPostgres
from tests.database.isolation_checks import TwoAccounts, prepared_accounts
from tests.database.rows import fill

TEMPLATE = "scratch_template"


@dataclass(frozen=True)
class Scratch:
    """A database of its own, as the URLs of owner and app role."""

    name: str
    admin_url: str
    app_url: str


@pytest.fixture
async def scratch(postgres: EmbeddedPostgres) -> AsyncIterator[Scratch]:
    """An empty database."""
    name = f"scratch_{uuid4().hex[:12]}"
    await postgres.create_database(name)
    yield Scratch(name, postgres.admin_url(name), postgres.app_url(name))
    await postgres.drop_database(name)


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres) -> str:
    """A database at the newest schema to copy from: migrating each one anew would take most of the time."""
    await postgres.create_database(TEMPLATE)
    await upgrade_head(postgres.admin_url(TEMPLATE), postgres.app_url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
async def migrated(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Scratch]:
    """A database at the newest schema, without rows."""
    name = f"scratch_{uuid4().hex[:12]}"
    connection = await postgres.connect()
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER_ROLE}")
        # Rights on a database are not copied with it.
        await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {APP_ROLE}")
    finally:
        await connection.close()
    yield Scratch(name, postgres.admin_url(name), postgres.app_url(name))
    await postgres.drop_database(name)


@pytest.fixture
async def database(migrated: Scratch) -> AsyncIterator[Database]:
    """The migrated database as the application opens it."""
    opened = Database(migrated.app_url, migrated.admin_url, pool_size=2)
    yield opened
    await opened.aclose()


class TwoIds(NamedTuple):
    """Two accounts that have one row each in every table."""

    ours: UUID
    theirs: UUID


@pytest.fixture
async def two_ids(database: Database) -> TwoIds:
    ids = TwoIds(uuid4(), uuid4())
    async with database.admin() as db:
        for account in ids:
            await fill(db, account)
    return ids


@pytest.fixture
async def accounts(
    postgres: EmbeddedPostgres, migrated: Scratch, two_ids: TwoIds
) -> AsyncIterator[TwoAccounts]:
    """The two accounts, to try everything on inside one transaction. It locks the tables: for nothing else."""
    connection = await postgres.connect(migrated.name)
    try:
        async with prepared_accounts(connection, two_ids.ours, two_ids.theirs) as prepared:
            yield prepared
    finally:
        await connection.close()
