"""The PostgreSQL server that only Temporal uses, so that it can die alone."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from infra.stack.postgres import EmbeddedPostgres, PostgresPasswords
from tests.production_temporal.programs import ProductionPrograms

ROLE = "temporal"
DATABASES = ("temporal", "temporal_visibility")
PASSWORD = "password-of-temporals-databases"


class TemporalPostgres(EmbeddedPostgres):
    """As durable as in production. It makes the role alone; the databases are made by `launch`."""

    def __init__(self, programs: ProductionPrograms, folder: Path, port: int, *, log_path: Path) -> None:
        super().__init__(
            folder,
            port,
            PostgresPasswords(PASSWORD, PASSWORD, PASSWORD),
            log_path=log_path,
            program=programs.postgres_program,
        )

    async def set_up(self) -> None:
        connection = await self.connect()
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE):
                await connection.execute(
                    f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{PASSWORD}'"
                )
        finally:
            await connection.close()


async def renew_databases(host: str, port: int) -> None:
    """Drop both databases with all that is in them and make them new and empty, as `docs/operations.md` tells."""
    connection = await _superuser(host, port, "postgres")
    try:
        for database in DATABASES:
            await connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {database} OWNER {ROLE}")
            await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    finally:
        await connection.close()
    for database in DATABASES:
        connection = await _superuser(host, port, database)
        try:
            await connection.execute(f"ALTER SCHEMA public OWNER TO {ROLE}")
            if database.endswith("visibility"):
                await connection.execute("CREATE EXTENSION btree_gin")
        finally:
            await connection.close()


async def _superuser(host: str, port: int, database: str) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(
        host=host, port=port, user="postgres", password=PASSWORD, database=database, timeout=5
    )
