"""What a run tells while it goes on: a long part says how far it is."""

from __future__ import annotations

import sys
import time

_STARTED = time.monotonic()
EVERY_SECONDS = 10.0


def tell(text: str) -> None:
    """One line with the time since the run began, seen at once also through a pipe."""
    minutes, seconds = divmod(int(time.monotonic() - _STARTED), 60)
    sys.stdout.write(f"[{minutes:>2}:{seconds:02}] {text}\n")
    sys.stdout.flush()


class Progress:
    """Counts what is done of so many, and tells it now and then."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._told_at = time.monotonic()

    def one_more(self) -> None:
        """Count one; tells when the last time is a while ago."""
        self._done += 1
        now = time.monotonic()
        if now - self._told_at >= EVERY_SECONDS:
            self._told_at = now
            tell(f"{self._what}: {self._done:,} of {self._total:,}")
