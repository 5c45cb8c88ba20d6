"""What was written to tickets, by whom, and how it went."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from domain.psa import NoteVisibility
from domain.resources import ErrorInfo
from domain.vocabulary import PostLogKind, WritebackState


class LoggedTime(BaseModel):
    """The time entry that went with a note. Without an id it was not logged, and `error` says why."""

    minutes: int
    external_id: str | None = None
    error: ErrorInfo | None = None


class LoggedStatus(BaseModel):
    """Where the ticket should have moved, and where it was seen. `skipped_reason` when it was left where it was."""

    expected: str | None = None
    observed: str | None = None
    skipped_reason: str | None = None


class PostLogEntry(BaseModel):
    """One attempt to write to a ticket; confirming again or retrying is an entry of its own."""

    id: UUID
    kind: PostLogKind
    state: WritebackState
    session_id: UUID
    session_title: str
    connection_id: UUID | None = None
    ticket_ref: str | None = Field(
        None, description="The ticket; of a second ticket its own number, once it has one."
    )
    parent_ticket_ref: str | None = Field(
        None, description="The ticket from which a second one was split off."
    )
    text: str = Field(description="What was written; of a second ticket its summary and description.")
    visibility: NoteVisibility | None = None
    external_id: str | None = Field(None, description="The PSA's id of the note or of the second ticket.")
    time: LoggedTime | None = None
    status: LoggedStatus | None = None
    error: ErrorInfo | None = None
    retry_of: UUID | None = Field(None, description="The attempt whose rest this one ran.")
    created_by: UUID
    created_by_name: str
    created_at: AwareDatetime
    posted_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
