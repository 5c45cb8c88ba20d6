"""What the person at the terminal reads: one line per step, with seconds."""

from __future__ import annotations

import contextlib
import sys
from typing import TextIO

NAME_WIDTH = 14
TEXT_WIDTH = 58


class Terminal:
    """Writes lines. A terminal that was closed is no reason to fail: the stack still has children to stop."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def line(self, text: str = "") -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text + "\n")
            self._stream.flush()

    def step(self, title: str, text: str, seconds: float | None = None) -> None:
        timing = "" if seconds is None else f"{seconds:7.1f} s"
        self.line(f"  {title:<{NAME_WIDTH - 1}} {text:<{TEXT_WIDTH}}{timing}".rstrip())

    def block(self, text: str) -> None:
        """Lines of a log, indented."""
        for line in text.splitlines():
            self.line(f"    | {line}")
