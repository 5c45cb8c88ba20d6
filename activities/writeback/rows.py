"""What the steps of a writeback share: its row, its connection, its progress event."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.audit import AuditAction, AuditTarget
from domain.closing_settings import ClosingSettings
from domain.errors import RuleViolation
from domain.text import normalise_text
from domain.vocabulary import ENDING_ARTIFACTS, EventType, WritebackState, WritebackStep
from infra.database.audit import write_audit_entry
from infra.database.models import PsaConnection, Writeback
from infra.database.resources import writeback_resource
from infra.database.rows import read_closing_settings
from infra.session_record.transaction import SessionTransaction
from workflows.ticket_writeback.messages import WritebackInput

NOTE_UNVERIFIED = "psa_note_unverified"

CLOCK_TOLERANCE = timedelta(minutes=10)
"""The PSA's clock and ours differ; what is this much older than the first attempt can still be ours."""


def text_hash(markdown: str) -> str:
    """Identity of a note's text. White space and case do not count: a PSA may store them differently."""
    return hashlib.sha256(normalise_text(markdown).encode()).hexdigest()


def report_progress(transaction: SessionTransaction, row: Writeback) -> None:
    """Tell the page how far the writeback is."""
    payload = writeback_resource(row).model_dump(mode="json", exclude_none=True)
    transaction.emit(EventType.WRITEBACK_PROGRESS, payload)


@dataclass(frozen=True)
class WritebackRows:
    """The rows that a step reads before it calls the PSA."""

    writeback: Writeback
    connection: PsaConnection
    ticket_id: str
    settings: ClosingSettings


async def read_rows(db: AsyncSession, request: WritebackInput) -> WritebackRows:
    """Read a writeback with its connection. Raises psa_connection_gone when that was removed meanwhile."""
    row = await read_writeback(db, request)
    connection = await db.get(PsaConnection, row.connection_id) if row.connection_id else None
    if connection is None or not connection.is_active or row.ticket_id is None:
        raise RuleViolation(
            "psa_connection_gone",
            "The connection to the ticketing system was removed while the note was posted.",
        )
    return WritebackRows(row, connection, row.ticket_id, await read_closing_settings(db))


async def read_writeback(db: AsyncSession, request: WritebackInput) -> Writeback:
    """The row of a writeback."""
    return (
        await db.execute(
            select(Writeback).where(
                Writeback.session_id == request.session_id, Writeback.number == request.number
            )
        )
    ).scalar_one()


async def audit_writeback(
    db: AsyncSession, row: Writeback, action: AuditAction, effect: object, after: dict[str, Any]
) -> None:
    """Record a write to the ticket, in the transaction that records it as done. `effect` tells it from every other."""
    await write_audit_entry(
        db,
        row.account_id,
        action,
        (AuditTarget.TICKET, row.ticket_id),
        actor_id=row.confirmed_by,
        after={
            "connection_id": str(row.connection_id),
            "session_id": str(row.session_id),
            "writeback": row.number,
            "kind": row.kind.value,
            **after,
        },
        effect=f"{row.id}/{effect}",
    )


@dataclass(frozen=True)
class Traces:
    """How a note of ours that is on the ticket already is known again, and whether it is ours to change.

    `hashes`: texts that this or an earlier attempt at the same note may have posted. `posted`: those of them that an
    earlier attempt has put on the ticket, or found there. `told`: what stood there when the engineer last heard of it,
    someone else's words perhaps. `settled`: notes of attempts that ended well or of other sessions, which stay as
    they are whatever their text.
    """

    hashes: frozenset[str]
    posted: frozenset[str]
    told: frozenset[str]
    settled: frozenset[str]


async def read_traces(db: AsyncSession, row: Writeback) -> Traces:
    """What earlier attempts, and other sessions, may have left on the ticket."""
    found = await db.execute(
        select(Writeback)
        .where(
            Writeback.session_id == row.session_id,
            Writeback.ticket_id == row.ticket_id,
            Writeback.number < row.number,
        )
        .order_by(Writeback.number.desc())
    )
    earlier = found.scalars().all()
    attempts = _attempts_at_the_same(row, earlier)
    settled = {one.note_id for one in earlier if one.state is WritebackState.DONE and one.note_id is not None}
    return Traces(
        hashes=frozenset({row.text_hash, *(one.text_hash for one in attempts)}),
        posted=frozenset(one.text_hash for one in attempts if _stood_there(one)),
        told=frozenset(one.note_text_hash for one in attempts if one.note_text_hash is not None),
        settled=frozenset(settled | await _notes_of_other_sessions(db, row)),
    )


def _attempts_at_the_same(row: Writeback, earlier: Sequence[Writeback]) -> list[Writeback]:
    """Newest first, back to the one that ended well.

    An update with another text is another note; a note that ends the session replaces what it was before.
    """
    attempts = []
    for other in earlier:
        if other.kind is not row.kind:
            continue
        if other.state is WritebackState.DONE:
            break
        if row.kind in ENDING_ARTIFACTS or other.text_hash == row.text_hash:
            attempts.append(other)
    return attempts


def _stood_there(attempt: Writeback) -> bool:
    """Whether the ticket has shown the attempt's text, as far as was seen."""
    return attempt.step is not WritebackStep.POST_NOTE and attempt.error_code != NOTE_UNVERIFIED


async def _notes_of_other_sessions(db: AsyncSession, row: Writeback) -> set[str]:
    """Two sessions that work on one ticket can say the same. Asked only where a note of ours may be there."""
    if row.note_id is None and row.post_attempted_at is None:
        return set()
    found = await db.execute(
        select(Writeback.note_id).where(
            Writeback.connection_id == row.connection_id,
            Writeback.ticket_id == row.ticket_id,
            Writeback.session_id != row.session_id,
            Writeback.note_id.is_not(None),
        )
    )
    return {note_id for note_id in found.scalars() if note_id is not None}
