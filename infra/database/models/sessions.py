"""The documents of a troubleshooting session. Its workflow is the only writer of all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from domain.psa import NoteVisibility
from domain.vocabulary import (
    ArtifactKind,
    DraftState,
    EventType,
    FactSource,
    FixDecision,
    FixStatus,
    GeneratedBy,
    IntakeType,
    LaneAction,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
    PilotProvider,
    SessionStatus,
    SpinOffState,
    TurnState,
    WritebackState,
    WritebackStep,
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
        Index("ix_sessions_ticket", "account_id", "psa_ticket_id"),
        Index("ix_sessions_created", "account_id", "created_at"),
        *(
            Index(f"ix_sessions_{name}_updated", "account_id", *columns, sql("updated_at DESC"), sql("id DESC"))
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
        Index(
            "uq_facts_text",
            "session_id",
            "normalised_text",
            unique=True,
            postgresql_where=sql("deleted_at IS NULL"),
        ),
    )

    id: Mapped[Identifier]
    text: Mapped[str] = mapped_column(Text)
    normalised_text: Mapped[str] = mapped_column(Text)
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


class Writeback(SessionOwned, Base):
    """One confirmed artifact and the attempt to put it on the ticket: also the post log.

    Without a linked ticket there is no `ticket_id`, and the artifact is kept here alone.

    `note_id` is the PSA's id of the posted note; a later attempt for the same ticket and kind takes it over, so that
    an edited note replaces the posted one instead of standing beside it.
    """

    __tablename__ = "writebacks"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        Index("uq_writebacks_running", "session_id", unique=True, postgresql_where=sql("state = 'running'")),
        Index("ix_writebacks_log", "account_id", sql("started_at DESC"), sql("id DESC")),
    )

    id: Mapped[Identifier]
    number: Mapped[int]
    retry_of: Mapped[int | None]
    """Number of the attempt whose rest this one runs."""
    kind: Mapped[ArtifactKind] = mapped_column(checked(ArtifactKind))
    visibility: Mapped[NoteVisibility | None] = mapped_column(checked(NoteVisibility))
    connection_id: Mapped[UUID | None] = mapped_column(ForeignKey("psa_connections.id", ondelete="SET NULL"))
    ticket_id: Mapped[str | None] = mapped_column(String(100))
    markdown: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str] = mapped_column(String(64))
    summary: Mapped[str] = mapped_column(String(500))
    requested_status_id: Mapped[int | None]
    state: Mapped[WritebackState] = mapped_column(checked(WritebackState))
    step: Mapped[WritebackStep] = mapped_column(checked(WritebackStep))
    note_id: Mapped[str | None] = mapped_column(String(100))
    note_text_hash: Mapped[str | None] = mapped_column(String(64))
    post_attempted_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]
    time_minutes: Mapped[int | None]
    """Minutes to log on the ticket; none when no time entry is wanted."""
    time_member: Mapped[str | None] = mapped_column(String(100))
    time_notes: Mapped[str | None] = mapped_column(String(500))
    time_attempted_at: Mapped[datetime | None]
    time_entry_id: Mapped[str | None] = mapped_column(String(100))
    time_error_code: Mapped[str | None] = mapped_column(String(60))
    time_error_detail: Mapped[str | None] = mapped_column(String(2000))
    """Why the time was not logged. It never costs the note."""
    expected_status_id: Mapped[int | None]
    expected_status_name: Mapped[str | None] = mapped_column(String(200))
    observed_status_id: Mapped[int | None]
    observed_status_name: Mapped[str | None] = mapped_column(String(200))
    status_transition_skipped_reason: Mapped[str | None] = mapped_column(String(500))
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_detail: Mapped[str | None] = mapped_column(String(2000))
    confirmed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]


class SpinOffTicket(SessionOwned, Base):
    """A second ticket that was split off from a session's problem."""

    __tablename__ = "spin_off_tickets"
    __table_args__ = (Index("ix_spin_off_tickets_log", "account_id", sql("created_at DESC"), sql("id DESC")),)

    id: Mapped[Identifier]
    connection_id: Mapped[UUID | None] = mapped_column(ForeignKey("psa_connections.id", ondelete="SET NULL"))
    parent_ticket_id: Mapped[str | None] = mapped_column(String(100))
    summary: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(Text)
    board_id: Mapped[int | None]
    company_id: Mapped[int | None]
    state: Mapped[SpinOffState] = mapped_column(checked(SpinOffState))
    attempted_at: Mapped[datetime | None]
    ticket_id: Mapped[str | None] = mapped_column(String(100))
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_detail: Mapped[str | None] = mapped_column(String(2000))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]


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
