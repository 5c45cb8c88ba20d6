"""What can be wrong at the end of a run, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.chaos.ledger import Entry


class Wrong(StrEnum):
    """In which way something is not as it was acknowledged."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    OUT_OF_ORDER = "out of order"
    STUCK = "stuck"
    CROSSED = "cross-tenant"
    """One account saw, got or changed something of another one."""
    UNASKED = "unasked for"
    """There, or in that place, without anybody having asked for it."""
    CONTRADICTED = "contradicted"
    """Done although it was refused, refused although nothing forbids it, told otherwise than it is, or 500."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with what a person needs to find out why."""

    wrong: Wrong
    session: str
    what: str

    def __str__(self) -> str:
        return f"{self.wrong}: session {self.session or 'none'}: {self.what}"


Found = Iterator[tuple[Wrong, str]]


def told(entry: Entry) -> str:
    """A command with all that its sender knows of it."""
    unsure = ", ".join(f"{count} × {code}" for code, count in entry.unsure.items())
    answer = f"{entry.status} {entry.code or ''}".strip() if entry.status else "no answer"
    return (
        f"'{entry.kind}' (key {entry.key}, mark {entry.mark}, sent {entry.sent_at:.1f}, {answer}"
        f"{f' after {unsure}' if unsure else ''})"
    )
