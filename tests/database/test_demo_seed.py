"""Seeding the demo tenant again leaves it as it is, also what people have changed in it since."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import Base, FlowRecord, PsaConnection, ScriptTemplate, User
from infra.passwords import password_matches
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.seed.demo import DEMO_ACCOUNT, demo_id, seed_demo
from infra.simulators.connectwise import credentials
from tests.database.conftest import Scratch
from tests.support.application import test_settings as settings_of_a_test

PASSWORD = "a password of the demo"

SEALED = {"password_hash", "credentials"}
"""Salted anew each time: compared by what they open to."""


@pytest.fixture
def demo_settings(migrated: Scratch) -> Settings:
    return settings_of_a_test(migrated.app_url, migrated.admin_url)


async def test_seeding_twice_changes_nothing(database: Database, demo_settings: Settings) -> None:
    await seed_demo(database, demo_settings, PASSWORD)
    before = await _contents(database)
    await seed_demo(database, demo_settings, PASSWORD)
    assert await _contents(database) == before


async def test_what_people_changed_survives_another_seeding(
    database: Database, demo_settings: Settings
) -> None:
    await seed_demo(database, demo_settings, PASSWORD)
    async with database.admin() as db:
        await db.execute(
            sa.update(User).where(User.role == AccountRole.VIEWER).values(name="V. Lang", is_active=False)
        )
        await db.execute(sa.update(FlowRecord).values(title="Our own words"))
        await db.execute(sa.update(ScriptTemplate).values(usage_count=7))
        await db.execute(sa.update(PsaConnection).values(name="The real one", is_active=False))
    before = await _contents(database)
    await seed_demo(database, demo_settings, PASSWORD)
    assert await _contents(database) == before


async def test_the_demo_tenant_has_users_by_role_flows_scripts_and_the_simulator(
    database: Database, demo_settings: Settings
) -> None:
    await seed_demo(database, demo_settings, PASSWORD)
    async with database.admin() as db:
        users = {user.email: user for user in (await db.execute(sa.select(User))).scalars()}
        flows = (await db.execute(sa.select(FlowRecord.title))).scalars().all()
        scripts = (await db.execute(sa.select(ScriptTemplate.slug))).scalars().all()
        connection = (await db.execute(sa.select(PsaConnection))).scalar_one()
    assert users["engineer@demo.example"].role is AccountRole.ENGINEER
    assert users["lead@demo.example"].role is AccountRole.OWNER
    assert users["admin@demo.example"].is_super_admin
    for user in users.values():
        assert user.id == demo_id(user.email)
        assert user.account_id == DEMO_ACCOUNT
    assert len({user.password_hash for user in users.values()}) == 1
    assert await password_matches(PASSWORD, users["engineer@demo.example"].password_hash)
    assert len(set(flows)) == 6
    assert len(set(scripts)) == 2
    assert connection.host.endswith(f":{demo_settings.simulator_port}")
    opened = SecretBox(demo_settings.secret_keys, PSA_CREDENTIALS).open(connection.credentials)
    assert opened["private_key"] == credentials.PRIVATE_KEY


async def _contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    async with database.admin() as db:
        return {
            table.name: sorted(
                (
                    {name: value for name, value in row._mapping.items() if name not in SEALED}
                    for row in await db.execute(sa.select(table))
                ),
                key=str,
            )
            for table in Base.metadata.sorted_tables
        }
