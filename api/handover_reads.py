"""Reading what the next engineer needs: who waits to be picked up, and the package as briefing."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.cursors import decode_cursor, encode_cursor
from api.schemas.common import Page
from api.schemas.handover import EscalatedSession
from api.schemas.sessions import Briefing
from domain.resources import TicketHeader
from domain.vocabulary import ArtifactKind, SessionStatus, WritebackState
from infra.database.models import Session, User, Writeback
from infra.database.plans import PLAN_FOR_THIS_ACCOUNT


async def read_briefing(db: AsyncSession, session_id: UUID) -> Briefing | None:
    """The package of the last escalation that ended well, as the engineer confirmed it."""
    found = await db.execute(
        select(Writeback.markdown, Session.escalation_reason, Session.escalated_at, User.name)
        .join(Session, Session.id == Writeback.session_id)
        .outerjoin(User, User.id == Session.escalated_by)
        .where(
            Writeback.session_id == session_id,
            Writeback.kind == ArtifactKind.ESCALATION_PACKAGE,
            Writeback.state == WritebackState.DONE,
        )
        .order_by(Writeback.number.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        return None
    markdown, reason, escalated_at, name = row
    if escalated_at is None:
        return None
    return Briefing(markdown=markdown, reason=reason, escalated_by_name=name, escalated_at=escalated_at)


async def list_escalations(db: AsyncSession, *, cursor: str | None, limit: int) -> Page[EscalatedSession]:
    """Sessions that wait for another engineer, the one that waits longest first."""
    await db.execute(PLAN_FOR_THIS_ACCOUNT)
    worker, sender = aliased(User), aliased(User)
    query = (
        select(Session, worker.name, sender.name)
        .join(worker, worker.id == Session.engineer_id)
        .outerjoin(sender, sender.id == Session.escalated_by)
        .where(Session.status == SessionStatus.ESCALATED, Session.escalated_at.is_not(None))
    )
    if cursor is not None:
        escalated_at, last_id = decode_cursor(cursor)
        query = query.where(tuple_(Session.escalated_at, Session.id) > tuple_(escalated_at, last_id))
    rows = (await db.execute(query.order_by(Session.escalated_at, Session.id).limit(limit + 1))).all()
    items = [
        _escalated(session, worker_name, sender_name) for session, worker_name, sender_name in rows[:limit]
    ]
    return Page[EscalatedSession](
        items=items,
        next_cursor=encode_cursor(items[-1].escalated_at, items[-1].id) if len(rows) > limit else None,
    )


def _escalated(session: Session, worker_name: str, sender_name: str | None) -> EscalatedSession:
    if session.escalated_at is None:
        raise RuntimeError("a session in the queue has a time of its escalation")
    return EscalatedSession(
        id=session.id,
        title=session.title,
        problem_summary=session.problem_summary,
        psa_ticket_id=session.psa_ticket_id,
        ticket=TicketHeader.model_validate(session.ticket) if session.ticket else None,
        reason=session.escalation_reason,
        escalated_by=session.escalated_by,
        escalated_by_name=sender_name,
        escalated_at=session.escalated_at,
        engineer_id=session.engineer_id,
        engineer_name=worker_name,
    )
