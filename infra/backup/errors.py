"""What can go wrong with a backup, in words for the person who makes or restores it."""

from __future__ import annotations


class BackupError(Exception):
    """It was not done, and nothing was changed. `code` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
