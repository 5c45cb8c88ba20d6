"""How the pilot's turns went. Diagnostics hold no content, so whoever may read the session may read them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.cursors import CURSOR_LIMIT
from api.dependencies import Reader, TenantDb
from api.problems import documented
from api.schemas.turns import TurnPage
from api.session_reads import require_session
from api.turn_reads import list_turns

router = APIRouter(prefix="/ai-sessions/{session_id}", tags=["conversation"])


@router.get(
    "/turns",
    operation_id="listTurns",
    summary="How the pilot's turns went, newest first",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_turns(
    session_id: UUID,
    db: TenantDb,
    identity: Reader,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TurnPage:
    """Provider, model, stop reason, what was dropped and why, flows found, tokens and errors of each turn."""
    await require_session(db, session_id)
    return await list_turns(db, session_id, cursor=cursor, limit=limit)
