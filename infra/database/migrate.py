"""Bring the database to the newest schema: `python -m infra.database.migrate`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from infra.database.row_security import APP_ROLE

MIGRATIONS = Path(__file__).parent / "migrations"
# Any constant will do; two processes that migrate at once must use the same one.
_MIGRATION_LOCK = 727_001


def alembic_config() -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


async def upgrade_head(admin_url: str, app_url: str | None = None) -> None:
    """Apply all migrations. With `app_url`, the restricted role named there is created first when it is missing.

    Several processes may call this at once: an advisory lock lets one work and the others wait.
    """
    await _run(admin_url, app_url, lambda config: command.upgrade(config, "head"))


async def downgrade(admin_url: str, revision: str = "base") -> None:
    """Take migrations back down to `revision`."""
    await _run(admin_url, None, lambda config: command.downgrade(config, revision))


async def _run(admin_url: str, app_url: str | None, step: object) -> None:
    engine = create_async_engine(admin_url)

    def migrate(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        step(config)  # type: ignore[operator]

    try:
        async with engine.connect() as lock:
            await lock.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            if app_url is not None:
                async with engine.begin() as connection:
                    await connection.run_sync(_ensure_app_role, app_url)
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
            await lock.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
    finally:
        await engine.dispose()


def _ensure_app_role(connection: Connection, app_url: str) -> None:
    url = make_url(app_url)
    if url.username != APP_ROLE:
        raise ValueError(
            f"DATABASE_URL must connect as {APP_ROLE}: the migrations grant their rights to that role"
        )
    if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APP_ROLE}).first():
        return
    # Role statements take no parameters, so the database quotes the literal for us.
    quoted = connection.execute(
        text("SELECT quote_literal(:password)"), {"password": url.password or ""}
    ).scalar_one()
    connection.exec_driver_sql(
        f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB PASSWORD {quoted}"
    )


def main() -> None:
    from infra.config import load_settings

    settings = load_settings()
    if settings.database_admin_url is None:
        sys.exit("DATABASE_ADMIN_URL is not set: migrations run as the owner of the schema")
    app_url = settings.database_url.get_secret_value() if settings.database_url else None
    asyncio.run(upgrade_head(settings.database_admin_url.get_secret_value(), app_url))
    sys.stdout.write("database is at the newest schema\n")


if __name__ == "__main__":
    main()
