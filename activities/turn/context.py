"""Putting together everything a pilot may know in a turn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.turn.history import history_of
from activities.turn.record import read_record
from domain.flows import Flow
from domain.pilot import FoundFlow, TurnContext
from domain.psa import TicketDetail
from domain.vocabulary import FixStatus
from infra.database.models import FlowRecord, Session, TicketSnapshot
from infra.database.rows import ticket_view

FLOWS_FOUND = 8
SEARCHED_CHARACTERS = 4_000

# Any word may match: an engineer's sentence never has all the words of a flow. Rank: 1 divides by the logarithm of the
# length, so that long flows do not win by length; 32 scales to 0-1.
_SEARCH = text(
    """
    SELECT f.id, f.updated_at, ts_rank_cd(f.search, q.wanted, 1 | 32)::float8 AS score
    FROM (SELECT to_tsquery('english', string_agg(quote_literal(lexeme), ' | ')) AS wanted
          FROM unnest(to_tsvector('english', :searched))) q
    JOIN flows f ON f.search @@ q.wanted
    WHERE f.status = 'published'
    ORDER BY score DESC, f.id
    LIMIT :limit
    """
)
_FLOW_MARK = select(FlowRecord.id, FlowRecord.updated_at).where(FlowRecord.id == bindparam("id"))
_FLOW_DOCUMENTS = select(FlowRecord.id, FlowRecord.document).where(
    FlowRecord.id.in_(bindparam("ids", expanding=True))
)

FLOWS_KEPT = 500
_checked_flows: OrderedDict[tuple[UUID, datetime], Flow] = OrderedDict()
"""Flows that were read and checked before, by id and time of change: checking one costs more than a whole query.

Which flows an account may see is decided by the query that finds their ids, never here.
"""


async def read_context(db: AsyncSession, session: Session, message_ids: Sequence[UUID]) -> TurnContext:
    """The context of a turn over `message_ids`, as of this transaction."""
    record = await read_record(db, session.id, message_ids)
    inputs, fixes = record.asked or [], record.fixes or []
    first_input = inputs[0].seq if inputs else session.last_seq + 1
    active = next(
        (fix for fix in fixes if not fix.superseded and fix.status is not FixStatus.DISMISSED), None
    )
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
        digest=record.digest,
        history=history_of(record.said or [], first_input),
        inputs=[*inputs],
        lane=record.lane or [],
        facts=record.facts or [],
        fixes=fixes,
        active_fix_id=active.id if active else None,
        ticket=ticket_view(ticket) if ticket else None,
        flows=await find_flows(db, searched, also=_flow_in_use(session)),
        pilot_state=session.pilot_state,
    )


async def _read_ticket(db: AsyncSession, session: Session) -> TicketDetail | None:
    if session.psa_connection_id is None or session.psa_ticket_id is None:
        return None
    row = await db.get(TicketSnapshot, (session.psa_connection_id, session.psa_ticket_id))
    return TicketDetail.model_validate(row.document) if row is not None else None


async def find_flows(db: AsyncSession, searched: str, also: UUID | None = None) -> list[FoundFlow]:
    """Published flows of the account that fit the text, best first; `also` is added although it may not fit."""
    rows = await db.execute(_SEARCH, {"searched": searched[:SEARCHED_CHARACTERS], "limit": FLOWS_FOUND})
    found = [(row.id, row.updated_at, row.score) for row in rows]
    if also is not None and all(flow_id != also for flow_id, _, _ in found):
        found += [(row.id, row.updated_at, 0.0) for row in await db.execute(_FLOW_MARK, {"id": also})]
    await _check_flows(db, [(flow_id, updated) for flow_id, updated, _ in found])
    return [
        # Both parts are known to be good; the usual constructor would check the whole flow again.
        FoundFlow.model_construct(flow=_checked_flows[flow_id, updated], score=score)
        for flow_id, updated, score in found
        if (flow_id, updated) in _checked_flows
    ]


async def _check_flows(db: AsyncSession, wanted: list[tuple[UUID, datetime]]) -> None:
    """Make sure that the flows are in the cache, the wanted ones last."""
    missing = {flow_id: updated for flow_id, updated in wanted if (flow_id, updated) not in _checked_flows}
    if missing:
        for row in await db.execute(_FLOW_DOCUMENTS, {"ids": list(missing)}):
            _checked_flows[row.id, missing[row.id]] = Flow.model_validate(row.document)
    for key in wanted:
        if key in _checked_flows:  # else it was deleted between the two queries
            _checked_flows.move_to_end(key)
    while len(_checked_flows) > FLOWS_KEPT:
        _checked_flows.popitem(last=False)


def _flow_in_use(session: Session) -> UUID | None:
    """The flow that the playbook was walking, which stays at hand whatever the last message was about."""
    flow_id = (session.pilot_state or {}).get("flow_id")
    try:
        return UUID(flow_id) if isinstance(flow_id, str) else None
    except ValueError:
        return None
