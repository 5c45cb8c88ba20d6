"""The prose of a reply while it is still being written."""

from domain.markers.scanner import Scanner
from domain.markers.tags import BlockName


class ProseStream:
    """Turns raw deltas into visible prose.

    What `feed` and `finish` return, put together, is `parse_reply(whole).prose`; no part of a block is ever
    in it.
    """

    def __init__(self) -> None:
        self._scanner = Scanner()

    @property
    def open_block(self) -> BlockName | None:
        """The block that the reply is in at the moment; None while it is in its prose."""
        return self._scanner.open_block

    def feed(self, delta: str) -> str:
        """Add a piece of the raw reply; answers the prose that became visible, often an empty text."""
        return self._scanner.feed(delta)

    def finish(self) -> str:
        """The reply has ended, or was stopped; answers the prose still held back."""
        return self._scanner.finish()
