"""What the steps of a writeback share: its row, its connection, its progress event."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.session_record.transaction import SessionTransaction
from domain.closing_settings import ClosingSettings
from domain.errors import RuleViolation
from domain.text import normalise_text
from domain.vocabulary import ENDING_ARTIFACTS, EventType, WritebackState
from infra.database.models import PsaConnection, Writeback
from infra.database.resources import writeback_resource
from infra.database.rows import read_closing_settings
from workflows.ticket_writeback.messages import WritebackInput

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


@dataclass(frozen=True)
class Traces:
    """How a note of ours that is on the ticket already is known again.

    `hashes`: texts that this or an earlier attempt at the same note may have posted. `settled`: the notes of
    attempts that ended well, which stay as they are whatever their text.
    """

    hashes: frozenset[str]
    settled: frozenset[str]


async def read_traces(db: AsyncSession, row: Writeback) -> Traces:
    """What earlier attempts may have left on the ticket."""
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
    hashes = {row.text_hash}
    for other in earlier:
        if other.kind is not row.kind:
            continue
        if other.state is WritebackState.DONE:
            break
        # An update with another text is another note; a note that ends the session replaces what it was before.
        if row.kind in ENDING_ARTIFACTS:
            hashes.add(other.text_hash)
    settled = {one.note_id for one in earlier if one.state is WritebackState.DONE and one.note_id is not None}
    return Traces(frozenset(hashes), frozenset(settled))
