"""Accounts (the tenants), their users, and what keeps these signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.vocabulary import AccountRole, InvitedRole
from infra.database.models.base import Base, CreatedAt, Identifier, TenantOwned, checked


class Account(Base):
    """One MSP company."""

    __tablename__ = "accounts"

    id: Mapped[Identifier]
    name: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(8), unique=True)
    created_at: Mapped[CreatedAt]


class User(TenantOwned, Base):
    """A person of an account. E-mail addresses are unique over all accounts, compared without case."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email_lower", func.lower(text("email")), unique=True),
        Index("uq_users_owner", "account_id", unique=True, postgresql_where=text("role = 'owner'")),
    )

    id: Mapped[Identifier]
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(500))
    role: Mapped[AccountRole] = mapped_column(checked(AccountRole))
    is_super_admin: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    created_at: Mapped[CreatedAt]


class Invite(TenantOwned, Base):
    """A link with which one person joins an account, once. Only the SHA-256 of its token is kept."""

    __tablename__ = "invites"
    __table_args__ = (
        # One link at a time for one address: a new one takes the place of the one before.
        Index(
            "uq_invites_pending",
            "account_id",
            func.lower(text("email")),
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[Identifier]
    email: Mapped[str] = mapped_column(String(320))
    role: Mapped[InvitedRole] = mapped_column(checked(InvitedRole))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginSession(TenantOwned, Base):
    """One sign-in on one device, from the password to its end: the family of its refresh tokens."""

    __tablename__ = "login_sessions"

    id: Mapped[Identifier]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user_agent: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[datetime]
    """When it was last refreshed, which a page in use does every quarter of an hour."""
    ended_at: Mapped[datetime | None]


class RefreshToken(TenantOwned, Base):
    """One refresh token; only its SHA-256 is kept. A family is one login; using a spent token ends the family."""

    __tablename__ = "refresh_tokens"

    id: Mapped[Identifier]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("login_sessions.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
