"""Invitations as rows: made by an administrator, accepted once, by whoever has the link."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.problems import ApiProblem
from api.security.tokens import token_hash
from domain.vocabulary import InvitedRole
from infra.database.models import Invite

LIFETIME = timedelta(days=7)


def pending() -> ColumnElement[bool]:
    """Whether an invitation can still be accepted."""
    return and_(Invite.accepted_at.is_(None), Invite.revoked_at.is_(None), Invite.expires_at > func.now())


async def make_invite(
    db: AsyncSession, account_id: UUID, email: str, role: InvitedRole, invited_by: UUID
) -> tuple[Invite, str]:
    """A new invitation and its token. An older one for the same address does not count any more."""
    now = datetime.now(UTC)
    await db.execute(
        update(Invite)
        .where(
            Invite.account_id == account_id,
            func.lower(Invite.email) == email.lower(),
            Invite.accepted_at.is_(None),
            Invite.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    token = secrets.token_urlsafe(32)
    invite = Invite(
        id=uuid4(),
        account_id=account_id,
        email=email,
        role=role,
        token_hash=token_hash(token),
        invited_by=invited_by,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    db.add(invite)
    await db.flush()
    return invite, token


async def require_invite(db: AsyncSession, token: SecretStr) -> Invite:
    """The invitation of a link, locked until the transaction ends. Raises invite_not_found."""
    found = await db.execute(
        select(Invite)
        .where(Invite.token_hash == token_hash(token.get_secret_value()), pending())
        .with_for_update()
    )
    invite = found.scalar_one_or_none()
    if invite is None:
        raise ApiProblem(
            404,
            "invite_not_found",
            "This invitation was used, withdrawn, or has expired. Log in if you have registered, or ask for a new one.",
        )
    return invite


def invite_link(public_url: str, token: str) -> str:
    """The token stands behind the #, which browsers send to no server and no log."""
    return f"{public_url}/register#invite={token}"
