"""Logging the time worked, exactly once. Whatever becomes of it, the note stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.failures import explained, in_time
from activities.writeback.rows import (
    CLOCK_TOLERANCE,
    WritebackRows,
    audit_writeback,
    read_rows,
    read_writeback,
    report_progress,
)
from domain.audit import AuditAction
from domain.conversation import time_refused_line
from domain.psa import NewTimeEntry, PsaProvider, PsaRejected, TimeEntry
from domain.resources import ErrorInfo
from domain.text import normalise_text
from domain.vocabulary import MessageRole, WritebackState, WritebackStep
from infra.database.connection import Database
from infra.database.models import Writeback
from infra.psa.connections import PsaConnections
from infra.session_record.messages import say
from infra.session_record.transaction import finish, session_transaction
from workflows.ticket_writeback.messages import WritebackInput

_NOT_SHOWN = ErrorInfo(
    code="psa_time_unverified",
    detail="The ticketing system accepted the time entry, but the ticket does not show it.",
)


_KEY_IS_NOT_ACCEPTED = (401, 404)
"""Neither is about the entry. ConnectWise's cloud answers wrong keys with 404 as often as with 401."""


class LogTimeActivities:
    """Activity that makes the time entry of a writeback."""

    def __init__(self, database: Database, connections: PsaConnections) -> None:
        self._database = database
        self._connections = connections

    @activity.defn
    @explained
    @in_time
    async def log_ticket_time(self, request: WritebackInput) -> None:
        """Log the time, or find the entry that an attempt without an answer has made.

        A refusal (the status forbids entries, the role does not fit) is kept in the row and ends this step well:
        the note is on the ticket, and time can be logged by hand.
        """
        async with self._database.tenant(request.account_id) as db:
            rows = await read_rows(db, request)
            others = (
                await _entries_of_others(db, rows.writeback) if rows.writeback.time_attempted_at else set()
            )
        row = rows.writeback
        if row.step is not WritebackStep.LOG_TIME or row.time_minutes is None:
            return
        if row.time_entry_id is None:
            provider = await self._connections.provider(rows.connection)
            await self._record(request, await self._log(request, provider, rows, others))
        else:
            await self._record(request, _Logged())

    async def _log(
        self, request: WritebackInput, provider: PsaProvider, rows: WritebackRows, others: set[str]
    ) -> _Logged:
        """Raises a refusal that is not about the entry: nothing else would work either."""
        row = rows.writeback
        if row.time_attempted_at is not None:
            try:
                found = _find(await provider.list_time_entries(rows.ticket_id), row, others)
            except PsaRejected as refusal:
                return _Logged(error=_not_readable(refusal))
            if found is not None:
                return _Logged(found)
        await self._mark_attempt(request)
        try:
            made = await provider.log_time(rows.ticket_id, _entry_of(row))
        except PsaRejected as refusal:
            return _Logged(error=_refused(refusal), nothing_there=True)
        try:
            shown = await provider.list_time_entries(rows.ticket_id)
        except PsaRejected as refusal:
            return _Logged(made, _not_readable(refusal))
        entry = next((one for one in shown if one.id == made.id), None)
        return _Logged(entry, None if entry is not None else _NOT_SHOWN)

    async def _mark_attempt(self, request: WritebackInput) -> None:
        """Before the effect: whoever comes after a crash knows that the entry may be there."""
        async with self._database.tenant(request.account_id) as db:
            row = await read_writeback(db, request)
            row.time_attempted_at = row.time_attempted_at or datetime.now(UTC)

    async def _record(self, request: WritebackInput, logged: _Logged) -> None:
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            row = await read_writeback(transaction.db, request)
            if logged.entry is not None:
                # As it stands there: an agreement may round it up.
                row.time_entry_id, row.time_minutes = logged.entry.id, logged.entry.minutes
                told = {
                    "time_entry_id": logged.entry.id,
                    "minutes": logged.entry.minutes,
                    "member": logged.entry.member,
                }
                await audit_writeback(transaction.db, row, AuditAction.TIME_LOGGED, logged.entry.id, told)
            error = logged.error
            row.time_error_code = error.code if error else None
            row.time_error_detail = error.detail[:2000] if error else None
            if error is _NOT_SHOWN:
                told = {"time_entry_id": None, "minutes": row.time_minutes, "member": row.time_member}
                await audit_writeback(transaction.db, row, AuditAction.TIME_LOGGED, "time not shown", told)
            if logged.nothing_there:
                row.time_attempted_at = None
            if error is not None:
                say(transaction, time_refused_line(error.detail), role=MessageRole.SYSTEM)
            row.step = WritebackStep.SET_STATUS
            report_progress(transaction, row)
            await finish(transaction)


@dataclass(frozen=True)
class _Logged:
    """What became of the entry. `nothing_there`: it was refused, so that there is nothing to look for later."""

    entry: TimeEntry | None = None
    error: ErrorInfo | None = None
    nothing_there: bool = False


def _refused(refusal: PsaRejected) -> ErrorInfo:
    if refusal.status in _KEY_IS_NOT_ACCEPTED:
        raise refusal
    return ErrorInfo(code=refusal.code, detail=refusal.message)


def _not_readable(refusal: PsaRejected) -> ErrorInfo:
    """The entry may well be there; a second one is not tried."""
    detail = f"The entry may be on the ticket, but it cannot be read there: {_refused(refusal).detail}"
    return ErrorInfo(code=_NOT_SHOWN.code, detail=detail)


async def _entries_of_others(db: AsyncSession, row: Writeback) -> set[str]:
    """Time that other writebacks of the session, or other sessions, have logged: equal entries can be right.

    Not that of failed attempts at the same: it was taken over, or came after its attempt had been given up.
    """
    on_this_ticket = (Writeback.connection_id == row.connection_id) & (Writeback.ticket_id == row.ticket_id)
    same = (Writeback.session_id == row.session_id) & (Writeback.kind == row.kind) & on_this_ticket
    found = await db.execute(
        select(Writeback.time_entry_id).where(
            (Writeback.session_id == row.session_id) | on_this_ticket,
            ~(same & Writeback.state.in_((WritebackState.FAILED, WritebackState.UNVERIFIED))),
            Writeback.id != row.id,
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
