"""What each call to a model may use: one table, so that no call site decides it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from domain.vocabulary import ArtifactKind, PilotProvider


class ModelTier(StrEnum):
    """How much of a model an action needs."""

    STANDARD = "standard"
    FAST = "fast"


class ModelAction(StrEnum):
    """What a model is asked to do; the names are those of `llm_calls` and of RESOLUTIONFLOW_MODELS."""

    CHAT_TURN = "chat_turn"
    RESOLUTION_NOTE = "resolution_note"
    ESCALATION_PACKAGE = "escalation_package"
    UPDATE_INTERNAL = "update_internal"
    UPDATE_CLIENT = "update_client"
    UPDATE_REQUEST_INFO = "update_request_info"
    FACT_SYNTHESIS = "fact_synthesis"
    DIGEST = "digest"


class ActionLimits(NamedTuple):
    """`max_tokens` bounds the output;

    `timeout_seconds` the whole call, `silence_seconds` the wait for its next piece.
    """

    tier: ModelTier
    max_tokens: int
    timeout_seconds: float
    silence_seconds: float


ACTIONS: dict[ModelAction, ActionLimits] = {
    ModelAction.CHAT_TURN: ActionLimits(ModelTier.STANDARD, 8_192, 120, silence_seconds=30),
    ModelAction.RESOLUTION_NOTE: ActionLimits(ModelTier.STANDARD, 1_200, 60, silence_seconds=30),
    ModelAction.ESCALATION_PACKAGE: ActionLimits(ModelTier.STANDARD, 1_400, 60, silence_seconds=30),
    ModelAction.UPDATE_INTERNAL: ActionLimits(ModelTier.STANDARD, 800, 45, silence_seconds=30),
    ModelAction.UPDATE_CLIENT: ActionLimits(ModelTier.STANDARD, 800, 45, silence_seconds=30),
    ModelAction.UPDATE_REQUEST_INFO: ActionLimits(ModelTier.STANDARD, 800, 45, silence_seconds=30),
    ModelAction.FACT_SYNTHESIS: ActionLimits(ModelTier.FAST, 200, 20, silence_seconds=20),
    ModelAction.DIGEST: ActionLimits(ModelTier.FAST, 1_500, 60, silence_seconds=30),
}

NOTE_ACTIONS: dict[ArtifactKind, ModelAction] = {kind: ModelAction(kind.value) for kind in ArtifactKind}

DEFAULT_MODELS: dict[PilotProvider, dict[ModelTier, str]] = {
    PilotProvider.ANTHROPIC: {
        ModelTier.STANDARD: "claude-sonnet-4-6",
        ModelTier.FAST: "claude-haiku-4-5",
    },
    PilotProvider.GEMINI: {
        ModelTier.STANDARD: "gemini-3.8-flash",
        ModelTier.FAST: "gemini-3.5-flash-lite",
    },
}

Models = Mapping[ModelAction, str]
"""The model of each action."""


def choose_models(
    provider: PilotProvider,
    tiers: Mapping[ModelTier, str | None] | None = None,
    overrides: Models | None = None,
) -> Models:
    """The model of each action: its own override, else the one configured for its tier, else the default."""
    defaults = DEFAULT_MODELS[provider]
    of_tier = {tier: (tiers or {}).get(tier) or defaults[tier] for tier in ModelTier}
    return {
        action: (overrides or {}).get(action) or of_tier[limits.tier] for action, limits in ACTIONS.items()
    }
