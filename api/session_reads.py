"""Reading a session for the outside: details, lists, events. No Temporal call is made here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from api.cursors import decode_cursor, encode_cursor
from api.problems import not_found
from api.schemas.common import Page
from api.schemas.sessions import RunningTurn, SessionRow
from domain.resources import MessageResource
from domain.vocabulary import SessionStatus, TurnState
from infra.database.models import Message, ReplyChunk, Session, User, Writeback
from infra.database.resources import message_resource, session_resource


async def require_session(db: AsyncSession, session_id: UUID) -> Session:
    """The session, or 404 for one that is not there or not the account's."""
    row = await db.get(Session, session_id)
    if row is None:
        raise not_found("session", "session_not_found")
    return row


async def read_messages(
    db: AsyncSession, session_id: UUID, *, before: int | None, limit: int
) -> tuple[list[MessageResource], str | None]:
    """The latest messages before a number, oldest first, and the cursor to older ones."""
    query = select(Message).where(Message.session_id == session_id)
    if before is not None:
        query = query.where(Message.seq < before)
    rows = (await db.execute(query.order_by(Message.seq.desc()).limit(limit + 1))).scalars().all()
    shown = rows[:limit]
    older = str(shown[-1].seq) if len(rows) > limit else None
    return [message_resource(row) for row in reversed(shown)], older


async def latest_writeback(db: AsyncSession, session_id: UUID) -> Writeback | None:
    query = select(Writeback).where(Writeback.session_id == session_id)
    return (await db.execute(query.order_by(Writeback.number.desc()).limit(1))).scalar_one_or_none()


async def read_running_turn(db: AsyncSession, session_id: UUID) -> RunningTurn | None:
    """The reply in progress with the prose that was published so far."""
    turn_id = (
        await db.execute(
            select(Message.turn_id)
            .where(Message.session_id == session_id, Message.turn_state == TurnState.RUNNING)
            .limit(1)
        )
    ).scalar_one_or_none()
    if turn_id is None:
        return None
    chunks = await db.execute(
        select(ReplyChunk.text).where(ReplyChunk.turn_id == turn_id).order_by(ReplyChunk.position)
    )
    return RunningTurn(turn_id=turn_id, text="".join(chunks.scalars()))


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
    query: Select[Session, str] = select(Session, User.name).join(User, User.id == Session.engineer_id)
    if engineer_id is not None:
        query = query.where(Session.engineer_id == engineer_id)
    if status is not None:
        query = query.where(Session.status == status)
    if psa_ticket_id is not None:
        query = query.where(Session.psa_ticket_id == psa_ticket_id)
    if started_from is not None:
        query = query.where(Session.created_at >= started_from)
    if started_to is not None:
        query = query.where(Session.created_at <= started_to)
    if q:
        query = query.where(_matches(q))
    if cursor is not None:
        updated, last_id = decode_cursor(cursor)
        query = query.where(tuple_(Session.updated_at, Session.id) < tuple_(updated, last_id))
    rows = (
        await db.execute(query.order_by(Session.updated_at.desc(), Session.id.desc()).limit(limit + 1))
    ).all()
    shown = rows[:limit]
    writebacks = await _latest_writebacks(db, [session.id for session, _ in shown])
    return Page[SessionRow](
        items=[
            SessionRow(session=session_resource(session, writebacks.get(session.id)), engineer_name=name)
            for session, name in shown
        ],
        next_cursor=encode_cursor(shown[-1][0].updated_at, shown[-1][0].id) if len(rows) > limit else None,
    )


async def _latest_writebacks(db: AsyncSession, session_ids: list[UUID]) -> dict[UUID, Writeback]:
    if not session_ids:
        return {}
    latest = (
        select(Writeback.session_id, func.max(Writeback.number).label("number"))
        .where(Writeback.session_id.in_(session_ids))
        .group_by(Writeback.session_id)
        .subquery()
    )
    rows = await db.execute(
        select(Writeback).join(
            latest, (Writeback.session_id == latest.c.session_id) & (Writeback.number == latest.c.number)
        )
    )
    return {row.session_id: row for row in rows.scalars()}


def _matches(q: str) -> Any:
    escaped = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%"
    return or_(
        Session.title.ilike(pattern, escape="\\"),
        Session.psa_ticket_id.ilike(pattern, escape="\\"),
        Session.ticket["client"].astext.ilike(pattern, escape="\\"),
    )
