"""Reads the pieces of an answer of Gemini."""

from google.genai import types

from domain.pilot import PilotUnavailable, Usage
from infra.pilots.endings import COMPLETE, CUT_OFF, REFUSED

_STOP_REASONS = {
    types.FinishReason.STOP: COMPLETE,
    types.FinishReason.MAX_TOKENS: CUT_OFF,
    types.FinishReason.CONTINUATION: CUT_OFF,
    types.FinishReason.SAFETY: REFUSED,
    types.FinishReason.RECITATION: REFUSED,
    types.FinishReason.LANGUAGE: REFUSED,
    types.FinishReason.BLOCKLIST: REFUSED,
    types.FinishReason.PROHIBITED_CONTENT: REFUSED,
    types.FinishReason.SPII: REFUSED,
    types.FinishReason.ESCALATION: REFUSED,
    types.FinishReason.MODEL_ARMOR: REFUSED,
}


class GeminiAnswer:
    """One answer, in one piece or in many."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.usage = Usage()
        self._stop_reason: str | None = None

    def read(self, piece: types.GenerateContentResponse) -> str:
        """The text that the piece adds; thoughts are none."""
        self.model = piece.model_version or self.model
        if piece.usage_metadata is not None:
            self.usage = _usage(piece.usage_metadata)
        if piece.prompt_feedback is not None and piece.prompt_feedback.block_reason is not None:
            self._stop_reason = REFUSED
        if not piece.candidates:
            return ""
        candidate = piece.candidates[0]
        if candidate.finish_reason not in (None, types.FinishReason.FINISH_REASON_UNSPECIFIED):
            self._stop_reason = _STOP_REASONS.get(candidate.finish_reason, "failed")
        parts = (candidate.content.parts if candidate.content else None) or []
        return "".join(part.text for part in parts if part.text and not part.thought)

    def stop_reason(self) -> str:
        """How it ended, in the words of the contract. Raises PilotUnavailable when it did not, or by a fault."""
        if self._stop_reason is None:
            raise PilotUnavailable("The connection to the model failed or was cut.")
        if self._stop_reason not in (COMPLETE, CUT_OFF, REFUSED):
            raise PilotUnavailable("The model failed to finish its answer.")
        return self._stop_reason


def _usage(counted: types.GenerateContentResponseUsageMetadata) -> Usage:
    """Gemini counts what it read from its cache as a part of the prompt; what it thought is paid as output."""
    cached = counted.cached_content_token_count or 0
    return Usage(
        input_tokens=max(0, (counted.prompt_token_count or 0) - cached),
        output_tokens=(counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0),
        cache_read_tokens=cached,
    )
