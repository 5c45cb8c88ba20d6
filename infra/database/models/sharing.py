"""What a session takes in and gives out beside its conversation: uploaded files and read-only links."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from infra.database.models.base import Base, CreatedAt, Identifier, SessionOwned, TenantOwned


class Upload(TenantOwned, Base):
    """An uploaded file. It belongs to whoever sent it until a message takes it into a session.

    `storage_key` names the bytes in the object store; `thumbnail_key` a small picture of them, for images.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        # Uploads that no message took are swept by age.
        Index("ix_uploads_unclaimed", "created_at", postgresql_where=sql("session_id IS NULL")),
    )

    id: Mapped[Identifier]
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(300))
    thumbnail_key: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[CreatedAt]


class ShareLink(SessionOwned, Base):
    """A read-only view of a session for whoever has the link. Only the hash of its token is kept."""

    __tablename__ = "share_links"

    id: Mapped[Identifier]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_viewed_at: Mapped[datetime | None]
