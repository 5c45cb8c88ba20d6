"""Posting the note exactly once."""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import explained, in_time
from activities.writeback.rows import (
    CLOCK_TOLERANCE,
    Traces,
    WritebackRows,
    audit_writeback,
    read_rows,
    read_traces,
    read_writeback,
    report_progress,
    text_hash,
)
from domain.audit import AuditAction
from domain.psa import NoteVisibility, PsaProvider, TicketNote
from domain.vocabulary import WritebackStep
from infra.database.connection import Database
from infra.psa.connections import PsaConnections
from infra.session_record.transaction import finish, session_transaction
from workflows.ticket_writeback.messages import WritebackInput

_EDITED = (
    "Someone has changed the note on the ticket since it was posted, so it was left as it is. Look at the ticket: "
    "posting again replaces what stands there with the text you confirmed."
)


class PostNoteActivities:
    """Activity that puts the note on the ticket."""

    def __init__(self, database: Database, connections: PsaConnections) -> None:
        self._database = database
        self._connections = connections

    @activity.defn
    @explained
    @in_time
    async def post_ticket_note(self, request: WritebackInput) -> None:
        """Post the note, or find the one that an attempt without an answer has posted, or bring it up to date.

        What someone else has written into it meanwhile stays, unless there is a new text to post by an engineer who
        was told of it: raises psa_note_edited the first time.
        """
        async with self._database.tenant(request.account_id) as db:
            rows = await read_rows(db, request)
            traces = await read_traces(db, rows.writeback)
        row = rows.writeback
        if row.step is not WritebackStep.POST_NOTE:
            return  # this attempt has put it there; only its answer was lost
        provider = await self._connections.provider(rows.connection)
        there = await _find_posted(provider, rows, traces)
        if there is None:
            await self._mark_attempt(request)
            there = await provider.post_note(rows.ticket_id, row.markdown, _visibility(rows))
            await self._record(request, there.id, text_hash(there.text), AuditAction.NOTE_POSTED)
            return
        action = AuditAction.NOTE_POSTED if row.note_id is None else None
        seen = text_hash(there.text)
        if seen != row.text_hash and seen not in traces.hashes:
            if row.text_hash in traces.posted:
                # Nothing new to say, and someone else has had the last word: verifying tells of it.
                await self._record(request, there.id, row.note_text_hash, action)
                return
            if seen not in traces.told:
                await self._keep_seen(request, seen)
                raise ApplicationError(_EDITED, type="psa_note_edited", non_retryable=True)
        if seen != row.text_hash:
            there = await provider.update_note(rows.ticket_id, there.id, row.markdown)
            action = AuditAction.NOTE_UPDATED
        await self._record(request, there.id, text_hash(there.text), action)

    async def _mark_attempt(self, request: WritebackInput) -> None:
        """Before the effect: whoever comes after a crash knows that the note may be there."""
        async with self._database.tenant(request.account_id) as db:
            row = await read_writeback(db, request)
            row.post_attempted_at = row.post_attempted_at or datetime.now(UTC)

    async def _keep_seen(self, request: WritebackInput, seen: str) -> None:
        """So that confirming again, now knowing of it, replaces exactly this."""
        async with self._database.tenant(request.account_id) as db:
            (await read_writeback(db, request)).note_text_hash = seen

    async def _record(
        self, request: WritebackInput, note_id: str, note_text_hash: str | None, action: AuditAction | None
    ) -> None:
        """`note_text_hash` is of the text as the PSA has it: it may have changed what it was given."""
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            row = await read_writeback(transaction.db, request)
            row.note_id = note_id
            row.note_text_hash = note_text_hash
            row.posted_at = row.posted_at or transaction.now
            row.step = WritebackStep.SET_STATUS if row.time_minutes is None else WritebackStep.LOG_TIME
            if action is not None:
                told = {"note_id": note_id, "text_hash": row.text_hash}
                await audit_writeback(transaction.db, row, action, f"{note_id}/{row.text_hash}", told)
            report_progress(transaction, row)
            await finish(transaction)


async def _find_posted(provider: PsaProvider, rows: WritebackRows, traces: Traces) -> TicketNote | None:
    row = rows.writeback
    if row.note_id is None and row.post_attempted_at is None:
        return None
    notes = await provider.list_notes(rows.ticket_id)
    if row.note_id is not None:
        return next((note for note in notes if note.id == row.note_id), None)
    since = (row.post_attempted_at or row.started_at) - CLOCK_TOLERANCE
    return next(
        (
            note
            for note in notes
            if text_hash(note.text) in traces.hashes
            and note.id not in traces.settled
            and (note.created_at is None or note.created_at >= since)
        ),
        None,
    )


def _visibility(rows: WritebackRows) -> NoteVisibility:
    """As settled when it was confirmed; a row of the first release has none."""
    return rows.writeback.visibility or rows.settings.visibility(rows.writeback.kind)
