"""A session, its events and the digests of what was said. Its workflow is the only writer of all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.vocabulary import (
    EventType,
    GeneratedBy,
    IntakeType,
    PilotProvider,
    SessionStatus,
)
from infra.database.models.base import (
    Base,
    CreatedAt,
    Identifier,
    JsonObject,
    SessionOwned,
    TenantOwned,
    checked,
)


class Session(TenantOwned, Base):
    """One troubleshooting session. `last_seq` numbers its events, `state_version` what a note could show."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_account_updated", "account_id", sql("updated_at DESC"), sql("id DESC")),
        Index(
            "ix_sessions_escalated",
            "account_id",
            "escalated_at",
            postgresql_where=sql("status = 'escalated'"),
        ),
        Index("ix_sessions_idle", "last_activity_at", postgresql_where=sql("status = 'active'")),
        Index("ix_sessions_ticket", "account_id", "psa_ticket_id"),
        Index("ix_sessions_created", "account_id", "created_at"),
        *(
            Index(
                f"ix_sessions_{name}_updated", "account_id", *columns, sql("updated_at DESC"), sql("id DESC")
            )
            for name, *columns in (
                ("engineer", "engineer_id"),
                ("status", "status"),
                ("engineer_status", "engineer_id", "status"),
            )
        ),
        CheckConstraint("state_version >= 0 AND last_seq >= 0", name="counters"),
    )

    id: Mapped[Identifier]
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[SessionStatus] = mapped_column(checked(SessionStatus))
    state_version: Mapped[int] = mapped_column(Integer, server_default=sql("0"), default=0)
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"), default=0)
    problem_summary: Mapped[str | None] = mapped_column(Text)
    problem_domain: Mapped[str | None] = mapped_column(String(100))
    intake_type: Mapped[IntakeType] = mapped_column(checked(IntakeType))
    psa_connection_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("psa_connections.id", ondelete="SET NULL")
    )
    psa_ticket_id: Mapped[str | None] = mapped_column(String(100))
    ticket: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Header of the linked ticket as last seen: a `TicketHeader`."""
    started_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    engineer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    resolution_summary: Mapped[str | None] = mapped_column(String(500))
    escalation_reason: Mapped[str | None] = mapped_column(String(500))
    abandon_reason: Mapped[str | None] = mapped_column(String(500))
    pilot_provider: Mapped[PilotProvider | None] = mapped_column(checked(PilotProvider))
    pilot_degraded_reason: Mapped[str | None] = mapped_column(String(500))
    pilot_state: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    digest_due: Mapped[bool] = mapped_column(server_default=sql("false"), default=False)
    """The history has grown beyond what a turn should carry: a digest is written after the turn."""
    last_activity_at: Mapped[CreatedAt]
    escalated_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    escalated_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class SessionSearchText(TenantOwned, Base):
    """What a session is found by, in lower case, kept by a trigger; `grams` are its pieces of three characters."""

    __tablename__ = "session_search_texts"
    __table_args__ = (
        Index(
            "ix_session_search_texts_grams",
            "grams",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    grams: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SessionEvent(TenantOwned, Base):
    """A durable event, in the order of `seq`.

    The row that a command wrote carries its id: a repeated command finds it and gets `result` again.
    """

    __tablename__ = "session_events"
    __table_args__ = (
        Index(
            "uq_session_events_command",
            "session_id",
            "command_id",
            unique=True,
            postgresql_where=sql("command_id IS NOT NULL"),
        ),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    type: Mapped[EventType] = mapped_column(checked(EventType))
    payload: Mapped[JsonObject]
    command_id: Mapped[str | None] = mapped_column(String(200))
    command_name: Mapped[str | None] = mapped_column(String(60))
    request_hash: Mapped[str | None] = mapped_column(String(64))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]


class SessionDigest(SessionOwned, Base):
    """What was said up to a message, in short: stands for that part of the history in later turns.

    A digest is never changed; the next version covers what the one before it covers and more.
    """

    __tablename__ = "session_digests"
    __table_args__ = (UniqueConstraint("session_id", "version"),)

    id: Mapped[Identifier]
    version: Mapped[int]
    upto_seq: Mapped[int] = mapped_column(BigInteger)
    """Number of the last message that it covers."""
    text: Mapped[str] = mapped_column(Text)
    generated_by: Mapped[GeneratedBy] = mapped_column(checked(GeneratedBy))
    model: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]
