"""The demo tenant: an account with users of every role, its knowledge, and the ConnectWise simulator connected.

Everything has a fixed id, so that seeding again changes nothing that a person has changed since.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.psa import NoteVisibility
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import Account, FlowpilotSettings, MemberMapping, PsaConnection, User
from infra.passwords import hash_password
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.seed.knowledge import seed_knowledge
from infra.simulators.connectwise import credentials
from infra.simulators.connectwise.seed.desk import MEMBERS, STATUSES

DEMO_ACCOUNT = UUID("0d3a0a6e-52f1-4f0b-8a54-0c5f3d1f7a01")

# (e-mail, name, role, super admin)
DEMO_USERS = (
    ("lead@demo.example", "Theo Okafor", AccountRole.OWNER, False),
    ("admin@demo.example", "Ana Ruiz", AccountRole.ADMIN, True),
    ("engineer@demo.example", "Mara Reyes", AccountRole.ENGINEER, False),
    ("viewer@demo.example", "Vic Lang", AccountRole.VIEWER, False),
)


def demo_id(name: str) -> UUID:
    """The fixed id of something in the demo tenant."""
    return uuid5(DEMO_ACCOUNT, name)


CONNECTION_ID = demo_id("connection")


async def seed_demo(database: Database, settings: Settings, password: str) -> None:
    """Make the demo tenant, or bring what belongs to the machine (password, simulator address) up to date."""
    password_hash = await hash_password(password)
    async with database.admin() as db:
        await db.execute(
            insert(Account)
            .values(id=DEMO_ACCOUNT, name="Northbeam IT", code="NORTHBM1")
            .on_conflict_do_nothing()
        )
        for email, name, role, is_super_admin in DEMO_USERS:
            await db.execute(
                insert(User)
                .values(
                    id=demo_id(email),
                    account_id=DEMO_ACCOUNT,
                    email=email,
                    name=name,
                    role=role,
                    is_super_admin=is_super_admin,
                    password_hash=password_hash,
                )
                .on_conflict_do_update(index_elements=["id"], set_={"password_hash": password_hash})
            )
        await _connect_simulator(db, settings)
        await seed_knowledge(db, DEMO_ACCOUNT)


async def _connect_simulator(db: AsyncSession, settings: Settings) -> None:
    sealed = SecretBox(settings.secret_keys, PSA_CREDENTIALS).seal(
        {
            "public_key": credentials.PUBLIC_KEY,
            "private_key": credentials.PRIVATE_KEY,
            "client_id": credentials.CLIENT_ID,
        }
    )
    host = f"http://127.0.0.1:{settings.simulator_port}"
    await db.execute(
        insert(PsaConnection)
        .values(
            id=CONNECTION_ID,
            account_id=DEMO_ACCOUNT,
            kind="connectwise",
            name="ConnectWise (simulator)",
            host=host,
            company_id=credentials.COMPANY_ID,
            credentials=sealed,
        )
        .on_conflict_do_update(index_elements=["id"], set_={"host": host, "credentials": sealed})
    )
    users = {email for email, *_ in DEMO_USERS}
    for identifier, first, last, email, _title, inactive in MEMBERS:
        if email in users and not inactive:
            await db.execute(
                insert(MemberMapping)
                .values(
                    id=demo_id(f"mapping/{email}"),
                    account_id=DEMO_ACCOUNT,
                    connection_id=CONNECTION_ID,
                    user_id=demo_id(email),
                    external_member_id=identifier,
                    external_identifier=identifier,
                    external_member_name=f"{first} {last}",
                    matched_by="email",
                )
                .on_conflict_do_nothing()
            )
    await db.execute(
        insert(FlowpilotSettings)
        .values(
            id=demo_id("settings"),
            account_id=DEMO_ACCOUNT,
            resolution_visibility=NoteVisibility.RESOLUTION,
            status_map=status_map(),
        )
        .on_conflict_do_nothing()
    )


def status_map() -> dict[str, dict[str, int]]:
    """On every board the first closed status for resolved, and the one called Escalated."""
    return {
        str(board): {
            "resolved": next(id_ for id_, _, closed in statuses if closed),
            "escalated": next(id_ for id_, name, _ in statuses if name == "Escalated"),
        }
        for board, statuses in STATUSES.items()
    }
