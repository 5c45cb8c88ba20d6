"""What the database itself says of tenant isolation: asked of its catalog, so that no table is forgotten."""

from __future__ import annotations

import asyncpg

from infra.database.row_security import APP_ROLE, isolate_table
from infra.stack.postgres import EmbeddedPostgres
from tests.database.conftest import Scratch

_UNPROTECTED = """
    WITH tenant AS (
        SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    ), policy AS (
        SELECT polrelid, polcmd, pg_get_expr(polqual, polrelid) AS may_see,
               pg_get_expr(polwithcheck, polrelid) AS may_write
        FROM pg_policy WHERE polpermissive
    ), covered AS (
        SELECT polrelid,
               bool_or(polcmd IN ('*', 'r') AND may_see IS NOT NULL) AS reads,
               bool_or(polcmd IN ('*', 'a') AND may_write IS NOT NULL) AS inserts,
               bool_or(polcmd IN ('*', 'w') AND may_see IS NOT NULL AND may_write IS NOT NULL) AS updates,
               bool_or(polcmd IN ('*', 'd') AND may_see IS NOT NULL) AS deletes,
               bool_and(coalesce(may_see, 'app.current_account_id') LIKE '%app.current_account_id%'
                    AND coalesce(may_write, 'app.current_account_id') LIKE '%app.current_account_id%') AS own
        FROM policy GROUP BY polrelid
    )
    SELECT tenant.relname FROM tenant LEFT JOIN covered ON covered.polrelid = tenant.oid
    WHERE (relrowsecurity AND relforcerowsecurity AND reads AND inserts AND updates AND deletes AND own) IS NOT TRUE
    ORDER BY 1
"""


async def unprotected_tables(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    """Tables with `account_id` that lack forced security, or a policy for some command, or have one that is wider."""
    return [row["relname"] for row in await connection.fetch(_UNPROTECTED)]


async def test_every_table_of_a_tenant_has_forced_row_security_for_every_command(
    postgres: EmbeddedPostgres, migrated: Scratch
) -> None:
    connection = await postgres.connect(migrated.name)
    try:
        assert await unprotected_tables(connection) == []
    finally:
        await connection.close()


async def test_the_check_notices_each_way_of_forgetting_it(
    postgres: EmbeddedPostgres, migrated: Scratch
) -> None:
    own = "account_id = NULLIF(current_setting('app.current_account_id', true), '')::uuid"
    forgotten = {
        "no_security": [],
        "not_forced": [
            "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY p ON {{t}} USING ({own})",
        ],
        "no_policy": [
            "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE {t} FORCE ROW LEVEL SECURITY",
        ],
        "no_with_check": [
            "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE {t} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY p ON {{t}} USING ({own})",
        ],
        "for_select_only": [
            "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE {t} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY p ON {{t}} FOR SELECT USING ({own})",
        ],
        "one_policy_for_all": [
            *isolate_table("{t}"),
            "CREATE POLICY wide ON {t} USING (true) WITH CHECK (true)",
        ],
    }
    connection = await postgres.connect(migrated.name)
    try:
        for table, statements in forgotten.items():
            await connection.execute(f"CREATE TABLE {table} (id uuid PRIMARY KEY, account_id uuid NOT NULL)")
            for statement in statements:
                await connection.execute(statement.format(t=table))
        await connection.execute("CREATE TABLE done_right (id uuid PRIMARY KEY, account_id uuid NOT NULL)")
        for statement in isolate_table("done_right"):
            await connection.execute(statement)
        assert await unprotected_tables(connection) == sorted(forgotten)
    finally:
        await connection.close()


async def test_the_app_role_has_no_way_around_row_security(postgres: EmbeddedPostgres) -> None:
    connection = await postgres.connect()
    try:
        role = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", APP_ROLE)
        assert role is not None
        for right in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication"):
            assert role[right] is False, right
        member_of = await connection.fetchval(
            "SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole", APP_ROLE
        )
        assert member_of == 0, "a role that may become another one has its rights"
    finally:
        await connection.close()


async def test_the_app_role_may_only_read_and_write_rows(
    postgres: EmbeddedPostgres, migrated: Scratch
) -> None:
    # TRUNCATE ignores row security, and TRIGGER or REFERENCES would reach rows through the back door.
    connection = await postgres.connect(migrated.name)
    try:
        tables = [
            row["relname"]
            for row in await connection.fetch(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            )
        ]
        assert "sessions" in tables
        for table in tables:
            for right in ("TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN"):
                holds = await connection.fetchval(
                    "SELECT has_table_privilege($1, $2, $3)", APP_ROLE, table, right
                )
                assert holds is False, (table, right)
        assert not await connection.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", APP_ROLE)
        for right in ("INSERT", "UPDATE", "DELETE"):
            for table in ("accounts", "users", "refresh_tokens", "alembic_version"):
                holds = await connection.fetchval(
                    "SELECT has_table_privilege($1, $2, $3)", APP_ROLE, table, right
                )
                assert holds is False, (table, right)
    finally:
        await connection.close()


async def test_the_app_role_cannot_read_password_hashes_or_refresh_tokens(
    postgres: EmbeddedPostgres, migrated: Scratch
) -> None:
    connection = await asyncpg.connect(migrated.app_url.replace("postgresql+asyncpg", "postgresql"))
    try:
        assert await connection.fetch("SELECT id, email, name, role FROM users") == []
        for statement in (
            "SELECT password_hash FROM users",
            "SELECT * FROM users",
            "SELECT 1 FROM users WHERE password_hash LIKE '$argon2%'",
            "SELECT token_hash FROM refresh_tokens",
            "SELECT count(*) FROM refresh_tokens",
        ):
            try:
                await connection.fetch(statement)
            except asyncpg.InsufficientPrivilegeError:
                continue
            raise AssertionError(f"the app role may run: {statement}")
    finally:
        await connection.close()
