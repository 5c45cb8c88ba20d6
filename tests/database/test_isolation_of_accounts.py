"""Two accounts in one database: the app role of one never sees or touches a row of the other, in any way it may try."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from infra.database.connection import Database
from infra.stack.postgres import OWNER_ROLE, SUPERUSER
from tests.database.conftest import Scratch, TwoIds
from tests.database.isolation_checks import TwoAccounts, violations
from tests.database.rows import tenant_tables

ROOT = Path(__file__).resolve().parents[2]

NOT_COPIED = {"users", "refresh_tokens", "login_sessions", "two_factors", "recovery_codes"}
"""Tables that the app role reads only in part, or not at all."""

MAY_NAME_THE_SETTING = {
    "infra/database/connection.py": "sets it",
    "infra/database/row_security.py": "is the policy",
    "infra/database/session_search.py": "reads it in a function of the owner",
}

ESCAPES = [
    f"SET ROLE {OWNER_ROLE}",
    f"SET ROLE {SUPERUSER}",
    f"SET SESSION AUTHORIZATION {OWNER_ROLE}",
    "SET session_replication_role = replica",
    "ALTER TABLE sessions DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE sessions NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY sessions_own_account ON sessions",
    "ALTER POLICY sessions_own_account ON sessions USING (true)",
    "CREATE POLICY wide ON sessions USING (true)",
    "ALTER ROLE resolutionflow_app BYPASSRLS",
    "TRUNCATE llm_calls",
    "COPY sessions TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/rows'",
    "CREATE TABLE public.copied AS SELECT * FROM sessions",
    "CREATE TEMPORARY TABLE sessions (id uuid)",
    "CREATE FUNCTION public.reach() RETURNS int LANGUAGE sql RETURN 1",
    "CREATE VIEW public.reach AS SELECT * FROM sessions",
    "SELECT stavalues1 FROM pg_statistic",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT lo_import('PG_VERSION')",
]
"""What somebody would try who can run statements of their own as the app role."""


async def test_every_table_command_identity_and_reference_is_held_apart(accounts: TwoAccounts) -> None:
    assert await violations(accounts) == []


async def test_no_statement_of_the_app_role_leads_past_the_policies(
    migrated: Scratch, two_ids: TwoIds
) -> None:
    connection = await _as_application(migrated, two_ids)
    try:
        for statement in ESCAPES:
            with pytest.raises(asyncpg.PostgresError) as refusal:
                await connection.execute(statement)
            assert refusal.value.sqlstate in ("42501", "0A000"), f"{statement}: {refusal.value}"
        # Switched off, row security does not show all rows: it refuses to show any.
        await connection.execute("SET row_security = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.fetch("SELECT id FROM sessions")
    finally:
        await connection.close()


async def test_copying_takes_the_own_rows_out_and_puts_none_in(migrated: Scratch, two_ids: TwoIds) -> None:
    connection = await _as_application(migrated, two_ids)
    try:
        for table in tenant_tables():
            if table.name in NOT_COPIED:
                continue
            out = io.BytesIO()
            await connection.copy_from_table(table.name, columns=["account_id"], output=out)
            assert out.getvalue().decode().split() == [str(two_ids.ours)], table.name
            rows = io.BytesIO(f"{two_ids.theirs}\n".encode())
            with pytest.raises(asyncpg.FeatureNotSupportedError, match="row-level security"):
                await connection.copy_to_table(table.name, columns=["account_id"], source=rows)
    finally:
        await connection.close()


async def test_the_search_of_the_owner_answers_only_the_own_account(
    database: Database, two_ids: TwoIds
) -> None:
    async with database.admin() as db:
        await db.execute(sa.text("UPDATE sessions SET title = 'Printer offline'"))
        ids = {
            row.account_id: row.id for row in await db.execute(sa.text("SELECT account_id, id FROM sessions"))
        }
    search = sa.text("SELECT find_sessions('printer', '%printer%')")
    for account in two_ids:
        async with database.tenant(account) as db:
            assert (await db.execute(search)).scalars().all() == [ids[account]]
    async with database.without_tenant() as db:
        assert (await db.execute(search)).scalars().all() == []


async def test_an_account_that_is_not_an_id_is_an_error_and_not_everybody(
    database: Database, two_ids: TwoIds
) -> None:
    for value in ("*", "%", "NULL", "true", f"{two_ids.ours},{two_ids.theirs}", "' OR true --"):
        with pytest.raises(DBAPIError) as refusal:
            await _read_as(database, value)
        assert getattr(refusal.value.orig, "sqlstate", None) == "22P02", value


def test_one_place_of_the_code_sets_the_account() -> None:
    found = set()
    for folder in ("activities", "api", "domain", "infra", "workflows"):
        for path in (ROOT / folder).rglob("*.py"):
            texts = [
                node.value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            if any("app.current_account_id" in one for one in texts):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == set(MAY_NAME_THE_SETTING)


async def _as_application(migrated: Scratch, two_ids: TwoIds) -> asyncpg.Connection[asyncpg.Record]:
    """A connection as the application makes it, with our account set for as long as it lives."""
    connection = await asyncpg.connect(migrated.app_url.replace("+asyncpg", ""))
    await connection.execute(f"SET app.current_account_id = '{two_ids.ours}'")
    return connection


async def _read_as(database: Database, account: str) -> None:
    async with database.without_tenant() as db:
        await db.execute(
            sa.text("SELECT set_config('app.current_account_id', :value, true)"), {"value": account}
        )
        await db.execute(sa.text("SELECT id FROM sessions"))
