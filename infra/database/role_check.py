"""Whether row level security binds the application's role: asked of the database itself, at start."""

from __future__ import annotations

import asyncio
import sys

import structlog
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from infra.config import Settings
from infra.config_sources import ConfigurationError
from infra.database.faults import is_transient

logger = structlog.get_logger()

_RETRY_SECONDS = 2.0

_WAYS_AROUND = text(
    """
    SELECT role.rolname, role.rolsuper, role.rolbypassrls, role.rolcreaterole,
           EXISTS (SELECT FROM pg_auth_members WHERE member = role.oid) AS becomes_others,
           EXISTS (
               SELECT FROM pg_class WHERE relowner = role.oid AND relkind IN ('r', 'p')
               AND relnamespace = 'public'::regnamespace
           ) AS owns_tables
    FROM pg_roles AS role WHERE role.rolname = current_user
    """
)

_SENTENCES = {
    "rolsuper": "is a superuser",
    "rolbypassrls": "may bypass row level security",
    "rolcreaterole": "may make roles",
    "becomes_others": "is a member of another role",
    "owns_tables": "owns tables",
}


async def require_restricted_role(url: str) -> None:
    """Raises ConfigurationError when the role of the URL has a way around row level security.

    A wrong role may have no right to look at the schema, so nothing is asked about that here.
    """
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as db:
            role = (await db.execute(_WAYS_AROUND)).mappings().one()
    finally:
        await engine.dispose()
    ways = [sentence for right, sentence in _SENTENCES.items() if role[right]]
    if ways:
        raise ConfigurationError(
            [
                f"DATABASE_URL connects as {role['rolname']}, which {', '.join(ways)}: row level security would not "
                "keep accounts apart. Use the role that the migrations grant rights to."
            ]
        )


async def refuse_unsafe_role(settings: Settings) -> None:
    """In production nothing is served before the role was looked at; a database that is away is waited for.

    Raises ConfigurationError.
    """
    if settings.env != "production" or settings.database_url is None:
        return
    while True:
        try:
            await require_restricted_role(settings.database_url.get_secret_value())
            return
        except Exception as error:
            if not is_transient(error):
                raise
            logger.warning("database.away_at_start", error=type(error).__name__)
        await asyncio.sleep(_RETRY_SECONDS)


async def check_at_start(settings: Settings) -> None:
    """For the entry points: says what is wrong and exits with 2, as wrong settings do."""
    try:
        await refuse_unsafe_role(settings)
    except ConfigurationError as error:
        for problem in error.problems:
            sys.stderr.write(f"configuration: {problem}\n")
        sys.exit(2)
