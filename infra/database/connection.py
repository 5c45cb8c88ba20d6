"""Transactions. Tenant work always runs as the restricted role with the account set for that transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import TextClause, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from infra.config import Settings
from infra.config_sources import ConfigurationError
from infra.crash_points import CrashPoint, reached
from infra.database.faults import is_lost_connection, is_read_only, is_transient, sqlstate_of
from infra.database.schema import DatabaseNewer, require_head

_SET_ACCOUNT = text("SELECT set_config('app.current_account_id', :account_id, true)")
_PING = text("SELECT 1")
_REVISION = text("SELECT version_num FROM alembic_version")
_LOOK_EVERY = 0.5
_NEVER_MIGRATED = ("42P01", "42501")  # no such table, no right to read it: rights come with the migrations

POOL_WAIT = 10.0
"""Seconds until a request is told that every connection is in use."""

TIMEOUTS = {
    # Below the ten seconds of a step, so that the step is told why it has to try again.
    "lock_timeout": "8s",
    "statement_timeout": "25s",
    # A process that hangs must not keep a session locked.
    "idle_in_transaction_session_timeout": "60s",
}
"""What the server holds our transactions to. Migrations and backups have connections of their own."""


class Database:
    """Two pools: `tenant()` for everything a user does, `admin()` for auth and system jobs only.

    URLs are `postgresql+asyncpg://…`. The admin pool is optional: a worker that never needs it does not get it.

    A connection that has ended while it was in the pool is replaced without a word. Every transaction raises
    SchemaMismatch until the database was seen at the schema of this code; after that it may be migrated further, so
    that a newer version can be brought in beside this one.
    """

    def __init__(self, url: str, admin_url: str | None = None, *, pool_size: int = 10) -> None:
        self.url = url
        self._engine = _engine(url, pool_size)
        self._admin_engine = _engine(admin_url, max(2, pool_size // 4)) if admin_url else None
        self._schema_fits = False

    @asynccontextmanager
    async def tenant(self, account_id: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction that sees and writes only rows of `account_id`; commits when the block ends well."""
        async with self._transaction(self._engine, _SET_ACCOUNT, {"account_id": str(account_id)}) as session:
            yield session
            await reached(CrashPoint.BEFORE_COMMIT)
        await reached(CrashPoint.AFTER_COMMIT)

    @asynccontextmanager
    async def without_tenant(self) -> AsyncIterator[AsyncSession]:
        """One transaction of the restricted role with no account set: it sees no tenant row. For health checks."""
        async with self._transaction(self._engine, _PING, {}) as session:
            yield session

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AsyncSession]:
        """One transaction over all accounts. Raises RuntimeError in a process that was given no admin URL."""
        if self._admin_engine is None:
            raise RuntimeError("this process has no admin database URL")
        async with self._transaction(self._admin_engine, _PING, {}) as session:
            yield session

    async def wait_until_usable(self, on_wait: Callable[[Exception], None]) -> None:
        """Return once the database is there and migrated. `on_wait` is told why not, each time another reason.

        Raises DatabaseNewer, which waiting does not mend.
        """
        told = ""
        while True:
            try:
                async with self.without_tenant():
                    return
            except DatabaseNewer:
                raise
            except Exception as error:
                if not is_transient(error):
                    raise
                if told != (told := type(error).__name__):
                    on_wait(error)
            await asyncio.sleep(_LOOK_EVERY)

    async def aclose(self) -> None:
        """Close both pools."""
        await self._engine.dispose()
        if self._admin_engine is not None:
            await self._admin_engine.dispose()

    @asynccontextmanager
    async def _transaction(
        self, engine: AsyncEngine, first: TextClause, parameters: dict[str, str]
    ) -> AsyncIterator[AsyncSession]:
        async with await self._begun(engine, first, parameters) as session:
            yield session
            await session.commit()

    async def _begun(
        self, engine: AsyncEngine, first: TextClause, parameters: dict[str, str]
    ) -> AsyncSession:
        """A session in whose transaction the first statement has run.

        It shows for nothing whether the connection still lives. Nothing was done before it, so that it can be said
        again on another one, whatever the transaction is for.
        """
        for is_last in (False, True):
            session = AsyncSession(engine, expire_on_commit=False)
            try:
                await session.execute(first, parameters)
                if not self._schema_fits:
                    await _require_schema(session)
                    self._schema_fits = True
            except BaseException as error:
                await session.close()
                if is_last or not is_lost_connection(error):
                    raise
            else:
                return session
        raise AssertionError("unreachable")


async def _require_schema(session: AsyncSession) -> None:
    try:
        revision = (await session.execute(_REVISION)).scalar_one_or_none()
    except DBAPIError as error:
        if sqlstate_of(error) not in _NEVER_MIGRATED:
            raise
        revision = None
    require_head(revision)


def _engine(url: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=POOL_WAIT,
        pool_use_lifo=True,
        # An error names its statement, and must not carry what engineers wrote into the logs.
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "command_timeout": 30,
            # Without JIT compilation: our statements are short and compiling costs more than it gives.
            # Times that the database writes into JSON are in UTC, as all others.
            "server_settings": {
                "jit": "off",
                "application_name": "resolutionflow",
                "timezone": "UTC",
                **TIMEOUTS,
            },
        },
    )
    event.listen(engine.sync_engine, "handle_error", _leave_read_only_server)
    return engine


def _leave_read_only_server(context: ExceptionContext) -> None:
    """After a failover the pool may still be connected to what is a standby now: connect anew, all of it."""
    if is_read_only(context.original_exception):
        context.is_disconnect = True


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
