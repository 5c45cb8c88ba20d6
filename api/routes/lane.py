"""The task lane: opening a question or a check again. Answers to items are in `conversation`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.cursors import CURSOR_LIMIT
from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.problems import documented
from api.schemas.common import Page
from api.session_commands import SessionCommands
from api.session_detail import list_closed_items
from api.session_reads import require_session
from domain.resources import LaneItemResource
from workflows.troubleshooting_session.messages import ReopenItem

router = APIRouter(prefix="/ai-sessions/{session_id}/items", tags=["lane"])


@router.get(
    "",
    operation_id="listClosedItems",
    summary="Items that are no longer open",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_closed_items(
    session_id: UUID,
    db: TenantDb,
    identity: Reader,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[LaneItemResource]:
    """Questions and checks that were answered, skipped or set aside, the latest first."""
    await require_session(db, session_id)
    return await list_closed_items(db, session_id, cursor=cursor, limit=limit)


@router.post(
    "/{item_id}/reopen",
    operation_id="reopenItem",
    summary="Open a question or check again",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def reopen_item(
    session_id: UUID, item_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> LaneItemResource:
    """An item that was set aside, skipped or answered is open again, with its id; an open one stays as it is.

    An answer that was given stays with the item, to be corrected. The pilot is not asked by this: it sees the item
    as open with the next message.
    """
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run("reopen_item", ReopenItem, f"reopen_item/{item_id}", None, item_id=item_id)
    return LaneItemResource.model_validate(stored.result)
