"""Reading the decision state of a session: what its workflow keeps in memory."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.vocabulary import FixStatus
from infra.database.models import Session
from workflows.troubleshooting_session.messages import ActiveFix, SessionSnapshot

# One round trip: the notification rides along, because every step that changes something ends with a snapshot.
_READ = text(
    """
    SELECT CASE WHEN CAST(:notice AS text) IS NOT NULL THEN pg_notify(:channel, :notice) END,
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
)


async def read_snapshot(
    db: AsyncSession, session: Session, *, channel: str, notice: str | None
) -> SessionSnapshot:
    """The snapshot as of this transaction; `notice`, if there is one, is sent to `channel` when it commits."""
    row = (
        (await db.execute(_READ, {"session_id": session.id, "channel": channel, "notice": notice}))
        .mappings()
        .one()
    )
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
