"""The task lane: opening a question or a check again. Answers to items are in `conversation`."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import IdempotencyKey, ServicesDep, Worker
from api.problems import documented
from api.session_commands import SessionCommands
from domain.resources import LaneItemResource
from workflows.troubleshooting_session.messages import ReopenItem

router = APIRouter(prefix="/ai-sessions/{session_id}/items", tags=["lane"])


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
