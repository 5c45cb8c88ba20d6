"""Asking before something is lost."""

from __future__ import annotations

import sys


def confirm(what: str, *, question: str = "Replace it?", sure: bool = False) -> bool:
    """Whether the person says yes. Nobody at the terminal is a no, unless they were `sure` beforehand."""
    if sure:
        return True
    sys.stdout.write(f"{what}\n{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}
