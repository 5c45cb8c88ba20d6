"""Reading a session for the outside: details, lists, events. No Temporal call is made here."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.problems import not_found
from api.schemas.sessions import RunningTurn
from domain.resources import MessageResource
from domain.vocabulary import TurnState
from infra.database.models import Message, ReplyChunk, Session, Writeback
from infra.database.resources import message_resource


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
