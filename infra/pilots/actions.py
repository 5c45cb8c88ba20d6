"""What each call to a model may use: one table, so that no call site decides it."""

from enum import StrEnum
from typing import NamedTuple

from domain.vocabulary import ArtifactKind

STANDARD_MODEL = "claude-sonnet-4-6"


class ModelAction(StrEnum):
    CHAT_TURN = "chat_turn"
    RESOLUTION_NOTE = "resolution_note"
    ESCALATION_PACKAGE = "escalation_package"


class ActionLimits(NamedTuple):
    """`max_tokens` bounds the output;

    `timeout_seconds` the whole call, `silence_seconds` the wait for its next piece.
    """

    model: str
    max_tokens: int
    timeout_seconds: float
    silence_seconds: float


ACTIONS: dict[ModelAction, ActionLimits] = {
    ModelAction.CHAT_TURN: ActionLimits(STANDARD_MODEL, 8_192, timeout_seconds=120, silence_seconds=30),
    ModelAction.RESOLUTION_NOTE: ActionLimits(STANDARD_MODEL, 1_200, timeout_seconds=60, silence_seconds=30),
    ModelAction.ESCALATION_PACKAGE: ActionLimits(
        STANDARD_MODEL, 1_400, timeout_seconds=60, silence_seconds=30
    ),
}

NOTE_ACTIONS: dict[ArtifactKind, ModelAction] = {
    ArtifactKind.RESOLUTION_NOTE: ModelAction.RESOLUTION_NOTE,
    ArtifactKind.ESCALATION_PACKAGE: ModelAction.ESCALATION_PACKAGE,
}
