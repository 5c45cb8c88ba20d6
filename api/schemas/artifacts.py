"""Bodies and answers of notes, packages and interim updates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api.schemas.common import NOTE_LIMIT, Body, PlainText, ShortText
from domain.closing_settings import StatusId
from domain.fixes import OUTCOME_NOTES_LIMIT
from domain.resources import WritebackResource
from domain.time_entries import LONGEST_ENTRY
from domain.vocabulary import FixOutcome, GeneratedBy, SessionStatus, UpdateAudience

NoteText = Annotated[PlainText, StringConstraints(max_length=NOTE_LIMIT)]
Summary = Annotated[ShortText, StringConstraints(max_length=500)]

FixAnswer = Literal[FixOutcome.APPLIED_SUCCESS, FixOutcome.APPLIED_FAILED, FixOutcome.APPLIED_PARTIAL]
"""What can be said of a fix on the way to an escalation. Setting it aside is no answer to how it went."""


class PreviewAnswer(BaseModel):
    """`target_ticket_ref` is where it will be posted, null when it is kept here; `target_status` where the ticket
    would move, null when it stays.

    Of a session that was resolved or escalated with it, it is the text that was confirmed, as the engineer edited it;
    then `generated_by` is null.
    """

    markdown: str
    target_ticket_ref: str | None = None
    target_status: str | None = None
    state_version: int
    from_cache: bool
    generated_by: GeneratedBy | None
    confirmed: bool = Field(False, description="The text is final: it was confirmed and posted.")


class ConfirmBody(Body):
    """`status_id` overrides the account's target status."""

    markdown: NoteText
    status_id: StatusId | None = None


class EndingBody(ConfirmBody):
    log_minutes: int | None = Field(
        None, ge=0, le=LONGEST_ENTRY, description="Minutes to log instead of the time worked; 0 logs none."
    )


class PostNoteBody(EndingBody):
    resolution_summary: Summary | None = None


class PostPackageBody(EndingBody):
    """A fix that is verifying or partial must be answered for: by an outcome, or by `fix_never_applied`."""

    escalation_reason: Summary | None = None
    fix_outcome: FixAnswer | None = Field(None, description="How the active fix went.")
    fix_notes: Annotated[PlainText, StringConstraints(max_length=OUTCOME_NOTES_LIMIT)] | None = None
    fix_never_applied: bool = Field(False, description="The declared run did not take place.")


class UpdateBody(ConfirmBody):
    """`markdown` is what is posted; a preview needs none."""

    markdown: NoteText = ""
    audience: UpdateAudience


class PostNoteAnswer(BaseModel):
    """How the posting ended; `pending` when it goes on and its progress is in the event stream.

    `resolved_local` and `escalated_local`: kept here, nothing was posted. `shared`: an update stands on the ticket.
    """

    outcome: Literal["resolved", "escalated", "shared", "resolved_local", "escalated_local", "pending"]
    session_status: SessionStatus
    external_id: str | None = None
    posted_at: AwareDatetime | None = None
    verified_status_id: int | None = None
    verified_status_name: str | None = None
    status_transition_skipped_reason: str | None = None
    writeback: WritebackResource | None = None
