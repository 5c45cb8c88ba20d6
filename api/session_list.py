"""Lists of sessions: the same cost at a hundred thousand of them as at a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Select, Uuid, any_, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.cursors import decode_cursor, encode_cursor
from api.schemas.common import Page
from api.schemas.sessions import SessionRow
from domain.vocabulary import SessionStatus
from infra.database.models import Session, User, Writeback
from infra.database.plans import PLAN_FOR_THIS_ACCOUNT
from infra.database.resources import session_resource

SEARCHED_FIRST = 500
"""Latest sessions that a search reads one by one before it asks the index over all."""


async def list_sessions(
    db: AsyncSession,
    *,
    engineer_id: UUID | None,
    status: SessionStatus | None,
    q: str | None,
    psa_ticket_id: str | None,
    started_from: datetime | None,
    started_to: datetime | None,
    cursor: str | None,
    limit: int,
) -> Page[SessionRow]:
    """Sessions of the account, latest activity first; both ends of the range of their start count."""
    await db.execute(PLAN_FOR_THIS_ACCOUNT)
    query = select(Session)
    if engineer_id is not None:
        query = query.where(Session.engineer_id == engineer_id)
    if status is not None:
        query = query.where(Session.status == status)
    if psa_ticket_id is not None:
        query = query.where(Session.psa_ticket_id == psa_ticket_id)
    if started_from is not None:
        # Nothing is changed before it was started: the walk through the latest changes ends there.
        query = query.where(Session.created_at >= started_from, Session.updated_at >= started_from)
    if started_to is not None:
        query = query.where(Session.created_at <= started_to)
    if cursor is not None:
        query = query.where(tuple_(Session.updated_at, Session.id) < tuple_(*decode_cursor(cursor)))
    rows = await (_search(db, query, q, limit + 1) if q else _latest(db, query, limit + 1))
    shown = rows[:limit]
    writebacks = await _latest_writebacks(db, [session.id for session, _ in shown])
    return Page[SessionRow](
        items=[
            SessionRow(session=session_resource(session, writebacks.get(session.id)), engineer_name=name)
            for session, name in shown
        ],
        next_cursor=encode_cursor(shown[-1][0].updated_at, shown[-1][0].id) if len(rows) > limit else None,
    )


async def _latest(db: AsyncSession, query: Select[Session], count: int) -> Sequence[Row[Session, str]]:
    named = query.join(User, User.id == Session.engineer_id).add_columns(User.name)
    ordered = named.order_by(Session.updated_at.desc(), Session.id.desc()).limit(count)
    return (await db.execute(ordered)).all()


async def _search(
    db: AsyncSession, query: Select[Session], q: str, count: int
) -> Sequence[Row[Session, str]]:
    """What is wanted is mostly recent or frequent: the latest are looked through; only when they do not fill the page,
    the index is asked, which then has few texts to name.
    """
    newest = query.order_by(Session.updated_at.desc(), Session.id.desc()).limit(SEARCHED_FIRST)
    found = await _containing(db, newest, q, count)
    if len(found) == count:
        return found
    known = (await db.execute(select(func.find_sessions(q, _pattern(q))))).scalars().all()
    return await _containing(db, query.where(Session.id == any_(literal(known, ARRAY(Uuid)))), q, count)


async def _containing(
    db: AsyncSession, candidates: Select[Session], q: str, count: int
) -> Sequence[Row[Session, str]]:
    """Those of the candidates that contain what is wanted."""
    candidate = aliased(Session, candidates.subquery())
    found = await db.execute(
        select(candidate, User.name)
        .join(User, User.id == candidate.engineer_id)
        .where(_contains(candidate, _pattern(q)))
        .order_by(candidate.updated_at.desc(), candidate.id.desc())
        .limit(count)
    )
    return found.all()


def _pattern(q: str) -> str:
    escaped = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _contains(session: type[Session], pattern: str) -> ColumnElement[bool]:
    return or_(
        session.title.ilike(pattern),
        session.psa_ticket_id.ilike(pattern),
        session.ticket["client"].astext.ilike(pattern),
    )


async def _latest_writebacks(db: AsyncSession, session_ids: list[UUID]) -> dict[UUID, Writeback]:
    if not session_ids:
        return {}
    rows: Any = await db.execute(
        select(Writeback)
        .ext(distinct_on(Writeback.session_id))
        .where(Writeback.session_id.in_(session_ids))
        .order_by(Writeback.session_id, Writeback.number.desc())
    )
    return {row.session_id: row for row in rows.scalars()}
