"""Bring the database to the newest schema: `python -m infra.database.migrate`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from infra.database.row_security import APP_ROLE
from infra.database.schema import HEAD, MIGRATION_LOCK, MIGRATIONS, REVISIONS, DatabaseNewer, require_known

_TABLE_OF_REVISION = text("SELECT to_regclass('public.alembic_version') IS NOT NULL")
_REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True)
class Migrated:
    """What a run did: the schemas before and after. None is a database without any."""

    before: str | None
    after: str | None

    @property
    def steps(self) -> int:
        """How many migrations were applied."""
        places = (None, *REVISIONS)
        return places.index(self.after) - places.index(self.before)


def alembic_config() -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


async def upgrade_head(
    admin_url: str, app_url: str | None = None, *, on_wait: Callable[[], None] = lambda: None
) -> Migrated:
    """Apply all migrations. With `app_url`, the restricted role named there is created first when it is missing.

    Several processes may call this at once: an advisory lock lets one work and the others wait, which `on_wait` is
    told. Raises DatabaseNewer for a database that a newer version has migrated.
    """
    return await _run(admin_url, app_url, lambda config: command.upgrade(config, "head"), on_wait)


async def downgrade(admin_url: str, revision: str = "base") -> Migrated:
    """Take migrations back down to `revision`."""
    return await _run(admin_url, None, lambda config: command.downgrade(config, revision), lambda: None)


async def _run(
    admin_url: str, app_url: str | None, step: Callable[[Config], None], on_wait: Callable[[], None]
) -> Migrated:
    engine = create_async_engine(admin_url)

    def migrate(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        step(config)

    try:
        # The lock belongs to this connection: it is free again however the process ends.
        async with engine.connect() as lock:
            await _take_lock(lock, on_wait)
            if app_url is not None:
                async with engine.begin() as connection:
                    await connection.run_sync(ensure_app_role, app_url)
            async with engine.begin() as connection:
                before = await _revision(connection)
                require_known(before)
                await connection.run_sync(migrate)
                after = await _revision(connection)
                if after is not None:
                    # Every process looks whether it fits the database before it works on it.
                    await connection.execute(text(f"GRANT SELECT ON alembic_version TO {APP_ROLE}"))
            await lock.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            return Migrated(before, after)
    finally:
        await engine.dispose()


async def _take_lock(connection: AsyncConnection, on_wait: Callable[[], None]) -> None:
    taken = await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    if not taken.scalar_one():
        on_wait()
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})


async def _revision(connection: AsyncConnection) -> str | None:
    if not (await connection.execute(_TABLE_OF_REVISION)).scalar_one():
        return None
    return (await connection.execute(_REVISION)).scalar_one_or_none()


def ensure_app_role(connection: Connection, app_url: str) -> None:
    """Create the restricted role of the URL when it is missing."""
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
    try:
        done = asyncio.run(
            upgrade_head(settings.database_admin_url.get_secret_value(), app_url, on_wait=_say_waiting)
        )
    except DatabaseNewer as error:
        sys.exit(f"{error.code}: {error.detail}")
    sys.stdout.write(f"database is at the newest schema ({HEAD}), {done.steps} migrations were applied\n")


def _say_waiting() -> None:
    sys.stdout.write("another process migrates the database: waiting for it\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
