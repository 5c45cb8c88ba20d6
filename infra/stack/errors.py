"""What can go wrong with the embedded stack, in words for the person at the terminal."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot start or cannot go on.

    `code` is stable and machine-readable, the message is one helpful sentence or two,
    `log_tail` holds the last lines of the process concerned (empty when there is none).
    """

    def __init__(self, code: str, message: str, log_tail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.log_tail = log_tail
