"""Turns as operators see them."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas.common import Page
from domain.resources import ErrorInfo, SuggestedFlow
from domain.vocabulary import PilotProvider, TurnState


class DroppedItemResource(BaseModel):
    """Something in a reply that was not taken, or only in part; `reason` holds nothing of its content."""

    block: str
    reason: str


class TurnDiagnostics(BaseModel):
    """What the product made of the form of a reply."""

    blocks: dict[str, int] = Field(default_factory=dict, description="How many of each kind the reply had.")
    dropped: list[DroppedItemResource] = Field(default_factory=list)
    dropped_count: int = 0
    format_miss: bool = Field(
        False, description="The reply had no questions, no checks and no fork, so the lane stayed as it was."
    )
    ignored: list[str] = Field(
        default_factory=list, description="What was well formed and not done, with the reason."
    )
    cut: bool = Field(False, description="The reply did not end and was cut by the product.")


class TurnUsage(BaseModel):
    """Tokens and time of the model calls that answered the turn, together."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    latency_ms: int = 0


class TurnResource(BaseModel):
    """One run of the pilot over one or more messages."""

    id: UUID
    state: TurnState
    attempt: int = Field(description="Attempts so far; more than one when the model or a worker failed.")
    message_ids: list[UUID]
    provider: PilotProvider | None = None
    model: str | None = None
    stop_reason: str | None = Field(
        None,
        description="Why the reply ended: `end_turn`, `max_tokens`, `refusal`, `too_long`; null when it was stopped.",
    )
    diagnostics: TurnDiagnostics | None = None
    suggested_flows: list[SuggestedFlow] = Field(default_factory=list)
    usage: TurnUsage
    error: ErrorInfo | None = None
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None


class TurnPage(Page[TurnResource]):
    """A page of turns, newest first, and how many turns of the session missed the form."""

    format_misses: int
