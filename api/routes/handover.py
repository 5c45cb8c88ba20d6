"""Handing a session over: who waits to be picked up, and picking up."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.cursors import CURSOR_LIMIT
from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.handover_reads import list_escalations
from api.problems import documented
from api.schemas.common import Page
from api.schemas.handover import EscalatedSession, PickUpAnswer
from api.session_commands import SessionCommands
from workflows.troubleshooting_session.messages import PickUpSession

router = APIRouter(prefix="/ai-sessions", tags=["handover"])


@router.get(
    "/queue/escalations",
    operation_id="listEscalations",
    summary="Escalated sessions to pick up",
    responses=documented(401, 403, 422, 503),
)
async def get_escalations(
    db: TenantDb,
    identity: Reader,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[EscalatedSession]:
    """Escalated sessions of the team, the one that waits longest first."""
    return await list_escalations(db, cursor=cursor, limit=limit)


@router.post(
    "/{session_id}/pick-up",
    operation_id="pickUpSession",
    summary="Take over an escalated session",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def pick_up(
    session_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> PickUpAnswer:
    """Become the engineer of an escalated session; who started it stays who it was."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run("pick_up", PickUpSession, "pick_up", None)
    return PickUpAnswer.model_validate(stored.result)
