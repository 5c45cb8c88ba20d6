"""What the app role may not read or write at all, of whichever account it is."""

from __future__ import annotations

import asyncpg

from infra.database.row_security import APP_ROLE
from infra.stack.postgres import EmbeddedPostgres
from tests.database.conftest import Scratch


async def test_the_app_role_writes_nothing_that_belongs_to_signing_in(
    postgres: EmbeddedPostgres, migrated: Scratch
) -> None:
    connection = await postgres.connect(migrated.name)
    try:
        for right in ("INSERT", "UPDATE", "DELETE"):
            for table in (
                "accounts",
                "users",
                "refresh_tokens",
                "login_sessions",
                "two_factors",
                "recovery_codes",
                "alembic_version",
            ):
                holds = await connection.fetchval(
                    "SELECT has_any_column_privilege($1, $2, $3)"
                    if right != "DELETE"
                    else "SELECT has_table_privilege($1, $2, $3)",
                    APP_ROLE,
                    table,
                    right,
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
            "SELECT id FROM login_sessions",
            "SELECT secret FROM two_factors",
            "SELECT code_hash FROM recovery_codes",
            "SELECT key FROM rate_limits",
            "UPDATE audit_log SET action = 'nothing'",
            "DELETE FROM audit_log",
        ):
            try:
                await connection.fetch(statement)
            except asyncpg.InsufficientPrivilegeError:
                continue
            raise AssertionError(f"the app role may run: {statement}")
    finally:
        await connection.close()
