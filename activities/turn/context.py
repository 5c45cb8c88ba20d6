"""Reading everything a pilot may know in a turn, and marking the turn as running."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Float, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.flows import Flow
from domain.pilot import EngineerInput, FoundFlow, HistoryMessage, ItemAnswer, TurnContext
from domain.psa import TicketDetail
from domain.vocabulary import FlowStatus, MessageRole
from infra.database.models import FlowRecord, Message, Session, TicketSnapshot
from infra.database.rows import fact_view, fix_view, lane_view, read_facts, read_fixes, read_lane, ticket_view

HISTORY_MESSAGES = 40
FLOWS_FOUND = 8
SEARCHED_CHARACTERS = 4_000

# Any word may match: an engineer's sentence never has all the words of a flow.
_ANY_WORD = text(
    "SELECT string_agg(quote_literal(lexeme), ' | ') FROM unnest(to_tsvector('english', :searched))"
)


async def read_context(db: AsyncSession, session: Session, message_ids: Sequence[UUID]) -> TurnContext:
    """The context of a turn over `message_ids`, as of this transaction."""
    inputs = (
        (
            await db.execute(
                select(Message)
                .where(Message.session_id == session.id, Message.id.in_(message_ids))
                .order_by(Message.seq)
            )
        )
        .scalars()
        .all()
    )
    first_seq = inputs[0].seq if inputs else session.last_seq
    fixes = await read_fixes(db, session.id)
    ticket = await _read_ticket(db, session)
    searched = "\n".join(
        part
        for part in (
            session.problem_summary,
            ticket.summary if ticket else None,
            ticket.description if ticket else None,
            *(message.text for message in inputs),
        )
        if part
    )
    return TurnContext(
        session_id=session.id,
        problem_summary=session.problem_summary,
        history=await _read_history(db, session.id, first_seq, message_ids),
        inputs=[
            EngineerInput(
                message_id=message.id,
                text=message.text,
                answers=[ItemAnswer.model_validate(answer) for answer in message.answers or []],
            )
            for message in inputs
        ],
        lane=[lane_view(item) for item in await read_lane(db, session.id)],
        facts=[fact_view(fact) for fact in await read_facts(db, session.id)],
        fixes=[fix_view(fix) for fix in fixes],
        active_fix_id=next(
            (fix.id for fix in fixes if fix.superseded_at is None and fix.status.value != "dismissed"), None
        ),
        ticket=ticket_view(ticket) if ticket else None,
        flows=await find_flows(db, searched, also=_flow_in_use(session)),
        pilot_state=session.pilot_state,
    )


async def _read_history(
    db: AsyncSession, session_id: UUID, before_seq: int, excluded: Sequence[UUID]
) -> list[HistoryMessage]:
    rows = (
        await db.execute(
            select(Message.role, Message.text)
            .where(Message.session_id == session_id, Message.seq < before_seq, Message.id.not_in(excluded))
            .order_by(Message.seq.desc())
            .limit(HISTORY_MESSAGES)
        )
    ).all()
    return [HistoryMessage(role=MessageRole(role), text=said) for role, said in reversed(rows) if said]


async def _read_ticket(db: AsyncSession, session: Session) -> TicketDetail | None:
    if session.psa_connection_id is None or session.psa_ticket_id is None:
        return None
    row = await db.get(TicketSnapshot, (session.psa_connection_id, session.psa_ticket_id))
    return TicketDetail.model_validate(row.document) if row is not None else None


async def find_flows(db: AsyncSession, searched: str, also: UUID | None = None) -> list[FoundFlow]:
    """Published flows of the account that fit the text, best first; `also` is added although it may not fit."""
    query = (await db.execute(_ANY_WORD, {"searched": searched[:SEARCHED_CHARACTERS]})).scalar_one_or_none()
    found: list[FoundFlow] = []
    if query:
        wanted = func.to_tsquery("english", query)
        # 1 divides by the logarithm of the length, so that long flows do not win by length; 32 scales to 0-1.
        score = cast(func.ts_rank_cd(FlowRecord.search, wanted, 1 | 32), Float)
        rows = await db.execute(
            select(FlowRecord.document, score)
            .where(FlowRecord.status == FlowStatus.PUBLISHED, FlowRecord.search.op("@@")(wanted))
            .order_by(score.desc(), FlowRecord.id)
            .limit(FLOWS_FOUND)
        )
        found = [FoundFlow(flow=Flow.model_validate(document), score=rank) for document, rank in rows]
    if also is not None and all(one.flow.id != also for one in found):
        row = await db.get(FlowRecord, also)
        if row is not None:
            found.append(FoundFlow(flow=Flow.model_validate(row.document), score=0.0))
    return found


def _flow_in_use(session: Session) -> UUID | None:
    """The flow that the playbook was walking, which stays at hand whatever the last message was about."""
    flow_id = (session.pilot_state or {}).get("flow_id")
    try:
        return UUID(flow_id) if isinstance(flow_id, str) else None
    except ValueError:
        return None
