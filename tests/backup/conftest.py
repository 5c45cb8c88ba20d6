"""Installations of one test: a database beside the one that the run shares, and files in a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra.backup.installation import Installation
from infra.config import Settings
from infra.database.connection import Database
from infra.database.migrate import upgrade_head
from infra.database.models import Upload
from infra.stack.postgres import OWNER_ROLE, EmbeddedPostgres
from infra.storage.local import LocalStore
from infra.storage.store import UploadVariant, upload_key
from tests.support.rows import session_row, store
from tests.support.tenants import Tenant, make_tenant

OLD_KEY, NEW_KEY = SecretStr("A" * 43 + "="), SecretStr("B" * 43 + "=")


@dataclass
class Filled:
    """An installation with an account, a session, and a file of that session."""

    installation: Installation
    tenant: Tenant
    file_key: str


@pytest.fixture
async def empty(postgres: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Installation]:
    """Nothing but roles."""
    name = f"empty_{uuid4().hex[:12]}"
    await postgres.create_database(name)
    yield Installation(
        postgres.admin_url(name), postgres.app_url(name), LocalStore(tmp_path / "empty"), [NEW_KEY, OLD_KEY]
    )
    await postgres.drop_database(name)


@pytest.fixture(scope="session")
async def model(postgres: EmbeddedPostgres, settings: Settings) -> tuple[str, Tenant, str]:
    """A database to copy from, its account, and the key of the file that its session has."""
    name = "backup_template"
    await postgres.create_database(name)
    admin_url, app_url = postgres.admin_url(name), postgres.app_url(name)
    await upgrade_head(admin_url, app_url)
    database = Database(app_url, admin_url, pool_size=2)
    tenant = await make_tenant(database, settings)
    session = session_row(tenant, 0, "Printer")
    upload_id = uuid4()
    key = upload_key(tenant.account_id, upload_id, UploadVariant.ORIGINAL)
    await store(
        database,
        session,
        Upload(
            id=upload_id,
            account_id=tenant.account_id,
            created_by=tenant.user_id(),
            session_id=session.id,
            file_name="log.txt",
            content_type="text/plain",
            size_bytes=8,
            sha256="0" * 64,
            storage_key=key,
        ),
    )
    await database.aclose()
    return name, tenant, key


@pytest.fixture
async def filled(
    postgres: EmbeddedPostgres, model: tuple[str, Tenant, str], tmp_path: Path
) -> AsyncIterator[Filled]:
    template, tenant, key = model
    name = f"filled_{uuid4().hex[:12]}"
    connection = await postgres.connect()
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER_ROLE}")
    await connection.close()
    await postgres.create_database(name)  # what is there is kept, and gets its rights
    files = LocalStore(tmp_path / "filled")
    await files.put(key, b"the file", "text/plain")
    yield Filled(
        Installation(postgres.admin_url(name), postgres.app_url(name), files, [OLD_KEY]), tenant, key
    )
    await postgres.drop_database(name)
