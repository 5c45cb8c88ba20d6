"""The time entry that goes with a confirmed note: how many minutes, whose, and what they were spent on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.closing_settings import ClosingSettings
from domain.time_entries import StatusChange, entry_notes, minutes_to_log, time_worked
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind, SessionStatus
from infra.database.models import MemberMapping, Session, Writeback
from infra.session_record.transaction import SessionTransaction

# A pause for inactivity comes long after the last thing that anyone did; that is what its period ends with.
_STATUS_CHANGES = text(
    """
    SELECT e.created_at AS at, e.payload->>'status' AS status,
      (SELECT max(c.created_at) FROM session_events c
       WHERE c.session_id = e.session_id AND c.seq <= e.seq AND c.command_id IS NOT NULL
         AND c.type <> 'command.rejected') AS last_worked
    FROM session_events e
    WHERE e.session_id = :session_id AND e.type = 'session.changed'
    ORDER BY e.seq
    """
)


@dataclass(frozen=True)
class PlannedEntry:
    """A time entry to make. `member` is None where nobody is mapped: then it belongs to the key's own member."""

    minutes: int
    member: str | None
    notes: str


async def plan_time_entry(
    transaction: SessionTransaction,
    kind: ArtifactKind,
    settings: ClosingSettings,
    *,
    actor_id: UUID,
    summary: str,
    requested_minutes: int | None,
) -> PlannedEntry | None:
    """What the engineer asked for, else what the account's settings make of the time worked; None for no entry."""
    session = transaction.session
    minutes = requested_minutes or None
    if requested_minutes is None and settings.auto_time_entry and kind in ENDING_ARTIFACTS:
        minutes = await _minutes_worked(transaction, settings)
    if minutes is None:
        return None
    return PlannedEntry(
        minutes, await _member(transaction.db, session, actor_id), entry_notes(kind, session.title, summary)
    )


async def _minutes_worked(transaction: SessionTransaction, settings: ClosingSettings) -> int | None:
    session = transaction.session
    rows = (await transaction.db.execute(_STATUS_CHANGES, {"session_id": session.id})).mappings()
    changes = []
    for row in rows:
        status = SessionStatus(row["status"])
        paused = status is SessionStatus.PAUSED
        changes.append(StatusChange(row["at"], status, row["last_worked"] if paused else None))
    since = await _logged_until(transaction.db, session.id)
    worked = time_worked(session.created_at, changes, transaction.now, since)
    return minutes_to_log(worked, settings.time_rounding)


async def _logged_until(db: AsyncSession, session_id: UUID) -> datetime | None:
    """When the last note was confirmed whose time is on a ticket: what came before is not logged again."""
    # A retry takes the entry over: what it covers ends with the attempt that made it.
    confirmed = (
        select(func.min(Writeback.started_at).label("at"))
        .where(Writeback.session_id == session_id, Writeback.time_entry_id.is_not(None))
        .group_by(Writeback.time_entry_id)
        .subquery()
    )
    latest: datetime | None = (await db.execute(select(func.max(confirmed.c.at)))).scalar_one()
    return latest


async def _member(db: AsyncSession, session: Session, user_id: UUID) -> str | None:
    found = await db.execute(
        select(MemberMapping.external_identifier).where(
            MemberMapping.connection_id == session.psa_connection_id, MemberMapping.user_id == user_id
        )
    )
    return found.scalar_one_or_none()
