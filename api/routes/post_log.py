"""The log of everything written to tickets."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.cursors import CURSOR_LIMIT
from api.dependencies import Reader, TenantDb
from api.post_log_reads import PostLogFilter, read_post_log
from api.problems import ApiProblem, documented
from api.schemas.common import Page
from api.schemas.post_log import PostLogEntry
from api.session_reads import require_session
from domain.vocabulary import PostLogKind, WritebackState

router = APIRouter(tags=["post log"])

Cursor = Annotated[str | None, Query(max_length=CURSOR_LIMIT)]
Limit = Annotated[int, Query(ge=1, le=200)]
Kind = Annotated[PostLogKind | None, Query(description="Only entries of this kind.")]
State = Annotated[WritebackState | None, Query(description="Only entries that stand like this.")]


@router.get(
    "/integrations/psa/post-log",
    operation_id="listPostLog",
    summary="Everything written to tickets, newest first",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_post_log(
    db: TenantDb,
    identity: Reader,
    session_id: UUID | None = None,
    psa_ticket_id: Annotated[str | None, Query(max_length=100)] = None,
    kind: Kind = None,
    state: State = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PostLogEntry]:
    """Notes, packages, updates and second tickets of the account, with their time entries and status changes."""
    if psa_ticket_id is not None and "\x00" in psa_ticket_id:
        raise ApiProblem(422, "validation_failed", "The ticket number contains a NUL character.")
    if session_id is not None:
        await require_session(db, session_id)
    wanted = PostLogFilter(session_id=session_id, psa_ticket_id=psa_ticket_id, kind=kind, state=state)
    return await read_post_log(db, wanted, cursor=cursor, limit=limit)


@router.get(
    "/ai-sessions/{session_id}/post-log",
    operation_id="listSessionPostLog",
    summary="What a session wrote to tickets, newest first",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_session_post_log(
    session_id: UUID,
    db: TenantDb,
    identity: Reader,
    kind: Kind = None,
    state: State = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PostLogEntry]:
    """The log of one session."""
    await require_session(db, session_id)
    wanted = PostLogFilter(session_id=session_id, kind=kind, state=state)
    return await read_post_log(db, wanted, cursor=cursor, limit=limit)
