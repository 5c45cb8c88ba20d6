"""Connections to ticketing systems, who is who in them, and what was last read of a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.psa import NoteVisibility
from domain.vocabulary import TimeRounding
from infra.database.models.base import Base, CreatedAt, Identifier, JsonObject, TenantOwned, checked


class PsaConnection(TenantOwned, Base):
    """One connection to one PSA. `credentials` is an encrypted JSON object and never leaves the server."""

    __tablename__ = "psa_connections"

    id: Mapped[Identifier]
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(300))
    company_id: Mapped[str] = mapped_column(String(100))
    credentials: Mapped[bytes] = mapped_column(LargeBinary)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    tested_version: Mapped[str | None] = mapped_column(String(100))
    tested_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class MemberMapping(TenantOwned, Base):
    """Which PSA member a user is, per connection."""

    __tablename__ = "member_mappings"
    __table_args__ = (UniqueConstraint("connection_id", "user_id"),)

    id: Mapped[Identifier]
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("psa_connections.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    external_member_id: Mapped[str] = mapped_column(String(100))
    external_identifier: Mapped[str] = mapped_column(String(100))
    external_member_name: Mapped[str] = mapped_column(String(200))
    matched_by: Mapped[str] = mapped_column(String(20))


class FlowpilotSettings(TenantOwned, Base):
    """How an account closes tickets. `status_map`: {board id: {"resolved": status id, "escalated": status id}}."""

    __tablename__ = "flowpilot_settings"
    __table_args__ = (UniqueConstraint("account_id"),)

    id: Mapped[Identifier]
    auto_post_on_close: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    """Off: a confirmed note is kept here and nothing is written to the ticket."""
    auto_time_entry: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    time_rounding: Mapped[TimeRounding] = mapped_column(
        checked(TimeRounding),
        server_default=TimeRounding.FIFTEEN_MINUTES.value,
        default=TimeRounding.FIFTEEN_MINUTES,
    )
    include_diagnostic_steps: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    prompt_status_on_resolve: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    prompt_status_on_escalate: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    resolution_visibility: Mapped[NoteVisibility] = mapped_column(checked(NoteVisibility))
    escalation_visibility: Mapped[NoteVisibility] = mapped_column(
        checked(NoteVisibility, "escalation_visibility"),
        server_default=NoteVisibility.INTERNAL.value,
        default=NoteVisibility.INTERNAL,
    )
    status_map: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    cw_resolved_status_id: Mapped[int | None]
    cw_escalated_status_id: Mapped[int | None]
    created_at: Mapped[CreatedAt]


class TicketSnapshot(TenantOwned, Base):
    """A ticket as last read through one connection: the context of its sessions. `document` is a `TicketDetail`."""

    __tablename__ = "ticket_snapshots"

    connection_id: Mapped[UUID] = mapped_column(
        ForeignKey("psa_connections.id", ondelete="CASCADE"), primary_key=True
    )
    ticket_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    document: Mapped[JsonObject]
    fetched_at: Mapped[datetime]
