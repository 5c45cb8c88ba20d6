"""Keys that are replaced, and database roles that must not serve: asked of real rows and a real PostgreSQL."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from infra.config_sources import ConfigurationError
from infra.database.connection import Database
from infra.database.models import Base, PsaConnection, TwoFactor
from infra.database.role_check import require_restricted_role
from infra.database.row_security import APP_ROLE
from infra.rotate_keys import SEALED, Rotated, rotate_keys
from infra.secret_box import PSA_CREDENTIALS, TWO_FACTOR_SECRETS, SecretBox
from infra.stack.postgres import EmbeddedPostgres
from tests.database.conftest import Scratch
from tests.database.rows import fill

PROJECT = Path(__file__).parents[2]
CREDENTIALS = {"public_key": "p", "private_key": "q", "client_id": "r"}


def new_key() -> SecretStr:
    return SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode())


OLD, NEW, LOST = new_key(), new_key(), new_key()


async def sealed_with(database: Database, key: SecretStr) -> UUID:
    """An account whose secrets are encrypted with that key."""
    account = uuid4()
    async with database.admin() as db:
        await fill(db, account)
        await db.execute(
            sa.update(PsaConnection)
            .where(PsaConnection.account_id == account)
            .values(credentials=SecretBox([key], PSA_CREDENTIALS).seal(CREDENTIALS))
        )
        await db.execute(
            sa.update(TwoFactor)
            .where(TwoFactor.account_id == account)
            .values(secret=SecretBox([key], TWO_FACTOR_SECRETS).seal({"secret": "s"}))
        )
    return account


async def credentials_of(database: Database, account: UUID) -> bytes:
    async with database.admin() as db:
        found = await db.execute(
            sa.select(PsaConnection.credentials).where(PsaConnection.account_id == account)
        )
        return found.scalar_one()


async def test_after_rotating_the_old_key_is_not_needed_any_more(database: Database) -> None:
    older, newer = await sealed_with(database, OLD), await sealed_with(database, NEW)
    untouched = await credentials_of(database, newer)
    for counts in (await rotate_keys(database, [NEW, OLD])).values():
        assert counts == Rotated(anew=1, current=1, unreadable=0)
    assert SecretBox([NEW], PSA_CREDENTIALS).open(await credentials_of(database, older)) == CREDENTIALS
    async with database.admin() as db:
        secrets = (await db.execute(sa.select(TwoFactor.secret))).scalars().all()
    assert [SecretBox([NEW], TWO_FACTOR_SECRETS).open(one) for one in secrets] == [{"secret": "s"}] * 2
    assert await credentials_of(database, newer) == untouched
    for counts in (await rotate_keys(database, [NEW, OLD])).values():
        assert counts == Rotated(anew=0, current=2, unreadable=0), "doing it again changes nothing"


async def test_what_no_key_opens_is_counted_and_left_as_it_is(database: Database) -> None:
    lost, older = await sealed_with(database, LOST), await sealed_with(database, OLD)
    before = await credentials_of(database, lost)
    for counts in (await rotate_keys(database, [NEW, OLD])).values():
        assert counts == Rotated(anew=1, current=0, unreadable=1)
    assert await credentials_of(database, lost) == before
    assert SecretBox([NEW], PSA_CREDENTIALS).open(await credentials_of(database, older)) == CREDENTIALS


async def test_every_encrypted_column_is_rotated(database: Database) -> None:
    encrypted = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    assert encrypted == {(one.column.class_.__tablename__, one.column.key) for one in SEALED}


async def test_the_command_tells_what_it_did_and_shows_no_secret(
    database: Database, migrated: Scratch, tmp_path: Path
) -> None:
    await sealed_with(database, OLD)
    keys = f"{NEW.get_secret_value()},{OLD.get_secret_value()}"
    done = subprocess.run(  # noqa: ASYNC221 - a test may wait
        [sys.executable, "-m", "infra.rotate_keys"],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(PROJECT),
            "PATH": os.environ["PATH"],
            "DATABASE_URL": migrated.app_url,
            "DATABASE_ADMIN_URL": migrated.admin_url,
            "RESOLUTIONFLOW_SECRET_KEYS": keys,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "credentials of connections: 1 encrypted anew, 0 under the newest key already, 0 that no key opens",
        "secrets of second factors: 1 encrypted anew, 0 under the newest key already, 0 that no key opens",
    ]
    for key in (OLD, NEW):
        assert key.get_secret_value() not in done.stdout + done.stderr


async def test_the_role_of_the_migrations_may_serve(migrated: Scratch) -> None:
    await require_restricted_role(migrated.app_url)


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ("BYPASSRLS", "may bypass row level security"),
        ("SUPERUSER", "is a superuser"),
        ("CREATEROLE", "may make roles"),
    ],
)
async def test_a_role_with_a_way_around_row_security_is_refused_at_start(
    postgres: EmbeddedPostgres, migrated: Scratch, right: str, words: str
) -> None:
    name = f"strong_{uuid4().hex[:8]}"
    connection = await postgres.connect(migrated.name)
    try:
        await connection.execute(f"CREATE ROLE {name} LOGIN {right} PASSWORD 'of-a-test'")
        await connection.execute(f"GRANT CONNECT ON DATABASE {migrated.name} TO {name}")
        await _refused(migrated.app_url.replace(f"{APP_ROLE}:app-of-a-test", f"{name}:of-a-test"), words)
        await connection.execute(f"REVOKE CONNECT ON DATABASE {migrated.name} FROM {name}")
    finally:
        await connection.execute(f"DROP ROLE {name}")
        await connection.close()


async def test_the_owner_of_the_tables_is_refused_at_start(migrated: Scratch) -> None:
    await _refused(migrated.admin_url, "owns tables")


async def test_a_member_of_a_stronger_role_is_refused_at_start(
    postgres: EmbeddedPostgres, migrated: Scratch
) -> None:
    name = f"member_{uuid4().hex[:8]}"
    connection = await postgres.connect(migrated.name)
    try:
        await connection.execute(
            f"CREATE ROLE {name} LOGIN PASSWORD 'of-a-test' IN ROLE resolutionflow_owner"
        )
        await _refused(
            migrated.app_url.replace(f"{APP_ROLE}:app-of-a-test", f"{name}:of-a-test"),
            "is a member of another role",
        )
    finally:
        await connection.execute(f"DROP ROLE {name}")
        await connection.close()


async def test_an_api_in_production_does_not_start_as_the_owner(migrated: Scratch, tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: ASYNC221 - a test may wait
        [sys.executable, "-m", "api"],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(PROJECT),
            "PATH": os.environ["PATH"],
            "RESOLUTIONFLOW_ENV": "production",
            "RESOLUTIONFLOW_BASE_URL": "https://flow.example",
            "DATABASE_URL": migrated.admin_url,
            "DATABASE_ADMIN_URL": migrated.admin_url,
            "RESOLUTIONFLOW_SECRET_KEYS": NEW.get_secret_value(),
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "row level security would not keep accounts apart" in done.stderr


async def _refused(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        await require_restricted_role(url)
