"""A session with everything its page needs, in one statement: nothing is read more often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, and_, bindparam, func, literal, select, tuple_, union, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.ext.asyncio import AsyncSession

from api.cursors import decode_cursor, encode_cursor
from api.problems import not_found
from api.schemas.common import Page
from api.schemas.sessions import Person, RunningTurn, SessionCounts, SessionDetail
from domain.resources import FactResource, LaneItemResource, MessageResource
from domain.vocabulary import FixStatus, LaneItemKind, LaneItemStatus, MessageRole, TurnState
from infra.database.models import Fact, Fix, LaneItem, Message, ReplyChunk, Session, Turn, User, Writeback
from infra.database.resource_json import fact_json, json_list, lane_item_json, message_json, person_json
from infra.database.resources import fact_resource, fix_resource, lane_item_resource, session_resource

MESSAGES_SHOWN = 50
CLOSED_ITEMS_SHOWN = 100

_SESSION_ID: BindParameter[UUID] = bindparam("session_id")

_latest_writeback = (
    select(func.max(Writeback.number)).where(Writeback.session_id == _SESSION_ID).scalar_subquery()
)
_messages_since_apply = (
    select(func.count())
    .where(
        Message.session_id == _SESSION_ID,
        Message.role == MessageRole.ENGINEER,
        Message.created_at > Fix.applied_at,
    )
    .correlate(Fix)
    .scalar_subquery()
)
_running_turn = (
    select(Message.turn_id)
    .where(Message.session_id == _SESSION_ID, Message.turn_state == TurnState.RUNNING)
    .limit(1)
    .scalar_subquery()
)
_running_text = (
    select(func.string_agg(ReplyChunk.text, aggregate_order_by(literal(""), ReplyChunk.position)))
    .where(ReplyChunk.turn_id == _running_turn)
    .scalar_subquery()
)
_suggested_flows = (
    select(Turn.suggested_flows)
    .where(Turn.session_id == _SESSION_ID, Turn.suggested_flows.is_not(None))
    .order_by(Turn.started_at.desc(), Turn.id.desc())
    .limit(1)
    .scalar_subquery()
)
_messages = (
    select(*Message.__table__.c)
    .where(Message.session_id == _SESSION_ID)
    .order_by(Message.seq.desc())
    .limit(MESSAGES_SHOWN + 1)
    .subquery("latest_messages")
)
_facts = (
    select(*Fact.__table__.c)
    .where(Fact.session_id == _SESSION_ID, Fact.deleted_at.is_(None))
    .order_by(Fact.seq)
    .subquery("standing_facts")
)
_closed_at = func.coalesce(LaneItem.answered_at, LaneItem.created_at)
_closed_items = (
    select(*LaneItem.__table__.c)
    .where(LaneItem.session_id == _SESSION_ID, LaneItem.status != LaneItemStatus.OPEN)
    .order_by(_closed_at.desc(), LaneItem.id.desc())
    .limit(CLOSED_ITEMS_SHOWN + 1)
    .subquery("closed_items")
)
_open_items = select(*LaneItem.__table__.c).where(
    LaneItem.session_id == _SESSION_ID, LaneItem.status == LaneItemStatus.OPEN
)
_shown_items = union_all(_open_items, select(*_closed_items.c)).subquery("shown_items")
_lane = select(*_shown_items.c).order_by(_shown_items.c.position).subquery("lane")
_worked_it = select(
    func.unnest(array([Session.started_by, Session.engineer_id, Session.escalated_by])).label("id")
).where(Session.id == _SESSION_ID)
# Of the messages that are shown: a page of a long session does not read through all of them.
_wrote_in_it = select(_messages.c.author_id)
_noted_facts = select(Fact.created_by).where(Fact.session_id == _SESSION_ID)
_people = (
    select(User.id, User.name)
    .where(User.id.in_(union(_worked_it, _wrote_in_it, _noted_facts)))
    .order_by(User.name, User.id)
    .subquery("people")
)

_DETAIL = (
    select(
        Session,
        Writeback,
        Fix,
        _messages_since_apply,
        _running_turn,
        _running_text,
        _suggested_flows,
        json_list(_messages, message_json(_messages)),
        json_list(_facts, fact_json(_facts)),
        json_list(_lane, lane_item_json(_lane)),
        json_list(_people, person_json(_people)),
    )
    .outerjoin(Writeback, and_(Writeback.session_id == Session.id, Writeback.number == _latest_writeback))
    .outerjoin(
        Fix,
        and_(Fix.session_id == Session.id, Fix.superseded_at.is_(None), Fix.status != FixStatus.DISMISSED),
    )
    .where(Session.id == _SESSION_ID)
)

_MESSAGES = TypeAdapter(list[MessageResource])
_FACTS = TypeAdapter(list[FactResource])
_LANE = TypeAdapter(list[LaneItemResource])
_PEOPLE = TypeAdapter(list[Person])


async def read_detail(db: AsyncSession, session_id: UUID) -> SessionDetail:
    """Everything a page needs, as of one moment; 404 for a session that is not there or not the account's."""
    row = (await db.execute(_DETAIL, {"session_id": session_id})).one_or_none()
    if row is None:
        raise not_found("session", "session_not_found")
    session, writeback, fix, messages_since_apply, running_turn_id, running_text, flows, *lists = row
    messages = _MESSAGES.validate_json(lists[0])
    facts = _FACTS.validate_json(lists[1])
    lane, closed_items_cursor = _without_the_oldest(_LANE.validate_json(lists[2]))
    lane = _with_promotions(lane, facts)
    shown = messages[:MESSAGES_SHOWN]
    return SessionDetail(
        session=session_resource(session, writeback),
        messages=shown[::-1],
        older_cursor=str(shown[-1].seq) if len(messages) > MESSAGES_SHOWN else None,
        lane=lane,
        closed_items_cursor=closed_items_cursor,
        facts=facts,
        active_fix=fix_resource(fix, messages_since_apply) if fix else None,
        counts=SessionCounts(
            facts=len(facts),
            open_questions=_count_open(lane, LaneItemKind.QUESTION),
            open_checks=_count_open(lane, LaneItemKind.CHECK),
        ),
        running_turn=RunningTurn(turn_id=running_turn_id, text=running_text or "")
        if running_turn_id
        else None,
        suggested_flows=flows or [],
        people=_PEOPLE.validate_json(lists[3]),
        last_event_seq=session.last_seq,
    )


async def list_closed_items(
    db: AsyncSession, session_id: UUID, *, cursor: str | None, limit: int
) -> Page[LaneItemResource]:
    """Lane items that are no longer open, the latest first: what a page leaves out and leads to."""
    query = select(LaneItem).where(LaneItem.session_id == session_id, LaneItem.status != LaneItemStatus.OPEN)
    if cursor is not None:
        query = query.where(tuple_(_closed_at, LaneItem.id) < tuple_(*decode_cursor(cursor)))
    query = query.order_by(_closed_at.desc(), LaneItem.id.desc()).limit(limit + 1)
    rows = (await db.execute(query)).scalars().all()
    items = [lane_item_resource(row, None) for row in rows[:limit]]
    facts = await db.execute(
        select(Fact)
        .where(Fact.session_id == session_id, Fact.source_ref.in_([item.id for item in items]))
        .where(Fact.deleted_at.is_(None))
        .order_by(Fact.seq)
    )
    return Page[LaneItemResource](
        items=_with_promotions(items, [fact_resource(fact) for fact in facts.scalars()]),
        next_cursor=encode_cursor(*_closed_item_order(items[-1])) if len(rows) > limit else None,
    )


def _without_the_oldest(lane: list[LaneItemResource]) -> tuple[list[LaneItemResource], str | None]:
    """One closed item more than is shown was read: leave it out and answer where the rest begins."""
    closed = sorted(
        (item for item in lane if item.status is not LaneItemStatus.OPEN),
        key=_closed_item_order,
        reverse=True,
    )
    if len(closed) <= CLOSED_ITEMS_SHOWN:
        return lane, None
    oldest = closed[-1]
    return [item for item in lane if item is not oldest], encode_cursor(*_closed_item_order(closed[-2]))


def _closed_item_order(item: LaneItemResource) -> tuple[datetime, UUID]:
    """The moment by which items that are no longer open are listed, and their id."""
    return item.answered_at or item.created_at, item.id


def _with_promotions(
    lane: Sequence[LaneItemResource], facts: Sequence[FactResource]
) -> list[LaneItemResource]:
    """The items, each with the fact that it was promoted to."""
    promoted = {fact.source_ref: fact.id for fact in facts if fact.source_ref is not None}
    return [
        item.model_copy(update={"promoted_fact_id": promoted[item.id]}) if item.id in promoted else item
        for item in lane
    ]


def _count_open(lane: Sequence[LaneItemResource], kind: LaneItemKind) -> int:
    return sum(item.kind is kind and item.status is LaneItemStatus.OPEN for item in lane)
