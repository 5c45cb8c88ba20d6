"""The audit log, for the administrators of the account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select, tuple_

from api.cursors import CURSOR_LIMIT, decode_cursor, encode_cursor
from api.dependencies import Administrator, TenantDb
from api.problems import documented
from api.schemas.common import Page
from api.schemas.login_sessions import AuditRow
from infra.database.models import AuditEntry, User

router = APIRouter(prefix="/accounts/me/audit-log", tags=["members"])


@router.get(
    "", operation_id="listAuditLog", summary="The audit log", responses=documented(401, 403, 422, 503)
)
async def list_audit_log(
    db: TenantDb,
    identity: Administrator,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[AuditRow]:
    """Administrative changes and writes to ticketing systems, the latest first."""
    query = select(AuditEntry, User.name).outerjoin(User, User.id == AuditEntry.actor_id)
    if cursor is not None:
        query = query.where(tuple_(AuditEntry.created_at, AuditEntry.id) < tuple_(*decode_cursor(cursor)))
    rows = (
        await db.execute(query.order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc()).limit(limit + 1))
    ).all()
    items = [_row(entry, name) for entry, name in rows[:limit]]
    return Page[AuditRow](
        items=items,
        next_cursor=encode_cursor(items[-1].created_at, items[-1].id) if len(rows) > limit else None,
    )


def _row(entry: AuditEntry, actor_name: str | None) -> AuditRow:
    return AuditRow(
        id=entry.id,
        actor_id=entry.actor_id,
        actor_name=actor_name,
        action=entry.action,
        target_type=entry.target_type,
        target_id=entry.target_id,
        before=entry.before,
        after=entry.after,
        request_id=entry.request_id,
        address=entry.address,
        created_at=entry.created_at,
    )
