"""What a note is made of. Nothing else of a session may influence a note."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.vocabulary import FactSource, FixStatus, LaneItemKind, LaneItemStatus


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class NoteFact(_Part):
    text: str
    source_type: FactSource
    source_summary: str | None = None


class NoteLaneItem(_Part):
    kind: LaneItemKind
    text: str
    status: LaneItemStatus
    command: str | None = None
    answer: str | None = None
    output: str | None = None


class NoteFix(_Part):
    """A fix as the notes see it. `active` is true for the one that is not superseded or dismissed."""

    id: UUID
    title: str
    description: str
    confidence_pct: int
    status: FixStatus
    active: bool
    superseded: bool
    applied_at: datetime | None = None
    verified_at: datetime | None = None
    partial_notes: str | None = None
    failure_reason: str | None = None


class NoteTicket(_Part):
    ref: str
    summary: str
    client: str | None = None
    contact: str | None = None


class NoteState(_Part):
    """Input of both artifacts; facts, lane items and fixes are oldest first."""

    problem_summary: str | None
    ticket: NoteTicket | None
    facts: list[NoteFact] = Field(default_factory=list)
    lane: list[NoteLaneItem] = Field(default_factory=list)
    fixes: list[NoteFix] = Field(default_factory=list)
