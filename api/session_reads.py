"""Reading a session for the outside: details, lists, events. No Temporal call is made here."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.problems import not_found
from api.schemas.sessions import MessagePage, Person, RunningTurn
from domain.vocabulary import TurnState
from infra.database.models import Message, ReplyChunk, Session, User, Writeback
from infra.database.resources import message_resource


async def require_session(db: AsyncSession, session_id: UUID) -> Session:
    """The session, or 404 for one that is not there or not the account's."""
    row = await db.get(Session, session_id)
    if row is None:
        raise not_found("session", "session_not_found")
    return row


async def read_messages(db: AsyncSession, session_id: UUID, *, before: int | None, limit: int) -> MessagePage:
    """The latest messages before a number, oldest first, who wrote them, and the cursor to older ones."""
    query = select(Message).where(Message.session_id == session_id)
    if before is not None:
        query = query.where(Message.seq < before)
    rows = (await db.execute(query.order_by(Message.seq.desc()).limit(limit + 1))).scalars().all()
    shown = rows[:limit]
    authors = {row.author_id for row in shown if row.author_id is not None}
    people = await db.execute(
        select(User.id, User.name).where(User.id.in_(authors)).order_by(User.name, User.id)
    )
    return MessagePage(
        items=[message_resource(row) for row in reversed(shown)],
        next_cursor=str(shown[-1].seq) if len(rows) > limit else None,
        people=[Person(user_id=user_id, name=name) for user_id, name in people],
    )


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
