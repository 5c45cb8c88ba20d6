"""What a session is decided with: where it stands, as of one transaction."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.vocabulary import FixStatus, SessionStatus


class ActiveFix(BaseModel):
    """What the workflow decides with; the fix itself is a row."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    status: FixStatus
    applied_at: AwareDatetime | None = None
    has_script: bool = False
    has_template: bool = False


class SessionSnapshot(BaseModel):
    """The decision state of a session, read at the end of a transaction.

    `seq` is the number of the session's last event: of two snapshots the one with the greater `seq` is newer.
    """

    model_config = ConfigDict(frozen=True)

    seq: int
    status: SessionStatus
    state_version: int
    engineer_id: UUID
    last_activity_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    ticket_ref: str | None = None
    active_fix: ActiveFix | None = None
    messages_since_apply: int = 0
    queued: list[UUID] = Field(default_factory=list)
    """Engineer messages that wait for a turn, oldest first."""
    failed: list[UUID] = Field(default_factory=list)
    """Engineer messages whose last turn failed; they go with the next one."""
    running_writeback: int | None = None
    """Number of the writeback in progress."""
    writeback_logs_time: bool = False
    """The writeback in progress has a time entry to make."""
    digest_due: bool = False
    """The history has outgrown a turn: a digest is to be written."""
