"""Logging the time worked, exactly once. Whatever becomes of it, the note stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.failures import explained
from activities.session_record.conversation import say
from activities.session_record.transaction import finish, session_transaction
from activities.writeback.rows import (
    CLOCK_TOLERANCE,
    WritebackRows,
    read_rows,
    read_writeback,
    report_progress,
)
from domain.conversation import time_refused_line
from domain.psa import NewTimeEntry, PsaProvider, PsaRejected, TimeEntry
from domain.resources import ErrorInfo
from domain.text import normalise_text
from domain.vocabulary import MessageRole, WritebackStep
from infra.database.connection import Database
from infra.database.models import Writeback
from infra.psa.connections import PsaConnections
from workflows.ticket_writeback.messages import WritebackInput

_NOT_SHOWN = ErrorInfo(
    code="psa_time_unverified",
    detail="The ticketing system accepted the time entry, but the ticket does not show it.",
)


class LogTimeActivities:
    """Activity that makes the time entry of a writeback."""

    def __init__(self, database: Database, connections: PsaConnections) -> None:
        self._database = database
        self._connections = connections

    @activity.defn
    @explained
    async def log_ticket_time(self, request: WritebackInput) -> None:
        """Log the time, or find the entry that an attempt without an answer has made.

        A refusal (the status forbids entries, the role does not fit) is kept in the row and ends this step well:
        the note is on the ticket, and time can be logged by hand.
        """
        async with self._database.tenant(request.account_id) as db:
            rows = await read_rows(db, request)
            others = await _entries_of_others(db, rows.writeback)
        row = rows.writeback
        if row.step is not WritebackStep.LOG_TIME or row.time_minutes is None:
            return
        entry, error = None, None
        if row.time_entry_id is None:
            provider = await self._connections.provider(rows.connection)
            try:
                entry = await self._log(request, provider, rows, others)
                error = None if entry is not None else _NOT_SHOWN
            except PsaRejected as refusal:
                error = ErrorInfo(code=refusal.code, detail=refusal.message)
        await self._record(request, entry, error)

    async def _log(
        self, request: WritebackInput, provider: PsaProvider, rows: WritebackRows, others: set[str]
    ) -> TimeEntry | None:
        """The entry as the ticket shows it; None when the PSA took it and does not show it."""
        row = rows.writeback
        if row.time_attempted_at is not None:
            found = _find(await provider.list_time_entries(rows.ticket_id), row, others)
            if found is not None:
                return found
        await self._mark_attempt(request)
        made = await provider.log_time(rows.ticket_id, _entry_of(row))
        shown = await provider.list_time_entries(rows.ticket_id)
        return next((entry for entry in shown if entry.id == made.id), None)

    async def _mark_attempt(self, request: WritebackInput) -> None:
        """Before the effect: whoever comes after a crash knows that the entry may be there."""
        async with self._database.tenant(request.account_id) as db:
            row = await read_writeback(db, request)
            row.time_attempted_at = row.time_attempted_at or datetime.now(UTC)

    async def _record(
        self, request: WritebackInput, entry: TimeEntry | None, error: ErrorInfo | None
    ) -> None:
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            row = await read_writeback(transaction.db, request)
            if entry is not None:
                # As it stands there: an agreement may round it up.
                row.time_entry_id, row.time_minutes = entry.id, entry.minutes
            row.time_error_code = error.code if error else None
            row.time_error_detail = error.detail[:2000] if error else None
            if error is not None:
                if error is not _NOT_SHOWN:
                    row.time_attempted_at = None  # refused: there is nothing to look for
                say(transaction, time_refused_line(error.detail), role=MessageRole.SYSTEM)
            row.step = WritebackStep.SET_STATUS
            report_progress(transaction, row)
            await finish(transaction)


async def _entries_of_others(db: AsyncSession, row: Writeback) -> set[str]:
    """Time entries that other writebacks of the session have made: equal ones can be rightly there twice."""
    found = await db.execute(
        select(Writeback.time_entry_id).where(
            Writeback.session_id == row.session_id,
            Writeback.number != row.number,
            Writeback.time_entry_id.is_not(None),
        )
    )
    return {entry_id for entry_id in found.scalars() if entry_id is not None}


def _entry_of(row: Writeback) -> NewTimeEntry:
    minutes = row.time_minutes or 1
    return NewTimeEntry(
        member=row.time_member,
        started_at=row.started_at - timedelta(minutes=minutes),
        minutes=minutes,
        notes=row.time_notes or "",
    )


def _find(entries: list[TimeEntry], row: Writeback, others: set[str]) -> TimeEntry | None:
    """The entry that an earlier attempt has made: the same member and notes, made since then.

    Its minutes tell nothing: an agreement may have rounded them.
    """
    since = (row.time_attempted_at or row.started_at) - CLOCK_TOLERANCE
    return next(
        (
            entry
            for entry in entries
            if entry.id not in others
            and normalise_text(entry.notes or "") == normalise_text(row.time_notes or "")
            and (row.time_member is None or entry.member == row.time_member)
            and (entry.created_at is None or entry.created_at >= since)
        ),
        None,
    )
