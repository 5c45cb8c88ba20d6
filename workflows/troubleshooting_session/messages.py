"""Typed inputs and results of the session workflow and of its activities. Fields are only ever added."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from domain.commands import Command, Recorded
from domain.session_state import SessionSnapshot
from domain.vocabulary import (
    ArtifactKind,
    FactSource,
    FixDecision,
    FixOutcome,
    UpdateAudience,
)

WORKFLOW_TYPE = "TroubleshootingSession"


def session_workflow_id(session_id: UUID) -> str:
    """The workflow id of a session."""
    return f"session/{session_id}"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


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


class OpenSession(Command):
    """First command of a session. With a ticket its snapshot row is already stored."""

    title: str | None = None
    text: str | None = None
    psa_connection_id: UUID | None = None
    psa_ticket_id: str | None = None
    upload_ids: list[UUID] = Field(default_factory=list)


class EngineerMessage(Command):
    """What an engineer says. `recorded` is set by a sender that has stored it: then there is nothing left to store."""

    text: str
    upload_ids: list[UUID] = Field(default_factory=list)
    recorded: Recorded | None = None


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


class ReopenItem(Command):
    """A question or check that was set aside, skipped or answered is open again."""

    item_id: UUID


class FixDecisionClick(Command):
    """Take a script path; `edited_script` is what the engineer runs instead of the draft."""

    fix_id: UUID
    decision: FixDecision
    edited_script: str | None = None
    parameters_used: dict[str, JsonValue] | None = None


class AttachScript(Command):
    """Give the fix a script. Declares nothing."""

    fix_id: UUID
    script: str
    parameters: dict[str, JsonValue] | None = None


class FixCommand(Command):
    """Clear the pilot's proposal, finish a partial fix, restore a dismissed one, or silence the reminder."""

    fix_id: UUID


class AddFact(Command):
    text: str
    summary: str | None = None


class EditFact(Command):
    """What is None stays; an empty summary is removed."""

    fact_id: UUID
    text: str | None = None
    summary: str | None = None


class FactCommand(Command):
    """Delete a fact, or take its deletion back."""

    fact_id: UUID


class PromoteFact(Command):
    """Turn an answer or a result into a fact: `text` as it is, else what a synthesis makes of `raw_input`."""

    source_type: FactSource
    source_ref: UUID | None = None
    text: str | None = None
    raw_input: str | None = None
    summary: str | None = None


class SynthesiseFact(_Message):
    """`raw_input` as a fact: what the engineer said of the item `source_ref`, or of the session."""

    account_id: UUID
    session_id: UUID
    source_type: FactSource
    source_ref: UUID | None
    raw_input: str


class SynthesisedText(_Message):
    """A synthesised fact; `text` is None when the input holds nothing substantive."""

    text: str | None
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
    """Confirm & post of a resolution note. `status_id` overrides the account's target status.

    `log_minutes` overrides the time that would be logged; 0 logs none.
    """

    markdown: str
    resolution_summary: str | None = None
    status_id: int | None = None
    log_minutes: int | None = None


class EscalateSession(Command):
    """Confirm & post of an escalation package.

    `fix_outcome` (with `fix_notes`) answers whether a fix that is verifying or partial helped; `fix_never_applied`
    takes the declared run back instead.
    """

    markdown: str
    escalation_reason: str | None = None
    status_id: int | None = None
    log_minutes: int | None = None
    fix_outcome: FixOutcome | None = None
    fix_notes: str | None = None
    fix_never_applied: bool = False


class ShareUpdate(Command):
    """Put an interim update on the ticket; the session goes on."""

    markdown: str
    audience: UpdateAudience
    status_id: int | None = None


class RetryWriteback(Command):
    """Run what is left of the last writeback that did not end well."""


class ReopenSession(Command):
    """Go on with a session that was closed at most `linger_seconds` ago."""

    linger_seconds: float = 0


class PickUpSession(Command):
    """Take over an escalated session: the actor becomes its engineer."""


class LinkTicket(Command):
    """Link or change the ticket; its snapshot row is already stored."""

    psa_connection_id: UUID
    psa_ticket_id: str


class SpinOffTicket(Command):
    """Make a second ticket for another problem that came up. What is None is taken from the session's ticket."""

    summary: str
    description: str | None = None
    board_id: int | None = None
    company_id: int | None = None
    psa_connection_id: UUID | None = None


class CreateSpinOff(_Message):
    """The ticket to create; everything else is in its row."""

    account_id: UUID
    session_id: UUID
    spin_off_id: UUID


class EndSpinOff(_Message):
    """The ticket could not be created, in the PSA's own words."""

    spin_off: CreateSpinOff
    error_code: str
    error_detail: str


class TicketChanged(_Message):
    """Signal: the PSA says that the ticket has changed. One about another ticket than the session's is ignored."""

    psa_ticket_id: str


class RefreshTicket(_Message):
    account_id: UUID
    session_id: UUID


class WriteDigest(_Message):
    account_id: UUID
    session_id: UUID


class WritebackAnswer(_Message):
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


class WritebackBegun(Recorded):
    """`writeback_number` is None when nothing goes to a ticket: the artifact is kept here then."""

    writeback_number: int | None = None


class LoadedSession(_Message):
    """A session read from its rows, with the ids of its latest commands."""

    snapshot: SessionSnapshot
    seen_commands: list[str]
    running_spin_offs: list[UUID] = Field(default_factory=list)
    """Second tickets that a run that is gone was creating."""


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
    spin_offs_under_way: list[UUID] | None = None
    """Second tickets that this run is creating; None from a version that does not tell."""
