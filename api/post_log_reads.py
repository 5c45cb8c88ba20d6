"""Reading the log of everything written to tickets: writebacks and second tickets as one list, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.cursors import decode_cursor, encode_cursor
from api.schemas.common import Page
from api.schemas.post_log import LoggedStatus, LoggedTime, PostLogEntry
from domain.resources import ErrorInfo
from domain.vocabulary import ArtifactKind, PostLogKind, SpinOffState, WritebackState
from infra.database.models import Session, SpinOffTicket, User, Writeback
from infra.database.plans import PLAN_FOR_THIS_ACCOUNT


@dataclass(frozen=True)
class PostLogFilter:
    """What is asked for; None asks for all."""

    session_id: UUID | None = None
    psa_ticket_id: str | None = None
    kind: PostLogKind | None = None
    state: WritebackState | None = None


async def read_post_log(
    db: AsyncSession, wanted: PostLogFilter, *, cursor: str | None, limit: int
) -> Page[PostLogEntry]:
    """A page of the log. What was kept here without a ticket was written to none and is not part of it."""
    await db.execute(PLAN_FOR_THIS_ACCOUNT)
    after = decode_cursor(cursor) if cursor is not None else None
    entries = [
        *await _writebacks(db, wanted, after, limit + 1),
        *await _spin_offs(db, wanted, after, limit + 1),
    ]
    entries.sort(key=lambda entry: (entry.created_at, entry.id), reverse=True)
    items = entries[:limit]
    return Page[PostLogEntry](
        items=items,
        next_cursor=encode_cursor(items[-1].created_at, items[-1].id) if len(entries) > limit else None,
    )


async def _writebacks(
    db: AsyncSession, wanted: PostLogFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[PostLogEntry]:
    if wanted.kind is PostLogKind.SPIN_OFF_TICKET:
        return []
    earlier = aliased(Writeback)
    query = (
        select(Writeback, Session.title, User.name, earlier.id)
        .join(Session, Session.id == Writeback.session_id)
        .join(User, User.id == Writeback.confirmed_by)
        .outerjoin(
            earlier,
            (earlier.session_id == Writeback.session_id) & (earlier.number == Writeback.retry_of),
        )
        .where(Writeback.ticket_id.is_not(None))
    )
    if wanted.session_id is not None:
        query = query.where(Writeback.session_id == wanted.session_id)
    if wanted.psa_ticket_id is not None:
        query = query.where(Writeback.ticket_id == wanted.psa_ticket_id)
    if wanted.kind is not None:
        query = query.where(Writeback.kind == ArtifactKind(wanted.kind.value))
    if wanted.state is not None:
        query = query.where(Writeback.state == wanted.state)
    if after is not None:
        query = query.where(tuple_(Writeback.started_at, Writeback.id) < tuple_(*after))
    found = await db.execute(query.order_by(Writeback.started_at.desc(), Writeback.id.desc()).limit(limit))
    return [_of_writeback(row, title, name, retry_of) for row, title, name, retry_of in found]


async def _spin_offs(
    db: AsyncSession, wanted: PostLogFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[PostLogEntry]:
    if wanted.kind not in (None, PostLogKind.SPIN_OFF_TICKET) or wanted.state is WritebackState.UNVERIFIED:
        return []
    query = (
        select(SpinOffTicket, Session.title, User.name)
        .join(Session, Session.id == SpinOffTicket.session_id)
        .join(User, User.id == SpinOffTicket.created_by)
    )
    if wanted.session_id is not None:
        query = query.where(SpinOffTicket.session_id == wanted.session_id)
    if wanted.psa_ticket_id is not None:
        query = query.where(
            or_(
                SpinOffTicket.ticket_id == wanted.psa_ticket_id,
                SpinOffTicket.parent_ticket_id == wanted.psa_ticket_id,
            )
        )
    if wanted.state is not None:
        query = query.where(SpinOffTicket.state == SpinOffState(wanted.state.value))
    if after is not None:
        query = query.where(tuple_(SpinOffTicket.created_at, SpinOffTicket.id) < tuple_(*after))
    order: tuple[Any, ...] = (SpinOffTicket.created_at.desc(), SpinOffTicket.id.desc())
    found = await db.execute(query.order_by(*order).limit(limit))
    return [_of_spin_off(row, title, name) for row, title, name in found]


def _of_writeback(row: Writeback, title: str, name: str, retry_of: UUID | None) -> PostLogEntry:
    return PostLogEntry(
        id=row.id,
        kind=PostLogKind(row.kind.value),
        state=row.state,
        session_id=row.session_id,
        session_title=title,
        connection_id=row.connection_id,
        ticket_ref=row.ticket_id,
        text=row.markdown,
        visibility=row.visibility,
        external_id=row.note_id,
        time=_logged_time(row),
        status=_logged_status(row),
        error=_error(row.error_code, row.error_detail),
        retry_of=retry_of,
        created_by=row.confirmed_by,
        created_by_name=name,
        created_at=row.started_at,
        posted_at=row.posted_at,
        finished_at=row.finished_at,
    )


def _logged_time(row: Writeback) -> LoggedTime | None:
    if row.time_minutes is None:
        return None
    return LoggedTime(
        minutes=row.time_minutes,
        external_id=row.time_entry_id,
        error=_error(row.time_error_code, row.time_error_detail),
    )


def _logged_status(row: Writeback) -> LoggedStatus | None:
    status = LoggedStatus(
        expected=row.expected_status_name,
        observed=row.observed_status_name,
        skipped_reason=row.status_transition_skipped_reason,
    )
    return status if status.model_dump(exclude_none=True) else None


def _of_spin_off(row: SpinOffTicket, title: str, name: str) -> PostLogEntry:
    return PostLogEntry(
        id=row.id,
        kind=PostLogKind.SPIN_OFF_TICKET,
        state=WritebackState(row.state.value),
        session_id=row.session_id,
        session_title=title,
        connection_id=row.connection_id,
        ticket_ref=row.ticket_id,
        parent_ticket_ref=row.parent_ticket_id,
        text=f"{row.summary}\n\n{row.description}" if row.description else row.summary,
        external_id=row.ticket_id,
        error=_error(row.error_code, row.error_detail),
        created_by=row.created_by,
        created_by_name=name,
        created_at=row.created_at,
        posted_at=row.finished_at if row.state is SpinOffState.DONE else None,
        finished_at=row.finished_at,
    )


def _error(code: str | None, detail: str | None) -> ErrorInfo | None:
    return ErrorInfo(code=code, detail=detail or "") if code else None
