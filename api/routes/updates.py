"""Interim updates on the ticket of a session that goes on."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.artifact_previews import read_preview
from api.dependencies import IdempotencyKey, ServicesDep, Worker
from api.problems import ApiProblem, documented
from api.schemas.artifacts import PostNoteAnswer, PreviewAnswer, UpdateBody
from api.session_commands import SessionCommands
from api.session_reads import require_session
from api.writeback_answers import confirm, confirmed_text
from domain.vocabulary import UPDATE_KINDS
from workflows.troubleshooting_session.messages import ShareUpdate

router = APIRouter(prefix="/ai-sessions/{session_id}/updates", tags=["artifacts"])


@router.post(
    "",
    operation_id="shareUpdate",
    summary="Share an update on the ticket, or draft it",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503),
)
async def share_update(
    session_id: UUID,
    body: UpdateBody,
    services: ServicesDep,
    identity: Worker,
    preview: Annotated[
        bool, Query(description="Draft it from the present state; nothing is posted.")
    ] = False,
    force: Annotated[bool, Query(description="Draft it anew although a draft is stored.")] = False,
    key: IdempotencyKey = None,
) -> PreviewAnswer | PostNoteAnswer:
    """Put the update on the ticket once and verify it. It stands where its audience says; the session goes on."""
    if preview:
        async with services.database.tenant(identity.account_id) as db:
            session = await require_session(db, session_id)
        if session.psa_ticket_id is None:
            raise ApiProblem(
                409, "no_ticket", "The session has no ticket to put an update on. Link a ticket first."
            )
        return await read_preview(services, identity, session, UPDATE_KINDS[body.audience], force=force)
    return await confirm(
        services,
        identity,
        SessionCommands(services, identity, session_id, key),
        "share_update",
        ShareUpdate,
        body,
        markdown=confirmed_text(body.markdown),
        audience=body.audience,
        status_id=body.status_id,
    )
