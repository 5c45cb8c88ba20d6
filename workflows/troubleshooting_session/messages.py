"""Typed inputs and results of the session workflow and of its activities. Fields are only ever added."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.vocabulary import ArtifactKind, FixOutcome, FixStatus, SessionStatus

WORKFLOW_TYPE = "TroubleshootingSession"


def session_workflow_id(session_id: UUID) -> str:
    """The workflow id of a session."""
    return f"session/{session_id}"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class ActiveFix(_Message):
    """What the workflow decides with; the fix itself is a row."""

    id: UUID
    status: FixStatus
    applied_at: AwareDatetime | None = None
    has_script: bool = False
    has_template: bool = False


class SessionSnapshot(_Message):
    """The decision state of a session, read at the end of a transaction.

    `seq` is the number of the session's last event: of two snapshots the one with the greater `seq` is newer.
    """

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
    """Engineer messages whose last turn failed or was stopped without an answer."""
    running_writeback: int | None = None
    """Number of the writeback in progress."""


class SessionInput(_Message):
    """Input of a run. `snapshot` is set when a run continues another; else the rows are read first."""

    account_id: UUID
    session_id: UUID
    snapshot: SessionSnapshot | None = None
    seen_commands: list[str] = Field(default_factory=list)
    fresh: bool = False
    """True for a session that `open_session` is about to make: there are no rows to read."""
    inactivity_seconds: float = 8 * 3600
    linger_seconds: float = 72 * 3600


class Command(_Message):
    """Part of every message that changes something.

    `command_id` makes it exactly once; `request_hash` tells a repeat from another request under the same id.
    """

    command_id: str
    request_hash: str
    account_id: UUID
    session_id: UUID
    actor_id: UUID


class CommandAck(_Message):
    """Answer to a command: the number of the event that recorded it, and the hash of the request that did."""

    seq: int
    request_hash: str
    entity_id: UUID | None = None


class Recorded(_Message):
    """Result of an activity that recorded a command."""

    ack: CommandAck
    snapshot: SessionSnapshot


class OpenSession(Command):
    """First command of a session. With a ticket its snapshot row is already stored."""

    title: str | None = None
    text: str | None = None
    psa_connection_id: UUID | None = None
    psa_ticket_id: str | None = None


class EngineerMessage(Command):
    text: str


class ItemAnswer(_Message):
    item_id: UUID
    answer: str | None = None
    output: str | None = None
    skipped: bool = False


class AnswerItems(Command):
    items: list[ItemAnswer]


class FixApplied(Command):
    fix_id: UUID


class FixOutcomeClick(Command):
    fix_id: UUID
    outcome: FixOutcome
    notes: str | None = None


class AddFact(Command):
    text: str
    summary: str | None = None


class ChangeStatus(Command):
    """Pause, resume or abandon; `reason` belongs to abandon."""

    reason: str | None = None


class StopTurn(Command):
    pass


class RetryTurn(Command):
    pass


class PreviewRequest(_Message):
    """Ask for an artifact of the present state. `force` writes it anew although one is stored."""

    account_id: UUID
    session_id: UUID
    kind: ArtifactKind
    force: bool = False


class PreviewReady(_Message):
    """The artifact is stored for this `state_version`."""

    state_version: int
    from_cache: bool


class ResolveSession(Command):
    """Confirm & post of a resolution note. `status_id` overrides the account's target status."""

    markdown: str
    resolution_summary: str | None = None
    status_id: int | None = None


class ResolveAnswer(_Message):
    """`pending`: the writeback goes on; its progress is in the events and in the session."""

    seq: int
    request_hash: str
    writeback_number: int | None = None
    pending: bool = False


class SignalledMessage(_Message):
    """`engineer_message` for senders that do not wait. The id makes a repeated signal harmless."""

    command_id: str
    actor_id: UUID
    text: str


class SignalledOutcome(_Message):
    """`outcome_click` for senders that do not wait."""

    command_id: str
    actor_id: UUID
    fix_id: UUID
    outcome: FixOutcome
    notes: str | None = None


class RejectedCommand(Command):
    """A signal that broke a rule: kept on the timeline, with the reason."""

    command_name: str
    code: str
    detail: str


class ResolutionBegun(Recorded):
    """`writeback_number` is None when no ticket is linked: the session is resolved then."""

    writeback_number: int | None = None


class LoadedSession(_Message):
    """A session read from its rows, with the ids of its latest commands."""

    snapshot: SessionSnapshot
    seen_commands: list[str]


class LoadSession(_Message):
    """`take_over`: the turns of the run before are nobody's any more; their messages wait for a turn again."""

    account_id: UUID
    session_id: UUID
    take_over: bool = True


class RunTurn(_Message):
    """One turn over `message_ids`. With `use_fallback` the playbook answers and says why (`degraded_reason`)."""

    account_id: UUID
    session_id: UUID
    turn_id: UUID
    message_ids: list[UUID]
    use_fallback: bool = False
    degraded_reason: str | None = None


class CloseTurn(_Message):
    """End a turn that has no activity any more: failed after its retries, or stopped with a dead worker."""

    account_id: UUID
    session_id: UUID
    turn_id: UUID
    message_ids: list[UUID]
    stopped: bool
    code: str
    detail: str


class PauseIdleSession(_Message):
    account_id: UUID
    session_id: UUID
    idle_since: AwareDatetime


class SnapshotView(_Message):
    """Answer of the query `snapshot`."""

    snapshot: SessionSnapshot | None
    turn_running: bool
    closing: bool
