"""The migrations: they lead to exactly what the models say, back, and there again; also from two processes at once."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from infra.database.migrate import alembic_config, downgrade, upgrade_head
from infra.database.models import Base
from tests.database.conftest import Scratch

_LEFT_OVER = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^alembic_version'
    UNION ALL SELECT typname FROM pg_type
      WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


async def test_up_down_and_up_again_leads_to_what_the_models_say(scratch: Scratch) -> None:
    await upgrade_head(scratch.admin_url, scratch.app_url)
    assert await drift(scratch) == []
    await downgrade(scratch.admin_url)
    assert await _fetch(scratch, _LEFT_OVER) == []
    await upgrade_head(scratch.admin_url, scratch.app_url)
    assert await drift(scratch) == []


async def test_drift_between_models_and_database_would_be_noticed(migrated: Scratch) -> None:
    engine = create_async_engine(migrated.admin_url)
    async with engine.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE facts DROP COLUMN disputed"))
        await connection.execute(sa.text("ALTER TABLE sessions ALTER COLUMN problem_domain TYPE text"))
        await connection.execute(sa.text("DROP INDEX uq_fixes_active"))
    await engine.dispose()
    assert len(await drift(migrated)) == 3


async def test_two_processes_that_migrate_at_once_do_it_once(scratch: Scratch) -> None:
    await asyncio.gather(
        upgrade_head(scratch.admin_url, scratch.app_url), upgrade_head(scratch.admin_url, scratch.app_url)
    )
    assert await drift(scratch) == []
    assert await _fetch(scratch, "SELECT version_num FROM alembic_version") == [
        ScriptDirectory.from_config(alembic_config()).get_current_head()
    ]


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


async def drift(scratch: Scratch) -> list[object]:
    """What autogenerate would change."""

    def compare(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, Base.metadata))

    engine = create_async_engine(scratch.admin_url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


async def _fetch(scratch: Scratch, statement: str) -> list[object]:
    engine = create_async_engine(scratch.admin_url)
    try:
        async with engine.connect() as connection:
            return list((await connection.execute(sa.text(statement))).scalars())
    finally:
        await engine.dispose()
