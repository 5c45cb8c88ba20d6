"""How a reply that did not simply end is shown, and what becomes of a text that was cut off."""

from domain.markers import ProseStream
from domain.pilot import PilotRejected, PilotUnavailable

CUT_OFF_SENTENCE = "(This reply reached its length limit and was cut off.)"
REFUSAL_SENTENCE = "(The model declined to answer this. Say it differently, or go on with the open items.)"

CUT_OFF = "max_tokens"
REFUSED = "refusal"
COMPLETE = "end_turn"
"""The stop reasons of the contract; a provider translates its own into them."""


class ReplyText:
    """The raw text of a reply as it grows, to end it visibly."""

    def __init__(self) -> None:
        self._prose = ProseStream()
        self.any = False

    def add(self, text: str) -> str:
        self._prose.feed(text)
        self.any = self.any or bool(text.strip())
        return text

    def ending(self, stop_reason: str) -> str:
        """What has to be added so that the engineer sees how the reply ended. Raises PilotUnavailable for silence."""
        if stop_reason == REFUSED:
            return self._visibly(REFUSAL_SENTENCE)
        if stop_reason == CUT_OFF:
            return self._visibly(CUT_OFF_SENTENCE)
        if not self.any:
            raise PilotUnavailable("The model sent an empty answer.")
        return ""

    def _visibly(self, sentence: str) -> str:
        """Inside a block nothing is shown, so a block that was cut off is closed first."""
        block = self._prose.open_block
        return f"[/{block}]\n\n{sentence}" if block else f"\n\n{sentence}" if self.any else sentence


def whole_text(text: str, stop_reason: str) -> str:
    """The text of a single answer, trimmed.

    Raises PilotRejected for one that is refused or cut off: a part of a note must never pass for the note.
    """
    if stop_reason == REFUSED:
        raise PilotRejected("The model declined to write this.")
    if stop_reason == CUT_OFF:
        raise PilotRejected("The model's text reached its length limit and was cut off.")
    if not text.strip():
        raise PilotUnavailable("The model sent an empty answer.")
    return text.strip()
