"""What the steps of a writeback share: its row, its connection, its progress event."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.session_record.transaction import SessionTransaction
from domain.errors import RuleViolation
from domain.text import normalise_text
from domain.vocabulary import EventType
from infra.database.models import FlowpilotSettings, PsaConnection, Writeback
from infra.database.resources import writeback_resource
from workflows.ticket_writeback.messages import WritebackInput


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
    settings: FlowpilotSettings | None


async def read_rows(db: AsyncSession, request: WritebackInput) -> WritebackRows:
    """Read a writeback with its connection. Raises psa_connection_gone when that was removed meanwhile."""
    row = await read_writeback(db, request)
    connection = await db.get(PsaConnection, row.connection_id) if row.connection_id else None
    if connection is None or not connection.is_active or row.ticket_id is None:
        raise RuleViolation(
            "psa_connection_gone",
            "The connection to the ticketing system was removed while the note was posted.",
        )
    settings = (await db.execute(select(FlowpilotSettings))).scalar_one_or_none()
    return WritebackRows(row, connection, row.ticket_id, settings)


async def read_writeback(db: AsyncSession, request: WritebackInput) -> Writeback:
    """The row of a writeback."""
    return (
        await db.execute(
            select(Writeback).where(
                Writeback.session_id == request.session_id, Writeback.number == request.number
            )
        )
    ).scalar_one()


async def earlier_text_hashes(db: AsyncSession, row: Writeback) -> set[str]:
    """Texts that this or an earlier attempt at the same note may have put on the ticket."""
    found = await db.execute(
        select(Writeback.text_hash, Writeback.state)
        .where(
            Writeback.session_id == row.session_id,
            Writeback.kind == row.kind,
            Writeback.ticket_id == row.ticket_id,
            Writeback.number <= row.number,
        )
        .order_by(Writeback.number.desc())
    )
    hashes: set[str] = set()
    for number, (digest, state) in enumerate(found.all()):
        # What an attempt that ended well has posted stays on the ticket as it is.
        if number > 0 and state.value == "done":
            break
        hashes.add(digest)
    return hashes
