"""Previews of notes, packages and updates: from the cache, else generated once by the session's workflow."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.rate_limiting import take_turn
from api.schemas.artifacts import PreviewAnswer
from api.security.tokens import Identity
from api.services import Services
from api.tickets import board_statuses, session_board
from domain.closing_settings import ClosingSettings
from domain.psa import PsaError
from domain.target_status import choose_status
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind, SessionStatus, WritebackState
from infra.database.models import Artifact, Session, Writeback
from infra.database.rows import read_closing_settings
from workflows.troubleshooting_session.messages import PreviewReady, PreviewRequest

PREVIEW_WITHIN = 100.0

_CONFIRMED_IN: dict[ArtifactKind, SessionStatus] = {
    ArtifactKind.RESOLUTION_NOTE: SessionStatus.RESOLVED,
    ArtifactKind.ESCALATION_PACKAGE: SessionStatus.ESCALATED,
}


async def read_preview(
    services: Services, identity: Identity, session: Session, kind: ArtifactKind, *, force: bool
) -> PreviewAnswer:
    """The artifact of the present state; what was confirmed, where the session stands at that."""
    async with services.database.tenant(identity.account_id) as db:
        confirmed = await _confirmed(db, session, kind)
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
        settings = await read_closing_settings(db)
        artifact = await _artifact(db, session.id, kind, session.state_version)
    if force or artifact is None or artifact.lists_checks != settings.lists_checks(kind):
        # What is stored costs nothing; what is written anew costs as much as a turn, and passes other accounts' turns.
        await take_turn(services, identity)
        artifact, from_cache = await _generate(services, identity, session.id, kind, force)
    else:
        from_cache = True
    posted = settings.auto_post_on_close or kind not in ENDING_ARTIFACTS
    return PreviewAnswer(
        markdown=artifact.markdown,
        target_ticket_ref=session.psa_ticket_id if posted else None,
        target_status=await _target_status(services, identity, session, kind, settings) if posted else None,
        state_version=artifact.state_version,
        from_cache=from_cache,
        generated_by=artifact.generated_by,
    )


async def _generate(
    services: Services, identity: Identity, session_id: UUID, kind: ArtifactKind, force: bool
) -> tuple[Artifact, bool]:
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
    if artifact is None:
        raise RuntimeError("a preview that is ready is stored")
    return artifact, ready.from_cache


async def _confirmed(db: AsyncSession, session: Session, kind: ArtifactKind) -> Writeback | None:
    """What ended the work on a session; nothing that happens later changes what was posted."""
    if session.status is not _CONFIRMED_IN.get(kind):
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
    services: Services, identity: Identity, session: Session, kind: ArtifactKind, settings: ClosingSettings
) -> str | None:
    """Name of the status the ticket would move to. A PSA that is away costs only this name."""
    async with services.database.tenant(identity.account_id) as db:
        board = await session_board(db, session)
    candidates = settings.target_statuses().candidates(board.board_id, kind) if board else []
    if board is None or not candidates:
        return None
    try:
        statuses = await board_statuses(services, board)
    except PsaError:
        return None
    target = choose_status(board.board, statuses, candidates)
    return target.status.name if target.status else None
