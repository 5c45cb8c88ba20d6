"""What was said in a session, and the turns of the pilot that answered it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from domain.vocabulary import (
    MessageRole,
    PilotProvider,
    TurnState,
)
from infra.database.models.base import (
    Base,
    CreatedAt,
    Identifier,
    SessionOwned,
    TenantOwned,
    checked,
)


class Message(SessionOwned, Base):
    """A message of the conversation; `seq` is that of its event. `answers`: what it says of lane items."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("session_id", "seq"),
        Index(
            "ix_messages_pending",
            "session_id",
            postgresql_where=sql("turn_state IN ('queued', 'running', 'failed')"),
        ),
        Index(
            "ix_messages_of_engineers",
            "session_id",
            "created_at",
            postgresql_where=sql("role = 'engineer'"),
        ),
    )

    id: Mapped[Identifier]
    seq: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[MessageRole] = mapped_column(checked(MessageRole))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    answers: Mapped[list[Any] | None] = mapped_column(JSONB)
    uploads: Mapped[list[Any] | None] = mapped_column(JSONB)
    """`UploadResource`s that came with it, as they were when it was sent."""
    turn_id: Mapped[UUID | None] = mapped_column(index=True)
    turn_state: Mapped[TurnState | None] = mapped_column(checked(TurnState))
    stop_reason: Mapped[str | None] = mapped_column(String(60))
    """Why a reply ended before its end: cut off or refused by the model. None for one that is whole."""
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_detail: Mapped[str | None] = mapped_column(String(1000))
    created_at: Mapped[CreatedAt]


class Turn(SessionOwned, Base):
    """One run of the pilot over one or more engineer messages."""

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_latest", "session_id", sql("started_at DESC"), sql("id DESC")),)

    id: Mapped[Identifier]
    state: Mapped[TurnState] = mapped_column(checked(TurnState))
    attempt: Mapped[int] = mapped_column(server_default=sql("1"), default=1)
    message_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    provider: Mapped[PilotProvider | None] = mapped_column(checked(PilotProvider))
    model: Mapped[str | None] = mapped_column(String(100))
    stop_reason: Mapped[str | None] = mapped_column(String(60))
    diagnostics: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    suggested_flows: Mapped[list[Any] | None] = mapped_column(JSONB)
    """`SuggestedFlow`s that were found for it, best first."""
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_detail: Mapped[str | None] = mapped_column(String(1000))
    started_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]


class ReplyChunk(SessionOwned, Base):
    """Prose of a reply in progress, in pieces: what a page that joins late is shown. Gone when the turn has ended."""

    __tablename__ = "reply_chunks"

    turn_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Characters of prose before this piece."""
    text: Mapped[str] = mapped_column(Text)


class LlmCall(TenantOwned, Base):
    """Usage of one model call."""

    __tablename__ = "llm_calls"

    id: Mapped[Identifier]
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="SET NULL"), index=True
    )
    turn_id: Mapped[UUID | None] = mapped_column(index=True)
    """The turn that it answered, if it was for one."""
    action: Mapped[str] = mapped_column(String(60))
    provider: Mapped[PilotProvider] = mapped_column(checked(PilotProvider))
    model: Mapped[str] = mapped_column(String(100))
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cache_read_tokens: Mapped[int]
    cache_creation_tokens: Mapped[int]
    latency_ms: Mapped[int]
    attempt: Mapped[int]
    created_at: Mapped[CreatedAt]
