"""The shapes in which a session is told to the outside: answers of the API, payloads of events, stored results.

They live here because the workflow's activities store them and the API returns them unchanged.
"""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from domain.vocabulary import (
    ArtifactKind,
    FactSource,
    FixDecision,
    FixStatus,
    LaneAction,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
    PilotProvider,
    ProposedOutcome,
    SessionStatus,
    SpinOffState,
    TurnState,
    WritebackState,
    WritebackStep,
)


class Resource(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class ErrorInfo(Resource):
    """What went wrong, for the engineer: a stable code and a sentence."""

    code: str
    detail: str


class TicketHeader(Resource):
    """The linked ticket as last seen. `ref` is its number in the PSA."""

    ref: str
    summary: str
    client: str | None = None
    contact: str | None = None
    priority: str | None = None
    board: str | None = None
    status: str | None = None


class ItemAnswerResource(Resource):
    """What a message says of one lane item."""

    item_id: UUID
    answer: str | None = None
    output: str | None = None
    skipped: bool = False


class UploadResource(Resource):
    """An uploaded file; its bytes are behind a signed address of their own."""

    id: UUID
    file_name: str
    content_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    has_thumbnail: bool = False


class MessageResource(Resource):
    id: UUID
    seq: int = Field(description="Position in the session; also the number of its event.")
    role: MessageRole
    text: str = Field(description="Prose as Markdown; blocks of the pilot's reply are never part of it.")
    author_id: UUID | None = None
    answers: list[ItemAnswerResource] = Field(default_factory=list)
    uploads: list[UploadResource] = Field(default_factory=list)
    turn_id: UUID | None = None
    turn_state: TurnState | None = Field(None, description="How far the pilot is with this message.")
    stop_reason: str | None = Field(
        None,
        description="Why a reply of the pilot is not whole: `max_tokens` (cut off at its limit), `refusal` "
        "(the model declined), or another word of the model's.",
    )
    error: ErrorInfo | None = None
    created_at: AwareDatetime


class SuggestedFlow(Resource):
    """A flow of the team that fits what was said in a turn; `score` 0-1, best first."""

    id: UUID
    title: str
    score: float


class LaneItemResource(Resource):
    id: UUID
    kind: LaneItemKind
    text: str
    context: str | None = None
    options: list[str] | None = None
    command: str | None = None
    description: str | None = None
    action: LaneAction | None = None
    status: LaneItemStatus
    answer: str | None = None
    output: str | None = None
    promoted_fact_id: UUID | None = None
    created_at: AwareDatetime
    answered_at: AwareDatetime | None = None


class FactResource(Resource):
    id: UUID
    text: str
    source_type: FactSource
    source_ref: UUID | None = Field(None, description="The lane item it came from.")
    source_summary: str | None = None
    message_id: UUID | None = Field(None, description="The message that confirmed it.")
    editable: bool
    disputed: bool
    created_by: UUID | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class OutcomeProposal(Resource):
    """What the pilot read from the conversation; only a click makes it an outcome."""

    outcome: ProposedOutcome
    reason: str
    message_id: UUID | None = None


class NudgeResource(Resource):
    """The reminder that nobody has said yet whether a fix that was run worked.

    A message changes it without an event of the fix: who follows the event stream adds one to
    `messages_since_apply` for every `message.created` of an engineer, while the fix is verifying.
    """

    messages_since_apply: int = Field(description="Engineer messages since the run was declared.")
    silenced_until: int | None = Field(
        None, description="After “still checking”: the count from which the reminder may show; 3 when null."
    )
    due: bool = Field(False, description="The reminder is to show now.")


class FixResource(Resource):
    id: UUID
    title: str
    description: str
    confidence_pct: int
    script_template_id: UUID | None = None
    script_template_slug: str | None = None
    ai_drafted_script: str | None = None
    ai_drafted_parameters: dict[str, JsonValue] | None = None
    parameters_used: dict[str, JsonValue] | None = Field(
        None, description="What the script was run with; values that look secret are redacted."
    )
    user_decision: FixDecision | None = None
    status: FixStatus
    partial_notes: str | None = None
    failure_reason: str | None = None
    ai_outcome_proposal: OutcomeProposal | None = None
    applied_at: AwareDatetime | None = None
    verified_at: AwareDatetime | None = None
    superseded_at: AwareDatetime | None = None
    nudge: NudgeResource | None = Field(None, description="Of the active fix only.")
    created_at: AwareDatetime


class WritebackResource(Resource):
    """The last confirmed artifact and how far it is on its way to the ticket."""

    number: int
    kind: ArtifactKind
    state: WritebackState
    step: WritebackStep
    ticket_ref: str | None = None
    external_id: str | None = Field(None, description="The PSA's id of the posted note.")
    posted_at: AwareDatetime | None = None
    logged_minutes: int | None = Field(None, description="Time that was logged with it.")
    time_error: ErrorInfo | None = Field(
        None, description="Why the time was not logged; the note is not affected."
    )
    expected: str | None = Field(None, description="Status the ticket should have.")
    observed: str | None = Field(None, description="Status the ticket was seen with.")
    observed_status_id: int | None = None
    status_transition_skipped_reason: str | None = None
    error: ErrorInfo | None = None


class SpinOffResource(Resource):
    """A second ticket that the engineer asked for. `ticket_id` is its number once it was created."""

    id: UUID
    state: SpinOffState
    summary: str
    description: str | None = None
    psa_connection_id: UUID | None = None
    board_id: int | None = None
    company_id: int | None = None
    parent_ticket_id: str | None = Field(None, description="The session's ticket when it was asked for.")
    ticket_id: str | None = None
    error: ErrorInfo | None = None
    created_by: UUID
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None


class PilotInfo(Resource):
    provider: PilotProvider | None = None
    degraded_reason: str | None = Field(None, description="Why a fallback answered, when one did.")


class SessionResource(Resource):
    id: UUID
    title: str
    status: SessionStatus
    state_version: int
    problem_summary: str | None = None
    problem_domain: str | None = None
    intake_type: Literal["free_text", "psa_ticket", "callback"]
    psa_connection_id: UUID | None = None
    psa_ticket_id: str | None = None
    ticket: TicketHeader | None = None
    started_by: UUID
    engineer_id: UUID
    resolution_summary: str | None = None
    escalation_reason: str | None = None
    writeback: WritebackResource | None = None
    pilot: PilotInfo
    created_at: AwareDatetime
    updated_at: AwareDatetime
    escalated_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
