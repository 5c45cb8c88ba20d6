"""Which process may work on which database: migrated once by whoever comes first, served by those it fits."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from infra.database.connection import Database
from infra.database.migrate import Migrated, alembic_config, downgrade, upgrade_head
from infra.database.schema import HEAD, MIGRATION_LOCK, REVISIONS, NotMigrated
from infra.worker import until_database_fits
from tests.database.conftest import Scratch
from tests.support.application import running_api
from tests.support.application import test_settings as settings_of_a_test
from tests.support.problems import assert_problem
from tests.support.waiting import until

PROJECT = Path(__file__).parents[2]


async def module(name: str, scratch: Scratch) -> tuple[int, str]:
    """Exit code and output of `python -m name` for this database."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RESOLUTIONFLOW_", "DATABASE_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        name,
        # The `.env` of the clone is the person's, not the test's.
        cwd="/",
        env={
            **inherited,
            "PYTHONPATH": str(PROJECT),
            "DATABASE_URL": scratch.app_url,
            "DATABASE_ADMIN_URL": scratch.admin_url,
            "RESOLUTIONFLOW_SECRET_KEYS": "A" * 43 + "=",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def execute(scratch: Scratch, statement: str) -> None:
    engine = create_async_engine(scratch.admin_url)
    async with engine.begin() as db:
        await db.execute(sa.text(statement))
    await engine.dispose()


async def set_revision(scratch: Scratch, revision: str) -> None:
    await execute(scratch, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608


async def login(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/api/v1/auth/login", json={"email": "a@b.example", "password": "x"})


def test_the_code_knows_its_own_migrations() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)
    assert scripts.get_current_head() == HEAD


async def test_of_three_processes_that_migrate_an_empty_database_at_once_one_does_it_and_the_api_waits(
    scratch: Scratch,
) -> None:
    settings = settings_of_a_test(scratch.app_url, scratch.admin_url)
    async with running_api(settings) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        refused = assert_problem(await login(client), 503, "database_not_migrated")
        assert HEAD in refused["detail"]
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert HEAD in ready.json()["down"]["postgres"]
        assert (await client.get("/healthz")).status_code == 200

        ran = await asyncio.gather(*(module("infra.database.migrate", scratch) for _ in range(3)))
        assert [code for code, _ in ran] == [0, 0, 0], ran
        applied = [re.findall(r"(\d+) migrations were applied", output) for _, output in ran]
        assert sorted(applied) == [["0"], ["0"], [str(len(REVISIONS))]]
        assert (await login(client)).status_code == 401, "served without a restart"


async def test_whoever_finds_another_one_migrating_says_so_and_waits(scratch: Scratch) -> None:
    engine = create_async_engine(scratch.admin_url)
    said = asyncio.Event()
    async with engine.connect() as other:
        await other.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        waiting = asyncio.create_task(upgrade_head(scratch.admin_url, scratch.app_url, on_wait=said.set))
        async with asyncio.timeout(60):
            await said.wait()
        assert not waiting.done()
        await other.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        assert await waiting == Migrated(None, HEAD)
    await engine.dispose()


async def test_a_migration_that_fails_leaves_the_schema_as_it_was_and_the_lock_free(
    migrated: Scratch,
) -> None:
    before = REVISIONS[REVISIONS.index("0006") - 1]  # 0006 makes this index
    await downgrade(migrated.admin_url, before)
    await execute(migrated, "CREATE INDEX ix_spin_off_tickets_running ON spin_off_tickets (id)")
    with pytest.raises(sa.exc.ProgrammingError, match="already exists"):
        await upgrade_head(migrated.admin_url, migrated.app_url)
    await execute(migrated, "DROP INDEX ix_spin_off_tickets_running")
    assert await upgrade_head(migrated.admin_url, migrated.app_url) == Migrated(before, HEAD)


async def test_older_code_refuses_a_newer_database_and_a_process_that_runs_already_goes_on(
    migrated: Scratch,
) -> None:
    running = Database(migrated.app_url, migrated.admin_url, pool_size=1)
    async with running.without_tenant():
        pass
    await set_revision(migrated, "9999")
    async with running.without_tenant():
        pass
    await running.aclose()

    code, output = await module("infra.database.migrate", migrated)
    assert code == 1, output
    assert output.startswith("database_newer: ")
    assert "9999" in output
    settings = settings_of_a_test(migrated.app_url, migrated.admin_url)
    async with running_api(settings) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        refused = assert_problem(await login(client), 503, "database_newer")
        assert "9999" in refused["detail"]


async def test_a_worker_waits_for_the_migrations_and_ends_on_a_newer_database(migrated: Scratch) -> None:
    await set_revision(migrated, REVISIONS[0])
    database = Database(migrated.app_url, pool_size=1)
    why: list[Exception] = []
    waiting = asyncio.create_task(database.wait_until_usable(why.append))

    async def told() -> bool:
        return bool(why)

    await until(told, what="the reason")
    assert isinstance(why[0], NotMigrated)
    await set_revision(migrated, HEAD)
    await waiting
    await set_revision(migrated, "9999")
    newer = Database(migrated.app_url, pool_size=1)
    with pytest.raises(SystemExit, match=r"database_newer: .*9999"):
        await until_database_fits(newer)
    await newer.aclose()
    await database.aclose()
