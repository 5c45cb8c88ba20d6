"""Reading the turns of a session: their replies, what was found for them, how they ended, what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from api.cursors import decode_cursor, encode_cursor
from api.schemas.sessions import ChatAnswer
from api.schemas.turns import TurnDiagnostics, TurnPage, TurnResource, TurnUsage
from domain.resources import ErrorInfo, LaneItemResource, SuggestedFlow
from domain.vocabulary import LaneItemKind, LaneItemStatus, MessageRole
from infra.database.models import Fact, LaneItem, LlmCall, Message, Turn
from infra.database.resources import fact_resource, lane_item_resource, read_fix_resource
from infra.database.rows import find_active_fix


async def list_turns(db: AsyncSession, session_id: UUID, *, cursor: str | None, limit: int) -> TurnPage:
    """Turns of a session, newest first."""
    query = select(Turn).where(Turn.session_id == session_id)
    if cursor is not None:
        query = query.where(tuple_(Turn.started_at, Turn.id) < tuple_(*decode_cursor(cursor)))
    query = query.order_by(Turn.started_at.desc(), Turn.id.desc()).limit(limit + 1)
    rows = (await db.execute(query)).scalars().all()
    shown = rows[:limit]
    usage = await _read_usage(db, [row.id for row in shown])
    misses = select(func.count()).where(
        Turn.session_id == session_id, Turn.diagnostics["format_miss"].as_boolean()
    )
    return TurnPage(
        items=[_turn(row, usage.get(row.id, TurnUsage())) for row in shown],
        next_cursor=encode_cursor(shown[-1].started_at, shown[-1].id) if len(rows) > limit else None,
        format_misses=(await db.execute(misses)).scalar_one(),
    )


async def _read_usage(db: AsyncSession, turn_ids: Sequence[UUID]) -> dict[UUID, TurnUsage]:
    rows = await db.execute(
        select(
            LlmCall.turn_id,
            func.count().label("calls"),
            *(
                func.sum(column).label(column.key)
                for column in (
                    LlmCall.input_tokens,
                    LlmCall.output_tokens,
                    LlmCall.cache_read_tokens,
                    LlmCall.cache_creation_tokens,
                    LlmCall.latency_ms,
                )
            ),
        )
        .where(LlmCall.turn_id.in_(turn_ids))
        .group_by(LlmCall.turn_id)
    )
    return {row["turn_id"]: TurnUsage.model_validate(dict(row)) for row in rows.mappings()}


def _turn(row: Turn, usage: TurnUsage) -> TurnResource:
    return TurnResource(
        id=row.id,
        state=row.state,
        attempt=row.attempt,
        message_ids=row.message_ids,
        provider=row.provider,
        model=row.model,
        stop_reason=row.stop_reason,
        diagnostics=TurnDiagnostics.model_validate(row.diagnostics) if row.diagnostics else None,
        suggested_flows=[SuggestedFlow.model_validate(flow) for flow in row.suggested_flows or []],
        usage=usage,
        error=ErrorInfo(code=row.error_code, detail=row.error_detail or "") if row.error_code else None,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


async def read_chat_answer(db: AsyncSession, message: Message) -> ChatAnswer:
    """The reply to a message of a turn that has ended, with the open lane as it is now."""
    turn = await db.get(Turn, message.turn_id) if message.turn_id else None
    reply = (
        await db.execute(
            select(Message)
            .where(Message.turn_id == message.turn_id, Message.role == MessageRole.PILOT)
            .order_by(Message.seq.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    items = await _read_open_items(db, message.session_id)
    facts = await db.execute(
        select(Fact)
        .where(Fact.session_id == message.session_id, Fact.message_id == message.id)
        .where(Fact.deleted_at.is_(None))
        .order_by(Fact.seq)
    )
    fix = await find_active_fix(db, message.session_id)
    return ChatAnswer(
        reply=reply.text if reply else "",
        questions=[item for item in items if item.kind is LaneItemKind.QUESTION],
        actions=[item for item in items if item.kind is LaneItemKind.CHECK],
        facts=[fact_resource(fact) for fact in facts.scalars()],
        suggested_fix=await read_fix_resource(db, fix) if fix else None,
        suggested_flows=[SuggestedFlow.model_validate(flow) for flow in turn.suggested_flows or []]
        if turn
        else [],
        diagnostics=(turn.diagnostics or {}) if turn else {},
    )


async def _read_open_items(db: AsyncSession, session_id: UUID) -> list[LaneItemResource]:
    promoted = (
        select(Fact.id)
        .where(Fact.session_id == session_id, Fact.source_ref == LaneItem.id, Fact.deleted_at.is_(None))
        .order_by(Fact.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await db.execute(
        select(LaneItem, promoted)
        .where(LaneItem.session_id == session_id, LaneItem.status == LaneItemStatus.OPEN)
        .order_by(LaneItem.position)
    )
    return [lane_item_resource(item, fact_id) for item, fact_id in rows]
