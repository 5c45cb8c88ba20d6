"""Every enumerated word of the product, once. Database checks, API and web client are derived from these."""

from enum import StrEnum


class SessionStatus(StrEnum):
    """Where a troubleshooting session stands.

    `requesting_escalation` lasts from the Confirm of an escalation until its writeback has ended well.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    REQUESTING_ESCALATION = "requesting_escalation"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    ABANDONED = "abandoned"


class IntakeType(StrEnum):
    """What a session was started from."""

    FREE_TEXT = "free_text"
    PSA_TICKET = "psa_ticket"
    CALLBACK = "callback"


class MessageRole(StrEnum):
    ENGINEER = "engineer"
    PILOT = "pilot"
    SYSTEM = "system"


class TurnState(StrEnum):
    """How far the turn of a message is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class LaneItemKind(StrEnum):
    QUESTION = "question"
    CHECK = "check"


class LaneItemStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    SET_ASIDE = "set_aside"


class LaneAction(StrEnum):
    """What the button of a check does; only the engineer's click does it."""

    CREATE_SPIN_OFF_TICKET = "create_spin_off_ticket"
    OPEN_SCRIPT_BUILDER = "open_script_builder"


class FactSource(StrEnum):
    QUESTION = "question"
    DIAGNOSTIC_CHECK = "diagnostic_check"
    USER_NOTE = "user_note"
    AI_SYNTHESIS = "ai_synthesis"


class FixStatus(StrEnum):
    """Whether a suggested fix worked. A superseded fix keeps its status; `superseded_at` tells it apart."""

    PROPOSED = "proposed"
    APPLIED_SUCCESS = "applied_success"
    APPLIED_FAILED = "applied_failed"
    APPLIED_PARTIAL = "applied_partial"
    DISMISSED = "dismissed"


class FixOutcome(StrEnum):
    """What an engineer may say of a fix."""

    APPLIED_SUCCESS = "applied_success"
    APPLIED_FAILED = "applied_failed"
    APPLIED_PARTIAL = "applied_partial"
    DISMISSED = "dismissed"


class ProposedOutcome(StrEnum):
    """What the pilot may read from the conversation; only a click makes it an outcome."""

    SUCCESS = "success"
    FAILURE = "failure"
    PARTIAL = "partial"


class FixDecision(StrEnum):
    ONE_OFF = "one_off"
    DRAFT_TEMPLATE = "draft_template"
    BUILD_TEMPLATE = "build_template"
    DISMISSED = "dismissed"


class ArtifactKind(StrEnum):
    """What is written from a session's state for its ticket: the two notes that end it, and interim updates."""

    RESOLUTION_NOTE = "resolution_note"
    ESCALATION_PACKAGE = "escalation_package"
    UPDATE_INTERNAL = "update_internal"
    UPDATE_CLIENT = "update_client"
    UPDATE_REQUEST_INFO = "update_request_info"


ENDING_ARTIFACTS = (ArtifactKind.RESOLUTION_NOTE, ArtifactKind.ESCALATION_PACKAGE)
"""Artifacts with fixed sections; confirming one ends the engineer's work on the session."""


class UpdateAudience(StrEnum):
    """Who an interim update is for; `request_info` asks the client for something."""

    INTERNAL = "internal"
    CLIENT = "client"
    REQUEST_INFO = "request_info"


UPDATE_KINDS: dict[UpdateAudience, ArtifactKind] = {
    UpdateAudience.INTERNAL: ArtifactKind.UPDATE_INTERNAL,
    UpdateAudience.CLIENT: ArtifactKind.UPDATE_CLIENT,
    UpdateAudience.REQUEST_INFO: ArtifactKind.UPDATE_REQUEST_INFO,
}


class PostLogKind(StrEnum):
    """What the log of everything written to tickets tells of: artifacts, and second tickets."""

    RESOLUTION_NOTE = "resolution_note"
    ESCALATION_PACKAGE = "escalation_package"
    UPDATE_INTERNAL = "update_internal"
    UPDATE_CLIENT = "update_client"
    UPDATE_REQUEST_INFO = "update_request_info"
    SPIN_OFF_TICKET = "spin_off_ticket"


class TimeRounding(StrEnum):
    """How the time worked is rounded for the ticket's time entry: up to the next step, exact, or no entry."""

    FIFTEEN_MINUTES = "15min"
    THIRTY_MINUTES = "30min"
    EXACT = "exact"
    NONE = "none"


class GeneratedBy(StrEnum):
    MODEL = "model"
    RENDERER = "renderer"


class WritebackState(StrEnum):
    """`unverified`: the PSA took everything and the ticket still shows another status. `failed`: the PSA refused."""

    RUNNING = "running"
    DONE = "done"
    UNVERIFIED = "unverified"
    FAILED = "failed"


class WritebackStep(StrEnum):
    POST_NOTE = "post_note"
    LOG_TIME = "log_time"
    SET_STATUS = "set_status"
    VERIFY = "verify"
    RECORD = "record"


class SpinOffState(StrEnum):
    """How far a second ticket that a session asked for is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class DraftState(StrEnum):
    """Whether a script that ran in a session was reviewed as a template."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class AccountRole(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    ENGINEER = "engineer"
    VIEWER = "viewer"


class InvitedRole(StrEnum):
    """What somebody can be invited as. An account has one owner."""

    ADMIN = AccountRole.ADMIN.value
    ENGINEER = AccountRole.ENGINEER.value
    VIEWER = AccountRole.VIEWER.value


class PilotProvider(StrEnum):
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    PLAYBOOK = "playbook"


class FlowStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class ScriptLanguage(StrEnum):
    POWERSHELL = "powershell"
    BASH = "bash"
    PYTHON = "python"


class EventType(StrEnum):
    """Durable events of a session, as the SSE stream names them. Reply deltas and resets are not durable."""

    SESSION_CREATED = "session.created"
    SESSION_CHANGED = "session.changed"
    MESSAGE_CREATED = "message.created"
    TURN_QUEUED = "turn.queued"
    REPLY_STARTED = "reply.started"
    REPLY_COMPLETED = "reply.completed"
    REPLY_FAILED = "reply.failed"
    LANE_CHANGED = "lane.changed"
    FACT_CREATED = "fact.created"
    FACT_UPDATED = "fact.updated"
    FACT_DELETED = "fact.deleted"
    FIX_PROPOSED = "fix.proposed"
    FIX_CHANGED = "fix.changed"
    FIX_SUPERSEDED = "fix.superseded"
    WRITEBACK_PROGRESS = "writeback.progress"
    TICKET_CHANGED = "ticket.changed"
    TICKET_SPUN_OFF = "ticket.spun_off"
    DRAFT_READY = "draft.ready"
    COMMAND_REJECTED = "command.rejected"
