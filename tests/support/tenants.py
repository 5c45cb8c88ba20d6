"""Accounts with users of every role, made straight in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from pydantic import SecretStr

from domain.psa import NoteVisibility
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import Account, FlowpilotSettings, MemberMapping, PsaConnection, User
from infra.passwords import hash_password
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.seed.demo import status_map
from infra.seed.knowledge import seed_knowledge

PASSWORD = "correct horse battery"


@dataclass
class Tenant:
    """One account. `users` by role; the engineer is mapped to the PSA's member `mreyes`."""

    account_id: UUID
    users: dict[AccountRole, tuple[UUID, str]] = field(default_factory=dict)
    connection_id: UUID | None = None

    def user_id(self, role: AccountRole = AccountRole.ENGINEER) -> UUID:
        return self.users[role][0]

    def email(self, role: AccountRole = AccountRole.ENGINEER) -> str:
        return self.users[role][1]


_HASHES: list[str] = []


async def _hash() -> str:
    """One hash for all: making it is slow on purpose."""
    if not _HASHES:
        _HASHES.append(await hash_password(PASSWORD))
    return _HASHES[0]


async def make_tenant(
    database: Database, settings: Settings, *, psa_host: str | None = None, with_flows: bool = True
) -> Tenant:
    """A new account with four users, the starter library, and the simulator connected when its host is given."""
    tenant = Tenant(uuid4())
    tag = tenant.account_id.hex[:8]
    password_hash = await _hash()
    async with database.admin() as db:
        db.add(Account(id=tenant.account_id, name=f"MSP {tag}", code=tag.upper()))
        await db.flush()
        for role in AccountRole:
            user = User(
                id=uuid4(),
                account_id=tenant.account_id,
                email=f"{role.value}-{tag}@test.example",
                name=f"{role.value.title()} {tag}",
                role=role,
                password_hash=password_hash,
            )
            db.add(user)
            tenant.users[role] = (user.id, user.email)
        await db.flush()
        if with_flows:
            await seed_knowledge(db, tenant.account_id)
        if psa_host is not None:
            tenant.connection_id = uuid4()
            db.add(
                PsaConnection(
                    id=tenant.connection_id,
                    account_id=tenant.account_id,
                    kind="connectwise",
                    name="Simulator",
                    host=psa_host,
                    company_id="demo-msp",
                    credentials=sealed_credentials(settings.secret_keys),
                )
            )
            await db.flush()
            db.add(
                MemberMapping(
                    id=uuid4(),
                    account_id=tenant.account_id,
                    connection_id=tenant.connection_id,
                    user_id=tenant.user_id(),
                    external_member_id="mreyes",
                    external_identifier="mreyes",
                    external_member_name="Mara Reyes",
                    matched_by="manual",
                )
            )
            db.add(
                FlowpilotSettings(
                    id=uuid4(),
                    account_id=tenant.account_id,
                    resolution_visibility=NoteVisibility.RESOLUTION,
                    status_map=status_map(),
                )
            )
    return tenant


def sealed_credentials(keys: list[SecretStr]) -> bytes:
    """The simulator's keys as a connection stores them."""
    from infra.simulators.connectwise import credentials

    return SecretBox(keys, PSA_CREDENTIALS).seal(
        {
            "public_key": credentials.PUBLIC_KEY,
            "private_key": credentials.PRIVATE_KEY,
            "client_id": credentials.CLIENT_ID,
        }
    )
