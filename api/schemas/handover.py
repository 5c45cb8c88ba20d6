"""Answers about handing a session over: the escalation queue, the briefing, and who picked it up."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas.sessions import StatusAnswer
from domain.resources import TicketHeader


class SessionEngineer(BaseModel):
    """Who works the session now."""

    id: UUID
    name: str


class PickUpAnswer(StatusAnswer):
    """Where the session stands, and who works it now."""

    engineer: SessionEngineer


class EscalatedSession(BaseModel):
    """A session that waits for another engineer. How long it has waited is the time since `escalated_at`."""

    id: UUID
    title: str
    problem_summary: str | None = None
    psa_ticket_id: str | None = None
    ticket: TicketHeader | None = None
    reason: str | None = Field(None, description="Why it was escalated.")
    escalated_by: UUID | None = None
    escalated_by_name: str | None = None
    escalated_at: AwareDatetime
    engineer_id: UUID
    engineer_name: str = Field(description="Who worked it last.")
