"""The resolution note: preview, and Confirm & post."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import IdempotencyKey, ServicesDep, Worker
from api.problems import ApiProblem, documented
from api.schemas.sessions import PostNoteAnswer, PostNoteBody, PreviewAnswer
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands
from api.session_reads import require_session
from domain.psa import PsaError, TicketDetail
from domain.target_status import choose_status
from domain.vocabulary import ArtifactKind, SessionStatus, WritebackState
from infra.database.models import (
    Artifact,
    PsaConnection,
    Session,
    TicketSnapshot,
    Writeback,
)
from infra.database.resources import writeback_resource
from infra.database.rows import read_closing_settings
from workflows.troubleshooting_session.messages import (
    PreviewReady,
    PreviewRequest,
    ResolveSession,
    WritebackAnswer,
)

router = APIRouter(prefix="/ai-sessions/{session_id}", tags=["artifacts"])

PREVIEW_WITHIN = 100.0
RESOLVE_WITHIN = 30.0


@router.post(
    "/resolution-note/preview",
    operation_id="previewResolutionNote",
    summary="The resolution note of the present state",
    responses=documented(401, 403, 404, 422, 503),
)
async def preview_resolution_note(
    session_id: UUID,
    services: ServicesDep,
    identity: Worker,
    force: Annotated[bool, Query(description="Write it anew although one is stored.")] = False,
) -> PreviewAnswer:
    """Written once for each state of the session; the same state gives the same text from the cache."""
    kind = ArtifactKind.RESOLUTION_NOTE
    async with services.database.tenant(identity.account_id) as db:
        session = await require_session(db, session_id)
        confirmed = await _confirmed_note(db, session, kind)
        if confirmed is not None:
            return PreviewAnswer(
                markdown=confirmed.markdown,
                target_ticket_ref=confirmed.ticket_id,
                target_status=confirmed.observed_status_name,
                state_version=session.state_version,
                from_cache=True,
                generated_by=None,
                confirmed=True,
            )
        cached = None if force else await _artifact(db, session_id, kind, session.state_version)
    if cached is None:
        ready = await services.gateway.send(
            "preview",
            PreviewRequest(account_id=identity.account_id, session_id=session_id, kind=kind, force=force),
            PreviewReady,
            account_id=identity.account_id,
            session_id=session_id,
            engineer_id=identity.user_id,
            update_id=f"preview/{uuid4()}",
            answer_within=PREVIEW_WITHIN,
        )
        async with services.database.tenant(identity.account_id) as db:
            artifact = await _artifact(db, session_id, kind, ready.state_version)
        from_cache = ready.from_cache
    else:
        artifact, from_cache = cached, True
    if artifact is None:
        raise RuntimeError("a preview that is ready is stored")
    return PreviewAnswer(
        markdown=artifact.markdown,
        target_ticket_ref=session.psa_ticket_id,
        target_status=await _target_status(services, identity, session, kind),
        state_version=artifact.state_version,
        from_cache=from_cache,
        generated_by=artifact.generated_by,
    )


async def _confirmed_note(db: AsyncSession, session: Session, kind: ArtifactKind) -> Writeback | None:
    """The note that closed a resolved session; nothing that happens later changes what was posted."""
    if session.status is not SessionStatus.RESOLVED:
        return None
    found = await db.execute(
        select(Writeback)
        .where(
            Writeback.session_id == session.id, Writeback.kind == kind, Writeback.state == WritebackState.DONE
        )
        .order_by(Writeback.number.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def _artifact(db: AsyncSession, session_id: UUID, kind: ArtifactKind, version: int) -> Artifact | None:
    found = await db.execute(
        select(Artifact).where(
            Artifact.session_id == session_id, Artifact.kind == kind, Artifact.state_version == version
        )
    )
    return found.scalar_one_or_none()


async def _target_status(
    services: Services, identity: Identity, session: Session, kind: ArtifactKind
) -> str | None:
    """Name of the status the ticket would move to. A PSA that is away costs only this name."""
    if session.psa_ticket_id is None or session.psa_connection_id is None:
        return None
    async with services.database.tenant(identity.account_id) as db:
        snapshot = await db.get(TicketSnapshot, (session.psa_connection_id, session.psa_ticket_id))
        connection = await db.get(PsaConnection, session.psa_connection_id)
        settings = await read_closing_settings(db)
    if snapshot is None or connection is None or not connection.is_active:
        return None
    ticket = TicketDetail.model_validate(snapshot.document)
    if ticket.board_id is None:
        return None
    try:
        statuses = await (await services.psa.provider(connection)).statuses(ticket.board_id)
    except PsaError:
        return None
    candidates = settings.target_statuses().candidates(ticket.board_id, kind)
    target = choose_status(ticket.board or "", statuses, candidates)
    return target.status.name if target.status else None


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
    if not body.markdown.strip():
        raise ApiProblem(422, "note_empty", "The note is empty.")
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.stored_answer("resolve", body)
    if stored is not None:
        return await _answer(services, identity, session_id, stored.result["number"])
    command = commands.command(
        ResolveSession,
        "resolve",
        body,
        markdown=body.markdown.strip(),
        resolution_summary=body.resolution_summary,
        status_id=body.status_id,
    )
    answer = await commands.send("resolve", command, WritebackAnswer, answer_within=RESOLVE_WITHIN)
    commands.check_hash(answer.request_hash, command.request_hash)
    return await _answer(services, identity, session_id, answer.writeback_number)


async def _answer(
    services: Services, identity: Identity, session_id: UUID, number: int | None
) -> PostNoteAnswer:
    """How the writeback stands, as the answer to the Confirm that began it."""
    async with services.database.tenant(identity.account_id) as db:
        session = await require_session(db, session_id)
        query = select(Writeback).where(Writeback.session_id == session_id)
        if number is not None:
            query = query.where(Writeback.number == number)
        row = (await db.execute(query.order_by(Writeback.number.desc()).limit(1))).scalar_one()
    if row.state is WritebackState.FAILED:
        raise ApiProblem(
            502,
            "psa_post_failed",
            row.error_detail or "The ticketing system refused the note.",
            extra={"psa_code": row.error_code, "step": row.step.value},
        )
    if row.state is WritebackState.UNVERIFIED:
        raise ApiProblem(
            502,
            "psa_status_unverified",
            row.error_detail or "The ticket does not show the change.",
            extra={"expected": row.expected_status_name, "observed": row.observed_status_name},
        )
    if row.ticket_id is None:
        return PostNoteAnswer(outcome="resolved_local", session_status=session.status)
    return PostNoteAnswer(
        outcome="pending" if row.state is WritebackState.RUNNING else "resolved",
        session_status=session.status,
        external_id=row.note_id,
        posted_at=row.posted_at.isoformat() if row.posted_at else None,
        verified_status_id=row.observed_status_id,
        verified_status_name=row.observed_status_name,
        status_transition_skipped_reason=row.status_transition_skipped_reason,
        writeback=writeback_resource(row),
    )
