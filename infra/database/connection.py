"""Transactions. Tenant work always runs as the restricted role with the account set for that transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from infra.config import Settings
from infra.config_sources import ConfigurationError

_SET_ACCOUNT = text("SELECT set_config('app.current_account_id', :account_id, true)")


class Database:
    """Two pools: `tenant()` for everything a user does, `admin()` for auth and system jobs only.

    URLs are `postgresql+asyncpg://…`. The admin pool is optional: a worker that never needs it does not get it.
    """

    def __init__(self, url: str, admin_url: str | None = None, *, pool_size: int = 10) -> None:
        self.url = url
        self._engine = _engine(url, pool_size)
        self._admin_engine = _engine(admin_url, max(2, pool_size // 4)) if admin_url else None

    @asynccontextmanager
    async def tenant(self, account_id: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction that sees and writes only rows of `account_id`; commits when the block ends well."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            await session.execute(_SET_ACCOUNT, {"account_id": str(account_id)})
            yield session

    @asynccontextmanager
    async def without_tenant(self) -> AsyncIterator[AsyncSession]:
        """One transaction of the restricted role with no account set: it sees no tenant row. For health checks."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AsyncSession]:
        """One transaction over all accounts. Raises RuntimeError in a process that was given no admin URL."""
        if self._admin_engine is None:
            raise RuntimeError("this process has no admin database URL")
        async with AsyncSession(self._admin_engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def aclose(self) -> None:
        """Close both pools."""
        await self._engine.dispose()
        if self._admin_engine is not None:
            await self._admin_engine.dispose()


def _engine(url: str, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_use_lifo=True,
        # An error names its statement, and must not carry what engineers wrote into the logs.
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "command_timeout": 30,
            # Without JIT compilation: our statements are short and compiling costs more than it gives.
            # Times that the database writes into JSON are in UTC, as all others.
            "server_settings": {"jit": "off", "application_name": "resolutionflow", "timezone": "UTC"},
        },
    )


def database_from(settings: Settings, *, with_admin: bool = False, pool_size: int = 10) -> Database:
    """The database of a process. Raises ConfigurationError when a URL it needs is not set."""
    url, admin_url = settings.database_url, settings.database_admin_url
    if url is None:
        raise ConfigurationError(["DATABASE_URL must be set: the application's own role on PostgreSQL"])
    if with_admin and admin_url is None:
        raise ConfigurationError(
            ["DATABASE_ADMIN_URL must be set: the owner of the schema, for sign-in and system jobs"]
        )
    admin = admin_url.get_secret_value() if with_admin and admin_url else None
    return Database(url.get_secret_value(), admin, pool_size=pool_size)
