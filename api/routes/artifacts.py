"""The notes that end a session: their previews, Confirm & post, and the rest of a posting that went wrong."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.artifact_previews import read_preview
from api.dependencies import IdempotencyKey, ServicesDep, Worker
from api.problems import documented
from api.schemas.artifacts import PostNoteAnswer, PostNoteBody, PostPackageBody, PreviewAnswer
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands
from api.session_reads import require_session
from api.writeback_answers import confirm, confirmed_text
from domain.vocabulary import ArtifactKind
from workflows.troubleshooting_session.messages import EscalateSession, ResolveSession, RetryWriteback

router = APIRouter(prefix="/ai-sessions/{session_id}", tags=["artifacts"])

Force = Annotated[bool, Query(description="Write it anew although one is stored.")]


async def _preview(
    services: Services, identity: Identity, session_id: UUID, kind: ArtifactKind, force: bool
) -> PreviewAnswer:
    async with services.database.tenant(identity.account_id) as db:
        session = await require_session(db, session_id)
    return await read_preview(services, identity, session, kind, force=force)


@router.post(
    "/resolution-note/preview",
    operation_id="previewResolutionNote",
    summary="The resolution note of the present state",
    responses=documented(401, 403, 404, 422, 429, 503),
)
async def preview_resolution_note(
    session_id: UUID, services: ServicesDep, identity: Worker, force: Force = False
) -> PreviewAnswer:
    """Written once for each state of the session; the same state gives the same text from the cache."""
    return await _preview(services, identity, session_id, ArtifactKind.RESOLUTION_NOTE, force)


@router.post(
    "/escalation-package/preview",
    operation_id="previewEscalationPackage",
    summary="The escalation package of the present state",
    responses=documented(401, 403, 404, 422, 429, 503),
)
async def preview_escalation_package(
    session_id: UUID, services: ServicesDep, identity: Worker, force: Force = False
) -> PreviewAnswer:
    """Written once for each state of the session; of an escalated session it is what was confirmed."""
    return await _preview(services, identity, session_id, ArtifactKind.ESCALATION_PACKAGE, force)


@router.post(
    "/resolution-note/post",
    operation_id="postResolutionNote",
    summary="Confirm & post: resolve the session",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 502, 503),
)
async def post_resolution_note(
    session_id: UUID, body: PostNoteBody, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> PostNoteAnswer:
    """Put the note on the ticket once, move its status, re-read it to verify, and resolve the session."""
    return await confirm(
        services,
        identity,
        SessionCommands(services, identity, session_id, key),
        "resolve",
        ResolveSession,
        body,
        **body.model_dump(exclude={"markdown"}),
        markdown=confirmed_text(body.markdown),
    )


@router.post(
    "/escalation-package/post",
    operation_id="postEscalationPackage",
    summary="Confirm & post: escalate the session",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 502, 503),
)
async def post_escalation_package(
    session_id: UUID,
    body: PostPackageBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> PostNoteAnswer:
    """Put the package on the ticket once, move its status, verify, and hand the session to the escalation queue.

    409 `fix_outcome_required` while a fix that was run is not answered for.
    """
    return await confirm(
        services,
        identity,
        SessionCommands(services, identity, session_id, key),
        "escalate",
        EscalateSession,
        body,
        **body.model_dump(exclude={"markdown"}),
        markdown=confirmed_text(body.markdown),
    )


@router.post(
    "/writeback/retry",
    operation_id="retryWriteback",
    summary="Post what is left of the last attempt",
    responses=documented(401, 403, 404, 409, 422, 502, 503),
)
async def retry_writeback(
    session_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> PostNoteAnswer:
    """Go on with a posting that failed or was not verified: what is on the ticket already is not posted again."""
    commands = SessionCommands(services, identity, session_id, key)
    return await confirm(services, identity, commands, "retry_writeback", RetryWriteback, None)
