"""Reading the decision state of a session, which its workflow keeps in memory, with the last word of a step."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.session_state import ActiveFix, SessionSnapshot
from domain.vocabulary import FixStatus
from infra.database.models import Session

# Round trips and statements are most of what a step costs, so its last one does all that is left: events, counters,
# notification and snapshot. What is read here is nothing that is written here.
_TELL = """
    WITH told AS (
      INSERT INTO session_events
        (account_id, session_id, seq, type, payload, command_id, command_name, request_hash, result, created_at)
      SELECT CAST(:account_id AS uuid), CAST(:session_id AS uuid), e.seq, e.type, e.payload, e.command_id,
        e.command_name, e.request_hash, e.result, CAST(:now AS timestamptz)
      FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS e
        (seq bigint, type text, payload jsonb, command_id text, command_name text, request_hash text, result jsonb)
    ), counted AS (
      UPDATE sessions SET last_seq = :last_seq, state_version = :state_version,
        last_activity_at = :last_activity_at, updated_at = :updated_at
      WHERE id = :session_id
    )
    """
_NOTIFY = "CASE WHEN CAST(:notice AS text) IS NOT NULL THEN pg_notify(:channel, :notice) END"
_STATE = """
      f.id AS fix_id, f.status AS fix_status, f.applied_at,
      (SELECT count(*) FROM messages m WHERE m.session_id = :session_id AND m.role = 'engineer'
       AND m.created_at > f.applied_at) AS messages_since_apply,
      f.ai_drafted_script IS NOT NULL AS has_script, f.script_template_id IS NOT NULL AS has_template,
      ARRAY(SELECT m.id FROM messages m WHERE m.session_id = :session_id AND m.turn_state = 'queued'
            ORDER BY m.seq) AS queued,
      ARRAY(SELECT m.id FROM messages m WHERE m.session_id = :session_id AND m.turn_state = 'failed'
            ORDER BY m.seq) AS failed,
      w.number AS writeback, w.time_minutes IS NOT NULL AS logs_time
    FROM (SELECT 1) one
    LEFT JOIN writebacks w ON w.session_id = :session_id AND w.state = 'running'
    LEFT JOIN fixes f ON f.session_id = :session_id AND f.superseded_at IS NULL AND f.status <> 'dismissed'
    """
_READ_ONLY = text(f"SELECT {_STATE}")
_TELL_AND_READ = text(f"{_TELL} SELECT {_NOTIFY}, {_STATE}")
_TELL_ONLY = text(f"{_TELL} SELECT {_NOTIFY}")

LeftToTell = dict[str, object]
"""Parameters of the last statement: events as JSON, the session's counters, the notice to its listeners, or None."""


async def tell(db: AsyncSession, left: LeftToTell) -> None:
    """Write events and counters, and tell listeners when the transaction commits."""
    await db.execute(_TELL_ONLY, left)


async def read_snapshot(
    db: AsyncSession, session: Session, left: LeftToTell | None = None
) -> SessionSnapshot:
    """The snapshot as of this transaction; what is `left` to tell is written before."""
    found = await (
        db.execute(_READ_ONLY, {"session_id": session.id})
        if left is None
        else db.execute(_TELL_AND_READ, left)
    )
    row = found.mappings().one()
    fix = None
    if row["fix_id"] is not None:
        fix = ActiveFix(
            id=row["fix_id"],
            status=FixStatus(row["fix_status"]),
            applied_at=row["applied_at"],
            has_script=row["has_script"],
            has_template=row["has_template"],
        )
    return SessionSnapshot(
        seq=session.last_seq,
        status=session.status,
        state_version=session.state_version,
        engineer_id=session.engineer_id,
        last_activity_at=session.last_activity_at,
        closed_at=session.closed_at,
        ticket_ref=session.psa_ticket_id,
        active_fix=fix,
        messages_since_apply=row["messages_since_apply"] or 0,
        queued=list(row["queued"]),
        failed=list(row["failed"]),
        running_writeback=row["writeback"],
        writeback_logs_time=row["writeback"] is not None and row["logs_time"],
        digest_due=session.digest_due,
    )
