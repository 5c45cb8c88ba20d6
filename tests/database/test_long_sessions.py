"""The statements of a turn read as few rows of a session with thousands of messages as of a new one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.turn.context import read_context
from activities.turn.lane_changes import read_touched
from activities.turn.record import CLOSED_ITEMS
from api.session_detail import list_closed_items, read_detail
from domain.history import LIMIT_MESSAGES
from domain.markers import ParsedCheck, ParsedQuestion, ParsedReply, Promotion
from domain.vocabulary import FactSource
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import Message, Session
from infra.session_record.snapshot import read_snapshot
from infra.session_record.transaction import SessionTransaction, find_command
from tests.support.rows import session_row, store
from tests.support.statements import Statements
from tests.support.tenants import make_tenant

LONG = 3_000

_FILL = (
    """
    INSERT INTO messages (id, account_id, session_id, seq, role, text, turn_state, created_at)
    SELECT gen_random_uuid(), :account, :session, 2 * i, CASE WHEN i % 2 = 1 THEN 'engineer' ELSE 'pilot' END,
      'It is as it was before.', 'done', now() - (:count - i) * interval '1 minute'
    FROM generate_series(1, :count) i
    """,
    """
    INSERT INTO lane_items (id, account_id, session_id, position, kind, text, normalised_text, status, answered_at,
      created_at)
    SELECT gen_random_uuid(), :account, :session, i, 'question', 'Question ' || i || '?', 'question ' || i || '?',
      CASE WHEN i > :count - 3 THEN 'open' WHEN i % 2 = 0 THEN 'answered' ELSE 'set_aside' END,
      CASE WHEN i % 2 = 0 THEN now() - (:count - i) * interval '50 seconds' END,
      now() - (:count - i) * interval '1 minute'
    FROM generate_series(1, :count) i
    """,
    """
    INSERT INTO session_digests (id, account_id, session_id, version, upto_seq, text, generated_by)
    SELECT gen_random_uuid(), :account, :session, i, 60 * i, 'Digest ' || i, 'renderer'
    FROM generate_series(1, (:count - 40) / 30) i
    """,
    """
    INSERT INTO session_events (account_id, session_id, seq, type, payload, command_id)
    SELECT :account, :session, i, 'message.created', '{}', 'command ' || i FROM generate_series(1, 2 * :count) i
    """,
    """
    INSERT INTO turns (id, account_id, session_id, state, attempt, message_ids, suggested_flows)
    SELECT gen_random_uuid(), :account, :session, 'done', 1, '{}', '[]' FROM generate_series(1, :count / 2) i
    """,
    """
    INSERT INTO fixes (id, account_id, session_id, title, description, confidence_pct, status, applied_at, created_at,
      updated_at)
    VALUES (gen_random_uuid(), :account, :session, 'Fix', 'How', 80, 'proposed',
      now() - interval '9 minutes 30 seconds', now(), now())
    """,
)


@pytest.fixture
async def long_session(database: Database, settings: Settings) -> Session:
    """One long session among shorter ones of its account."""
    tenant = await make_tenant(database, settings)
    rows = [
        session_row(tenant, number, "Printer", last_seq=4 * LONG, state_version=7, problem_summary="Printer")
        for number in range(8)
    ]
    await store(database, *rows)
    async with database.admin() as db:
        for number, row in enumerate(rows):
            owner = {"account": row.account_id, "session": row.id}
            for statement in _FILL:
                counted = {"count": LONG if number == 0 else 120} if ":count" in statement else {}
                await db.execute(text(statement), owner | counted)
        await db.execute(text("ANALYZE"))
    return rows[0]


async def test_no_statement_of_a_turn_or_of_a_page_reads_through_a_long_session(
    database: Database, long_session: Session
) -> None:
    statements = Statements()
    async with database.tenant(long_session.account_id) as db:
        session = await db.get_one(Session, long_session.id)
        newest = select(Message.id).where(Message.session_id == session.id, Message.role == "engineer")
        asked = (await db.execute(newest.order_by(Message.seq.desc()).limit(1))).scalar_one()
        with statements.of(database):
            context = await read_context(db, session, [asked])
            await read_touched(SessionTransaction(db, session, session.updated_at), _REPLY)
            await find_command(db, session.id, "command 17")
            await read_snapshot(db, session)
            await read_detail(db, session.id)
            await list_closed_items(db, session.id, cursor=None, limit=50)
        assert context.digest == f"Digest {(LONG - 40) // 30}"
        assert 0 < len(context.history) <= LIMIT_MESSAGES
        assert len(context.lane) == CLOSED_ITEMS + 3
        assert len(statements.sent) >= 9
        for statement, parameters in statements.sent:
            for table, rows in (await _rows_read(db, statement, parameters)).items():
                assert rows <= 300, f"{table}: {rows} rows for {' '.join(statement.split())[:300]}"


_REPLY = ParsedReply(
    prose="Hm.",
    questions=[ParsedQuestion(text="Question 17?"), ParsedQuestion(text="Another one?")],
    actions=[ParsedCheck(label="Look at it")],
    promotions=[Promotion(source_type=FactSource.QUESTION, text="It is so", source_ref=uuid4())],
    lane_stated=True,
)


async def _rows_read(db: AsyncSession, statement: str, parameters: Any) -> dict[str, int]:
    """Rows that the statement looked at, by table; measured, not estimated."""
    connection = await db.connection()
    explained = await connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters
    )
    (plan,) = explained.scalar_one()
    read: dict[str, int] = {}
    nodes = [plan["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if "Relation Name" in node:
            looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            name = node["Relation Name"]
            read[name] = read.get(name, 0) + round(looked_at * node["Actual Loops"])
    return read
