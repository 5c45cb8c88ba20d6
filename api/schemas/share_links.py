"""Read-only links, and what a session looks like to whoever has one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas.common import Body
from domain.vocabulary import FixStatus, LaneItemKind, LaneItemStatus, SessionStatus

DEFAULT_HOURS = 168
MAX_HOURS = 720


class ShareLinkBody(Body):
    expires_in_hours: int = Field(DEFAULT_HOURS, ge=1, le=MAX_HOURS)

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=self.expires_in_hours)


class ShareLinkMade(BaseModel):
    """A new link. `url` is told only here: whoever has it can read the session."""

    id: UUID
    url: str
    token: str
    expires_at: AwareDatetime


class ShareLinkRow(BaseModel):
    """A link of a session, without what opens it."""

    id: UUID
    created_by: UUID
    created_by_name: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    last_viewed_at: AwareDatetime | None = Field(None, description="To the minute.")


class SharedMessage(BaseModel):
    """`author` is the engineer's first name; the pilot has none."""

    by_pilot: bool
    author: str | None = None
    text: str
    files: list[str] = Field(default_factory=list, description="Names of the files that came with it.")
    created_at: AwareDatetime


class SharedFact(BaseModel):
    text: str
    summary: str | None = None


class SharedItem(BaseModel):
    kind: LaneItemKind
    text: str
    command: str | None = None
    status: LaneItemStatus
    answer: str | None = None
    output: str | None = None


class SharedFix(BaseModel):
    title: str
    description: str
    status: FixStatus
    superseded: bool
    notes: str | None = None
    applied_at: AwareDatetime | None = None
    verified_at: AwareDatetime | None = None


class SharedSession(BaseModel):
    """A session for reading: no ids, nothing internal, every secret taken out."""

    title: str
    status: SessionStatus
    problem_summary: str | None = None
    engineer: str = Field(description="First name of who works it now.")
    started_by: str
    created_at: AwareDatetime
    updated_at: AwareDatetime
    resolved_at: AwareDatetime | None = None
    messages: list[SharedMessage] = Field(description="The latest ones, oldest first.")
    older_cursor: int | None = Field(None, description="Pass as `before` to get older messages.")
    facts: list[SharedFact]
    lane: list[SharedItem]
    fixes: list[SharedFix]
    note: str | None = Field(None, description="The confirmed resolution note, unless it is internal.")
    expires_at: AwareDatetime
