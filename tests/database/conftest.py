"""Databases of one test, beside the one that the run shares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from infra.database.connection import Database
from infra.database.migrate import upgrade_head
from infra.database.row_security import APP_ROLE
from infra.stack.postgres import OWNER_ROLE, EmbeddedPostgres

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
