"""Sign-ins as rows: opened by the password, kept by the refresh cookie, ended by anyone who may."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.request_origin import RequestOrigin
from api.schemas.login_sessions import LoginSessionRow
from api.security.tokens import REFRESH_LIFETIME, new_refresh_token, token_hash
from infra.database.models import LoginSession, RefreshToken, User


async def open_login_session(db: AsyncSession, user: User, origin: RequestOrigin) -> tuple[UUID, str]:
    """A new sign-in; answers its id and its first refresh token."""
    now = datetime.now(UTC)
    row = LoginSession(
        id=uuid4(),
        account_id=user.account_id,
        user_id=user.id,
        user_agent=origin.device,
        address=origin.address,
        created_at=now,
        last_used_at=now,
    )
    db.add(row)
    await db.flush()
    return row.id, add_refresh_token(db, user, row.id, now)


def add_refresh_token(db: AsyncSession, user: User, login_session_id: UUID, now: datetime) -> str:
    token = new_refresh_token()
    db.add(
        RefreshToken(
            id=uuid4(),
            account_id=user.account_id,
            user_id=user.id,
            family_id=login_session_id,
            token_hash=token_hash(token),
            expires_at=now + REFRESH_LIFETIME,
            created_at=now,
        )
    )
    return token


async def end_login_sessions(db: AsyncSession, *which: ColumnElement[bool]) -> list[UUID]:
    """End the live sign-ins that `which` names, with their refresh tokens; answers their ids.

    They are locked one after the other, and before their tokens: two who end or renew them at the same moment wait,
    and none of them is a deadlock's victim whose sign-ins go on.
    """
    now = datetime.now(UTC)
    found = await db.execute(
        select(LoginSession.id)
        .where(LoginSession.ended_at.is_(None), *which)
        .order_by(LoginSession.id)
        .with_for_update(key_share=True)
    )
    ids = list(found.scalars())
    await db.execute(update(LoginSession).where(LoginSession.id.in_(ids)).values(ended_at=now))
    await db.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id.in_(ids), RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return ids


async def list_login_sessions(
    db: AsyncSession, user_id: UUID, current: UUID | None = None
) -> list[LoginSessionRow]:
    """The sign-ins that still count, the one last used first."""
    rows = await db.execute(
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.ended_at.is_(None),
            LoginSession.last_used_at > datetime.now(UTC) - REFRESH_LIFETIME,
        )
        .order_by(LoginSession.last_used_at.desc(), LoginSession.id)
        .limit(200)
    )
    return [
        LoginSessionRow(
            id=row.id,
            device=row.user_agent or "Unknown device",
            address=row.address,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            is_current=row.id == current,
        )
        for row in rows.scalars()
    ]
