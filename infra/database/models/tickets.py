"""What a session writes to the ticketing system."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from domain.psa import NoteVisibility
from domain.vocabulary import (
    ArtifactKind,
    SpinOffState,
    WritebackState,
    WritebackStep,
)
from infra.database.models.base import (
    Base,
    CreatedAt,
    Identifier,
    SessionOwned,
    checked,
)


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
    __table_args__ = (
        Index("ix_spin_off_tickets_log", "account_id", sql("created_at DESC"), sql("id DESC")),
        Index("ix_spin_off_tickets_running", "session_id", postgresql_where=sql("state = 'running'")),
    )

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
