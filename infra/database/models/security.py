"""What guards an account: second factors, counters of attempts, and the record of who changed what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from infra.database.models.base import Base, CreatedAt, Identifier, JsonObject, TenantOwned


class TwoFactor(TenantOwned, Base):
    """The second factor of a user. It counts from `confirmed_at` on; `secret` is encrypted."""

    __tablename__ = "two_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    """The time step of the last code that was accepted: none is accepted twice."""
    created_at: Mapped[CreatedAt]


class RecoveryCode(TenantOwned, Base):
    """One way back in without the device, once. Only its argon2 hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[Identifier]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(500))
    used_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class RateLimitState(Base):
    """How much of an allowance is used up. Not logged: after a crash of the database everyone begins anew."""

    __tablename__ = "rate_limits"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    full_at: Mapped[datetime] = mapped_column(index=True)
    """When the whole allowance is there again; a row whose time has passed says nothing any more."""


class AuditEntry(TenantOwned, Base):
    """One administrative change, or one write to a ticketing system. The app role can add them and nothing else.

    `actor_id` is no reference: the record outlives the user. `before` and `after` hold no secrets.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_page", "account_id", "created_at", "id"),)

    id: Mapped[Identifier]
    actor_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(60))
    target_type: Mapped[str] = mapped_column(String(40))
    target_id: Mapped[str] = mapped_column(String(200))
    before: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None] = mapped_column(String(100))
    address: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[CreatedAt]
