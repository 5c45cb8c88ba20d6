"""A new attempt to put a confirmed artifact on the ticket: what it is given, and what it takes over."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import func, select

from activities.writeback.rows import text_hash
from activities.writeback.worked_time import plan_time_entry
from domain.closing_settings import ClosingSettings
from domain.errors import RuleViolation
from domain.hidden_text import without_hidden
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind, WritebackState, WritebackStep
from infra.database.models import PsaConnection, Writeback
from infra.session_record.transaction import SessionTransaction


@dataclass(frozen=True)
class Confirmed:
    """What the engineer has confirmed. `log_minutes` and `status_id` override the account's settings."""

    kind: ArtifactKind
    markdown: str
    summary: str
    actor_id: UUID
    status_id: int | None = None
    log_minutes: int | None = None


def goes_to_ticket(transaction: SessionTransaction, kind: ArtifactKind, settings: ClosingSettings) -> bool:
    """Whether a confirmed artifact is posted: not without a ticket, and not when the account posts by hand."""
    if transaction.session.psa_ticket_id is None:
        return False
    return settings.auto_post_on_close or kind not in ENDING_ARTIFACTS


async def require_connection(transaction: SessionTransaction) -> None:
    """Raise psa_connection_gone when the session's ticket cannot be reached any more."""
    session = transaction.session
    connection = (
        await transaction.db.get(PsaConnection, session.psa_connection_id)
        if session.psa_connection_id
        else None
    )
    if connection is None or not connection.is_active:
        raise RuleViolation(
            "psa_connection_gone",
            "The connection to the ticketing system was removed since the session began. "
            "Ask an administrator to connect it again; the session stays open.",
        )


async def new_writeback(
    transaction: SessionTransaction, confirmed: Confirmed, settings: ClosingSettings
) -> Writeback:
    """The row of the attempt: on its way to the ticket, or done at once where the artifact is kept here.

    What the engineer could not see in the text is not posted.

    Visibility and time entry are settled now, so that a later change of settings changes nothing.
    """
    session = transaction.session
    markdown = without_hidden(confirmed.markdown)
    posted = goes_to_ticket(transaction, confirmed.kind, settings)
    if posted:
        await require_connection(transaction)
    row = Writeback(
        id=uuid4(),
        account_id=session.account_id,
        session_id=session.id,
        number=await _next_number(transaction),
        kind=confirmed.kind,
        connection_id=session.psa_connection_id if posted else None,
        ticket_id=session.psa_ticket_id if posted else None,
        markdown=markdown,
        text_hash=text_hash(markdown),
        summary=without_hidden(confirmed.summary),
        requested_status_id=confirmed.status_id,
        state=WritebackState.RUNNING if posted else WritebackState.DONE,
        step=WritebackStep.POST_NOTE if posted else WritebackStep.RECORD,
        confirmed_by=confirmed.actor_id,
        started_at=transaction.now,
        finished_at=None if posted else transaction.now,
    )
    if posted:
        row.visibility = settings.visibility(confirmed.kind)
        previous = await _previous_attempt(transaction, row)
        if previous is not None:
            _take_over_note(row, previous)
        if previous is None or not _take_over_time(row, previous, confirmed.log_minutes):
            await _plan_time(transaction, row, confirmed, settings)
    transaction.db.add(row)
    return row


async def repeated_writeback(
    transaction: SessionTransaction, previous: Writeback, actor_id: UUID
) -> Writeback:
    """The row of an attempt that runs what is left of another one: same text, place, time and status."""
    await require_connection(transaction)
    row = Writeback(
        id=uuid4(),
        account_id=previous.account_id,
        session_id=previous.session_id,
        number=await _next_number(transaction),
        retry_of=previous.number,
        kind=previous.kind,
        visibility=previous.visibility,
        connection_id=previous.connection_id,
        ticket_id=previous.ticket_id,
        markdown=previous.markdown,
        text_hash=previous.text_hash,
        summary=previous.summary,
        requested_status_id=previous.requested_status_id,
        state=WritebackState.RUNNING,
        step=WritebackStep.POST_NOTE,
        confirmed_by=actor_id,
        started_at=transaction.now,
    )
    _take_over_note(row, previous)
    _take_over_time(row, previous, None)
    transaction.db.add(row)
    return row


async def last_writeback(transaction: SessionTransaction) -> Writeback | None:
    """The latest attempt of the session, whatever became of it."""
    found = await transaction.db.execute(
        select(Writeback)
        .where(Writeback.session_id == transaction.session.id)
        .order_by(Writeback.number.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def _next_number(transaction: SessionTransaction) -> int:
    last = (
        await transaction.db.execute(
            select(func.max(Writeback.number)).where(Writeback.session_id == transaction.session.id)
        )
    ).scalar_one()
    return (last or 0) + 1


async def _previous_attempt(transaction: SessionTransaction, row: Writeback) -> Writeback | None:
    """The attempt at the same note that did not end well, which this one goes on with.

    A note that ends the session replaces what it was before. An update with another text is another note.
    """
    query = select(Writeback).where(
        Writeback.session_id == row.session_id,
        Writeback.kind == row.kind,
        Writeback.ticket_id == row.ticket_id,
        Writeback.connection_id == row.connection_id,
    )
    if row.kind not in ENDING_ARTIFACTS:
        query = query.where(Writeback.text_hash == row.text_hash)
    found = await transaction.db.execute(query.order_by(Writeback.number.desc()).limit(1))
    previous = found.scalar_one_or_none()
    return previous if previous is not None and previous.state is not WritebackState.DONE else None


def _take_over_note(row: Writeback, previous: Writeback) -> None:
    """It may have posted its note: then that one is brought up to date."""
    row.note_id = previous.note_id
    row.note_text_hash = previous.note_text_hash
    row.posted_at = previous.posted_at
    row.post_attempted_at = previous.post_attempted_at


def _take_over_time(row: Writeback, previous: Writeback, requested_minutes: int | None) -> bool:
    """Whether the time of the earlier attempt stands for this one.

    It does when it is logged, or may be: then exactly once weighs more than a changed wish, unless that is for none.
    A retry, which wishes nothing, takes it over as it is.
    """
    may_be_logged = previous.time_attempted_at is not None and requested_minutes != 0
    repeats = row.retry_of is not None
    if previous.time_entry_id is None and not may_be_logged and not repeats:
        return False
    row.time_minutes = previous.time_minutes
    row.time_member = previous.time_member
    row.time_notes = previous.time_notes
    row.time_attempted_at = previous.time_attempted_at
    row.time_entry_id = previous.time_entry_id
    return True


async def _plan_time(
    transaction: SessionTransaction, row: Writeback, confirmed: Confirmed, settings: ClosingSettings
) -> None:
    planned = await plan_time_entry(
        transaction,
        confirmed.kind,
        settings,
        actor_id=confirmed.actor_id,
        summary=confirmed.summary,
        requested_minutes=confirmed.log_minutes,
    )
    if planned is not None:
        row.time_minutes = planned.minutes
        row.time_member = planned.member
        row.time_notes = planned.notes
