"""What a session found out: its task lane, facts, fixes, and the notes that are made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.vocabulary import (
    ArtifactKind,
    DraftState,
    FactSource,
    FixDecision,
    FixStatus,
    GeneratedBy,
    LaneAction,
    LaneItemKind,
    LaneItemStatus,
)
from infra.database.models.base import (
    Base,
    CreatedAt,
    Identifier,
    SessionOwned,
    checked,
)


class LaneItem(SessionOwned, Base):
    """A question or a check of the task lane. Its id stays when the pilot asks it again."""

    __tablename__ = "lane_items"
    __table_args__ = (
        UniqueConstraint("session_id", "kind", "normalised_text"),
        Index("ix_lane_items_order", "session_id", "position"),
        Index("ix_lane_items_open", "session_id", postgresql_where=sql("status = 'open'")),
        Index(
            "ix_lane_items_latest",
            "session_id",
            sql("COALESCE(answered_at, created_at) DESC"),
            postgresql_where=sql("status <> 'open'"),
        ),
    )

    id: Mapped[Identifier]
    position: Mapped[int]
    kind: Mapped[LaneItemKind] = mapped_column(checked(LaneItemKind))
    text: Mapped[str] = mapped_column(Text)
    normalised_text: Mapped[str] = mapped_column(Text)
    status: Mapped[LaneItemStatus] = mapped_column(checked(LaneItemStatus))
    context: Mapped[str | None] = mapped_column(Text)
    options: Mapped[list[str] | None] = mapped_column(JSONB)
    command: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    action: Mapped[LaneAction | None] = mapped_column(checked(LaneAction))
    answer: Mapped[str | None] = mapped_column(Text)
    output: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class Fact(SessionOwned, Base):
    """A confirmed statement. `source_ref` is the lane item it came from, `message_id` the message that confirmed it."""

    __tablename__ = "facts"
    __table_args__ = (
        UniqueConstraint("session_id", "seq"),
        Index(
            "uq_facts_text",
            "session_id",
            "normalised_text",
            unique=True,
            postgresql_where=sql("deleted_at IS NULL"),
        ),
    )

    id: Mapped[Identifier]
    seq: Mapped[int] = mapped_column(BigInteger)
    """Number of the event that told of it first: the order of facts, of which one reply may confirm several."""
    text: Mapped[str] = mapped_column(Text)
    normalised_text: Mapped[str] = mapped_column(Text)
    """Which facts say the same: `domain.text.text_key`."""
    source_type: Mapped[FactSource] = mapped_column(checked(FactSource))
    source_ref: Mapped[UUID | None] = mapped_column(ForeignKey("lane_items.id"))
    source_summary: Mapped[str | None] = mapped_column(String(200))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    disputed: Mapped[bool] = mapped_column(server_default=sql("false"), default=False)
    """What the pilot synthesised, and an engineer edited or deleted later."""
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class Fix(SessionOwned, Base):
    """A suggested fix. At most one of a session is neither superseded nor dismissed."""

    __tablename__ = "fixes"
    __table_args__ = (
        Index(
            "uq_fixes_active",
            "session_id",
            unique=True,
            postgresql_where=sql("superseded_at IS NULL AND status <> 'dismissed'"),
        ),
        CheckConstraint("confidence_pct BETWEEN 0 AND 100", name="confidence"),
    )

    id: Mapped[Identifier]
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    confidence_pct: Mapped[int]
    script_template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("script_templates.id", ondelete="SET NULL")
    )
    script_template_slug: Mapped[str | None] = mapped_column(String(220))
    ai_drafted_script: Mapped[str | None] = mapped_column(Text)
    ai_drafted_parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    status: Mapped[FixStatus] = mapped_column(checked(FixStatus))
    status_before_dismissal: Mapped[FixStatus | None] = mapped_column(
        checked(FixStatus, "status_before_dismissal")
    )
    user_decision: Mapped[FixDecision | None] = mapped_column(checked(FixDecision))
    script_used: Mapped[str | None] = mapped_column(Text)
    """The script as it was run, when the engineer edited it."""
    parameters_used: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    nudge_silenced_until: Mapped[int | None]
    partial_notes: Mapped[str | None] = mapped_column(String(500))
    failure_reason: Mapped[str | None] = mapped_column(String(500))
    outcome_proposal: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    applied_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class DraftTemplate(SessionOwned, Base):
    """A script that ran in a session and waits for review as a template of the library."""

    __tablename__ = "draft_templates"

    id: Mapped[Identifier]
    fix_id: Mapped[UUID] = mapped_column(ForeignKey("fixes.id", ondelete="CASCADE"))
    script_body: Mapped[str] = mapped_column(Text)
    state: Mapped[DraftState] = mapped_column(checked(DraftState))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    decided_at: Mapped[datetime | None]


class Artifact(SessionOwned, Base):
    """A note as generated for one `state_version`: the cache of previews."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("session_id", "kind", "state_version"),)

    id: Mapped[Identifier]
    kind: Mapped[ArtifactKind] = mapped_column(checked(ArtifactKind))
    state_version: Mapped[int]
    markdown: Mapped[str] = mapped_column(Text)
    lists_checks: Mapped[bool] = mapped_column(server_default=sql("true"), default=True)
    """Whether it may name the checks that were run: with another setting it is another text."""
    generated_by: Mapped[GeneratedBy] = mapped_column(checked(GeneratedBy))
    model: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]
