"""Reads the events of a streamed reply, which may take more than one call."""

import json
from typing import Any

from anthropic.types import RawMessageStreamEvent
from anthropic.types.beta import BetaRawMessageStreamEvent

from domain.pilot import PilotUnavailable, Usage
from infra.pilots.anthropic.usage import total_usage, updated_usage
from infra.pilots.endings import COMPLETE, CUT_OFF, REFUSED, ReplyText

StreamEvent = RawMessageStreamEvent | BetaRawMessageStreamEvent

_STOP_REASONS = {
    "refusal": REFUSED,
    "max_tokens": CUT_OFF,
    "model_context_window_exceeded": CUT_OFF,
    "pause_turn": CUT_OFF,
}


def stop_reason_of(told: str | None) -> str:
    """The API's stop reason in the words of the contract."""
    return _STOP_REASONS.get(told or "", COMPLETE)


class StreamedReply:
    """One reply. `tools` are the look-ups that the model made on the way; they never reach the prose."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.tools: list[str] = []
        self.text = ReplyText()
        self._earlier = Usage()
        self._begin()

    def _begin(self) -> None:
        self._call = Usage()
        self._stop_reason = ""
        self._complete = False
        self._after_tools = False
        self._blocks: list[tuple[dict[str, Any], list[str]]] = []

    @property
    def usage(self) -> Usage:
        """What all calls together took."""
        return total_usage(self._earlier, self._call)

    @property
    def paused(self) -> bool:
        """Whether the model stopped in the middle of its look-ups and has to be asked to go on."""
        return self._complete and self._stop_reason == "pause_turn"

    def next_call(self) -> None:
        """Another call belongs to this reply; what it takes is added up."""
        self._earlier = self.usage
        self._begin()
        self._after_tools = True

    def read(self, event: StreamEvent) -> str:
        """The text that the event adds to the reply."""
        match event.type:
            case "message_start":
                self.model = event.message.model
                self._call = updated_usage(self._call, event.message.usage)
            case "content_block_start":
                self._start_block(event.content_block.to_dict())
            case "content_block_delta" if event.delta.type == "text_delta":
                return self._add(event.delta.text)
            case "content_block_delta" if event.delta.type == "input_json_delta":
                self._keep(event.delta.partial_json)
            case "message_delta":
                self._stop_reason = event.delta.stop_reason or self._stop_reason
                self._call = updated_usage(self._call, event.usage)
            case "message_stop":
                self._complete = True
            case _:
                pass
        return ""

    def so_far(self) -> list[dict[str, Any]]:
        """The content of this call as the API wants it back, so that the model can go on; it takes no empty text."""
        blocks = [_whole(block, "".join(pieces)) for block, pieces in self._blocks]
        return [block for block in blocks if block["type"] != "text" or block["text"].strip()]

    def ending(self) -> tuple[str, str]:
        """The stop reason, and the text to be added so that the engineer sees how the reply ended.

        Raises PilotUnavailable when it did not end, or said nothing.
        """
        if not self._complete:
            raise PilotUnavailable("The connection to the model failed or was cut.")
        stop_reason = stop_reason_of(self._stop_reason)
        return stop_reason, self.text.ending(stop_reason)

    def _start_block(self, block: dict[str, Any]) -> None:
        self._blocks.append((block, []))
        if block["type"] == "mcp_tool_use":
            self.tools.append(str(block.get("name")))
        self._after_tools = self._after_tools or block["type"] != "text"

    def _add(self, text: str) -> str:
        self._keep(text)
        if self._after_tools and self.text.any and text:
            # What was said before a look-up and after it are two paragraphs.
            text = f"\n\n{text}"
        self._after_tools = self._after_tools and not text
        return self.text.add(text)

    def _keep(self, piece: str) -> None:
        if self._blocks:
            self._blocks[-1][1].append(piece)


def _whole(block: dict[str, Any], text: str) -> dict[str, Any]:
    if block["type"] == "text":
        return {"type": "text", "text": block.get("text", "") + text}
    return {**block, "input": json.loads(text)} if text else block
