"""A provider with a model together with its simulator, spoken to in one way whichever it is."""

import base64
from typing import Any, Literal, Protocol

from domain.pilot import Pilot
from infra.simulators.anthropic import AnthropicSimulator
from infra.simulators.gemini import GeminiSimulator

Ending = Literal["complete", "cut_off", "refused"]


class Model(Protocol):
    """What the tests need of either."""

    pilot: Pilot
    overloaded: int
    """The status that means: too much at the moment."""

    def says(self, text: str, ending: Ending = "complete", **behaviour: Any) -> None:
        """The next answer."""
        ...

    def fails(self, status: int, **behaviour: Any) -> None:
        """The next answer is an error."""
        ...

    def asks_to_wait(self, seconds: int) -> None:
        """The next answer is a limit that names the time to wait."""
        ...

    def asked(self) -> list[tuple[str, str, str]]:
        """Model, system prompt and last message of every request so far."""
        ...

    def pictures(self) -> list[tuple[str, bytes]]:
        """Type and bytes of the pictures in the latest request."""
        ...


class AnthropicModel:
    overloaded = 529

    def __init__(self, pilot: Pilot, simulator: AnthropicSimulator) -> None:
        self.pilot = pilot
        self._simulator = simulator

    def says(self, text: str, ending: Ending = "complete", **behaviour: Any) -> None:
        reason = {"complete": "end_turn", "cut_off": "max_tokens", "refused": "refusal"}[ending]
        self._simulator.next(text=text, stop_reason=reason, **behaviour)

    def fails(self, status: int, **behaviour: Any) -> None:
        self._simulator.next(status=status, **behaviour)

    def asks_to_wait(self, seconds: int) -> None:
        self._simulator.next(status=429, retry_after=str(seconds))

    def asked(self) -> list[tuple[str, str, str]]:
        return [
            (
                request["model"],
                request["system"][0]["text"],
                "\n".join(block.get("text", "") for block in request["messages"][-1]["content"]),
            )
            for request in self._simulator.requests
        ]

    def pictures(self) -> list[tuple[str, bytes]]:
        return [
            (block["source"]["media_type"], base64.b64decode(block["source"]["data"], validate=True))
            for message in self._simulator.requests[-1]["messages"]
            for block in message["content"]
            if block["type"] == "image"
        ]


class GeminiModel:
    overloaded = 503

    def __init__(self, pilot: Pilot, simulator: GeminiSimulator) -> None:
        self.pilot = pilot
        self._simulator = simulator

    def says(self, text: str, ending: Ending = "complete", **behaviour: Any) -> None:
        reason = {"complete": "STOP", "cut_off": "MAX_TOKENS", "refused": "SAFETY"}[ending]
        self._simulator.next(text=text, finish_reason=reason, **behaviour)

    def fails(self, status: int, **behaviour: Any) -> None:
        self._simulator.next(status=status, **behaviour)

    def asks_to_wait(self, seconds: int) -> None:
        self._simulator.next(status=429, retry_delay=f"{seconds}s")

    def asked(self) -> list[tuple[str, str, str]]:
        return [
            (
                request["model"],
                request["systemInstruction"]["parts"][0]["text"],
                "\n".join(part.get("text", "") for part in request["contents"][-1]["parts"]),
            )
            for request in self._simulator.requests
        ]

    def pictures(self) -> list[tuple[str, bytes]]:
        return [
            (part["inlineData"]["mime_type"], base64.urlsafe_b64decode(part["inlineData"]["data"]))
            for content in self._simulator.requests[-1]["contents"]
            for part in content["parts"]
            if "inlineData" in part
        ]
