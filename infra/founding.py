"""Making an account with its owner: when somebody registers one, and when a deployment makes its first."""

from __future__ import annotations

import secrets
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from domain.vocabulary import AccountRole
from infra.database.models import Account, User

_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Nothing that is mistaken for something else when it is read out."""


async def found_account(
    db: AsyncSession,
    *,
    account_name: str,
    email: str,
    name: str,
    password_hash: str,
    is_super_admin: bool = False,
) -> User:
    """A new account; answers its owner. The entry in the audit log is the caller's, who knows who asked for it.

    Raises IntegrityError when there is a user with this address, in whichever account.
    """
    code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(8))
    account = Account(id=uuid4(), name=account_name, code=code)
    db.add(account)
    await db.flush()
    user = User(
        id=uuid4(),
        account_id=account.id,
        email=email,
        name=name,
        password_hash=password_hash,
        role=AccountRole.OWNER,
        is_super_admin=is_super_admin,
    )
    db.add(user)
    await db.flush()
    return user
