"""The first account of a new installation: `python -m infra.first_account`. Safe to repeat, and to run beside the api.

Nobody can be invited where nobody is. RESOLUTIONFLOW_INIT_ACCOUNT, …_INIT_EMAIL and …_INIT_PASSWORD say what to make;
the api does the same when it starts.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import Self

import asyncpg
from pydantic import SecretStr
from sqlalchemy import exists, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.audit import AuditAction, AuditTarget
from infra.config import Settings, load_settings
from infra.config_sources import ConfigurationError
from infra.database.audit import write_audit_entry
from infra.database.connection import Database, database_from
from infra.database.faults import is_transient
from infra.database.models import User
from infra.database.schema import MIGRATION_LOCK, SchemaMismatch
from infra.founding import found_account
from infra.passwords import hash_password


@dataclass(frozen=True)
class FirstAccount:
    """What to make: the account's name, and address and password of its owner."""

    account_name: str
    email: str
    password: SecretStr

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None where the settings name none; they are set all three or not at all."""
        name, email, password = settings.init_account, settings.init_email, settings.init_password
        return cls(name, email, password) if name and email and password else None


async def make_first_account(database: Database, first: FirstAccount) -> User | None:
    """Make it while there is no user; answers its owner, None when there are users.

    Any number of processes may try at once, and one makes it. It takes turns with migrations and restores as well: a
    database that is just being filled is not an empty one. Raises what the database raises, SchemaMismatch too.
    """
    async with database.admin() as db:
        if await _has_users(db):
            return None
    password_hash = await hash_password(first.password.get_secret_value())
    async with database.admin() as db:
        # Before anything is read: who holds a table while waiting here stands in the way of a restore.
        await db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if await _has_users(db):
            return None
        owner = await found_account(
            db,
            account_name=first.account_name,
            email=first.email,
            name=first.email.partition("@")[0][:200],  # as many as the column takes
            password_hash=password_hash,
            is_super_admin=True,
        )
        # Nobody was signed in: whoever runs the installation has asked for it.
        await write_audit_entry(
            db,
            owner.account_id,
            AuditAction.ACCOUNT_CREATED,
            (AuditTarget.ACCOUNT, owner.account_id),
            actor_id=None,
            after={"role": owner.role, "owner_id": str(owner.id), "is_super_admin": True},
        )
        return owner


async def _has_users(db: AsyncSession) -> bool:
    return bool((await db.execute(select(exists(select(User.id))))).scalar_one())


async def _run(settings: Settings, first: FirstAccount) -> str:
    database = database_from(settings, with_admin=True)
    try:
        owner = await make_first_account(database, first)
    finally:
        await database.aclose()
    if owner is None:
        return "there are users already: nothing was made or changed"
    return f"the first account was made: sign in as {owner.email}"


def main() -> None:
    settings = load_settings()
    first = FirstAccount.of(settings)
    if first is None:
        sys.exit(
            "RESOLUTIONFLOW_INIT_ACCOUNT, RESOLUTIONFLOW_INIT_EMAIL and RESOLUTIONFLOW_INIT_PASSWORD are not set: "
            "they say which account to make"
        )
    try:
        said = asyncio.run(_run(settings, first))
    except ConfigurationError as error:
        for problem in error.problems:
            sys.stderr.write(f"configuration: {problem}\n")
        sys.exit(2)
    except SchemaMismatch as error:
        sys.exit(f"{error.code}: {error.detail}")
    except Exception as error:
        if not is_transient(error) and not isinstance(error, DBAPIError | asyncpg.PostgresError):
            raise
        sys.exit(f"database_unavailable: PostgreSQL cannot be used ({type(error).__name__}). Try again.")
    sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    main()
