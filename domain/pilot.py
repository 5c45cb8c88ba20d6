"""What a pilot is given for one turn, and what it gives back. Providers (model, playbook) share this contract."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from domain.flows import Flow
from domain.notes.state import NoteState
from domain.text import clip, drop_unstorable
from domain.vocabulary import (
    ArtifactKind,
    FactSource,
    FixStatus,
    LaneAction,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
    PilotProvider,
    ProposedOutcome,
)

# What a provider, or a gateway before it, says of a call must not cost what the model said: it is cut to what is kept.
_MODEL_NAME = 100
_MOST_TOKENS = 2**31 - 1

ModelName = Annotated[str, AfterValidator(lambda name: clip(drop_unstorable(name), _MODEL_NAME))]
Tokens = Annotated[int, AfterValidator(lambda count: min(max(count, 0), _MOST_TOKENS))]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class HistoryMessage(_View):
    """One earlier message; a pilot's message holds its prose only."""

    role: MessageRole
    text: str


class LaneItemView(_View):
    id: UUID
    kind: LaneItemKind
    text: str
    """The question, or the label of the check."""
    status: LaneItemStatus
    context: str | None = None
    options: list[str] | None = None
    command: str | None = None
    description: str | None = None
    action: LaneAction | None = None
    answer: str | None = None
    output: str | None = None


class FactView(_View):
    id: UUID
    text: str
    source_type: FactSource


class FixView(_View):
    """One fix of the session, active or not. `failure_reason` and `partial_notes` are the engineer's words."""

    id: UUID
    title: str
    description: str
    confidence_pct: int
    status: FixStatus
    applied_at: datetime | None = None
    verified_at: datetime | None = None
    superseded: bool = False
    partial_notes: str | None = None
    failure_reason: str | None = None


class TicketNoteView(_View):
    author: str
    text: str
    created_at: datetime | None = None


class ConfigurationView(_View):
    """A device or service of the client that the ticket names."""

    name: str
    type: str | None = None
    details: str | None = None


class RelatedTicketView(_View):
    """Another ticket of the same client that may have to do with this one."""

    ref: str
    summary: str
    status: str | None = None


class TicketView(_View):
    """The linked ticket as fetched. All text in it is untrusted."""

    ref: str
    summary: str
    description: str | None = None
    client: str | None = None
    contact: str | None = None
    priority: str | None = None
    board: str | None = None
    status: str | None = None
    notes: list[TicketNoteView] = Field(default_factory=list)
    configurations: list[ConfigurationView] = Field(default_factory=list)
    related: list[RelatedTicketView] = Field(default_factory=list)


class FoundFlow(_View):
    """A published flow found for this turn; score 0-1, best first."""

    flow: Flow
    score: float


class ItemAnswer(_View):
    """What the engineer did with a lane item in the current message."""

    item_id: UUID
    answer: str | None = None
    output: str | None = None
    skipped: bool = False


class InputImage(_View):
    """A picture that came with a message, ready for a model. Its bytes never enter a history or a log."""

    file_name: str
    media_type: str
    data: bytes = Field(repr=False)


class InputUpload(_View):
    """A file that came with a message, by name and place: its content is loaded when the turn begins."""

    id: UUID
    file_name: str
    content_type: str


class InputFile(_View):
    """What a file that came with a message says, or in one line why it cannot be read. Untrusted, like its name."""

    file_name: str
    text: str


class EngineerInput(_View):
    """One engineer message of this turn; `answers` are the lane items it answers (empty for plain chat).

    `uploads` are all files that came with it; of those, `images` and `files` hold what could be loaded.
    """

    message_id: UUID
    text: str
    answers: list[ItemAnswer] = Field(default_factory=list)
    uploads: list[InputUpload] = Field(default_factory=list)
    images: list[InputImage] = Field(default_factory=list)
    files: list[InputFile] = Field(default_factory=list)


class TurnContext(_View):
    """Everything a pilot may know in one turn. `inputs` are the messages of this turn, oldest first.

    `history` goes back to where `digest` ends; the digest stands for everything before.
    `lane` holds the open items and the latest others, not all that were ever asked.
    `pilot_state` is what the same provider returned at the end of its last turn in this session, else None.
    """

    session_id: UUID
    problem_summary: str | None
    digest: str | None = None
    history: list[HistoryMessage]
    inputs: list[EngineerInput]
    lane: list[LaneItemView]
    facts: list[FactView]
    fixes: list[FixView]
    active_fix_id: UUID | None
    ticket: TicketView | None
    flows: list[FoundFlow]
    pilot_state: dict[str, JsonValue] | None = None

    def active_fix(self) -> FixView | None:
        """The active fix, if there is one."""
        return next((fix for fix in self.fixes if fix.id == self.active_fix_id), None)


class Usage(_View):
    """Tokens of one call. Zero for providers without tokens."""

    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cache_read_tokens: Tokens = 0
    cache_creation_tokens: Tokens = 0


class ReplyDelta(_View):
    """A piece of the raw reply, blocks included, in the order of generation."""

    text: str


class ReplyEnd(_View):
    """The last thing a stream yields. `stop_reason`: end_turn, max_tokens, refusal (a sentence is in the text)."""

    provider: PilotProvider
    model: ModelName
    usage: Usage = Field(default_factory=Usage)
    stop_reason: str = "end_turn"
    pilot_state: dict[str, JsonValue] | None = None


class DraftedNote(_View):
    """An artifact as the model wrote it, unchecked."""

    markdown: str
    model: ModelName
    usage: Usage = Field(default_factory=Usage)


class FactSynthesisRequest(_View):
    """What an engineer said, to be put as one confirmed statement. All of it is untrusted."""

    source_type: FactSource
    asked: str | None = None
    """The question or check that it answers."""
    raw_input: str


class SynthesisedFact(_View):
    """`text` is None when the input holds nothing substantive. `summary`: 3-7 words, no full stop."""

    text: str | None
    summary: str | None = None
    model: ModelName
    usage: Usage = Field(default_factory=Usage)


class DigestRequest(_View):
    """The conversation since the last digest, to be put in short together with it. All of it is untrusted."""

    previous: str | None
    messages: list[HistoryMessage]


class DraftedDigest(_View):
    """A digest as the model wrote it."""

    text: str
    model: ModelName
    usage: Usage = Field(default_factory=Usage)


class Pilot(Protocol):
    """A provider of replies and notes. One instance per worker process, safe for concurrent turns."""

    @property
    def provider(self) -> PilotProvider: ...

    def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        """Yield deltas, then exactly one ReplyEnd. Raises PilotUnavailable (retry) or PilotRejected (final)."""
        ...

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        """Write the artifact, or None when this provider has no model (the deterministic renderer writes it).

        `correction` says what was wrong with the first draft. Raises like `stream_reply`.
        """
        ...

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        """Put an answer or a result as a fact, or None when this provider has no model. Raises like `stream_reply`."""
        ...

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        """Put a conversation in short, or None when this provider has no model. Raises like `stream_reply`."""
        ...


class PilotUnavailable(Exception):
    """The model cannot answer now (429, overload, 5xx, timeout, connection). `retry_after` in seconds when told."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class PilotRejected(Exception):
    """The model refuses this call for good (bad key, bad request). `reason` is safe to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProposedOutcomeView(_View):
    """A FIX_OUTCOME block: what the pilot read from the engineer's words."""

    fix_id: UUID
    outcome: ProposedOutcome
    reason: str
