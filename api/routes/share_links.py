"""Read-only links to a session: making, listing and revoking them, and what whoever has one sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Query, Response
from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit_trail import Audit
from api.cursors import CURSOR_LIMIT, decode_cursor, encode_cursor
from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.problems import ApiProblem, documented, not_found
from api.schemas.common import Page
from api.schemas.share_links import SharedSession, ShareLinkBody, ShareLinkMade, ShareLinkRow
from api.security.share_tokens import ShareTokens, share_token_hash
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands
from api.session_reads import require_session
from api.shared_view import read_shared
from domain.audit import AuditAction, AuditTarget
from infra.database.models import Session, ShareLink, User

router = APIRouter(tags=["share links"])

# A link made twice with one key must be one link: its id follows from account, user, session and key.
_LINK_IDS = UUID("0a1c2f0b-7f0e-4e5b-8f0d-5b8d6a9f3c21")

VIEW_NOTED_EVERY = timedelta(minutes=1)


@router.post(
    "/ai-sessions/{session_id}/share-links",
    operation_id="createShareLink",
    summary="Make a read-only link",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def create_share_link(
    session_id: UUID,
    services: ServicesDep,
    db: TenantDb,
    identity: Worker,
    audit: Audit,
    body: ShareLinkBody | None = None,
    key: IdempotencyKey = None,
) -> ShareLinkMade:
    """Make a link with which anyone can read the session, without secrets and internals, until it ends."""
    session = await require_session(db, session_id)
    lifetime = (body or ShareLinkBody()).lifetime
    tokens = ShareTokens(services.settings.secret_keys)
    link_id = _link_id(identity, session_id, key)
    token = tokens.new(link_id)
    now = datetime.now(UTC)
    made = await db.execute(
        insert(ShareLink)
        .values(
            id=link_id,
            # The session's account, whoever acts: a link never belongs to another one.
            account_id=session.account_id,
            session_id=session.id,
            token_hash=share_token_hash(token),
            created_by=identity.user_id,
            created_at=now,
            expires_at=now + lifetime,
        )
        .on_conflict_do_nothing(index_elements=[ShareLink.id])
        .returning(ShareLink.id)
    )
    if made.first() is not None:
        await audit.record(
            db,
            AuditAction.SHARE_LINK_MADE,
            AuditTarget.SHARE_LINK,
            link_id,
            after={"session_id": str(session.id), "expires_at": (now + lifetime).isoformat()},
        )
    row = await _require_link(db, session_id, link_id)
    SessionCommands.check_hash(str(row.expires_at - row.created_at), str(lifetime))
    told = tokens.again(link_id, row.token_hash)
    if told is None:
        raise ApiProblem(
            409,
            "share_link_key_retired",
            "This link was made under a key that has been retired since, so its address cannot be told again. "
            "Make a new link.",
        )
    return ShareLinkMade(id=row.id, url=_url(services, told), token=told, expires_at=row.expires_at)


@router.get(
    "/ai-sessions/{session_id}/share-links",
    operation_id="listShareLinks",
    summary="Read-only links of a session, latest first",
    responses=documented(401, 403, 404, 422, 503),
)
async def list_share_links(
    session_id: UUID,
    db: TenantDb,
    identity: Reader,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[ShareLinkRow]:
    """Every link that was made, also those that have ended or were revoked."""
    await require_session(db, session_id)
    query = (
        select(ShareLink, User.name)
        .join(User, User.id == ShareLink.created_by)
        .where(ShareLink.session_id == session_id)
    )
    if cursor is not None:
        query = query.where(tuple_(ShareLink.created_at, ShareLink.id) < tuple_(*decode_cursor(cursor)))
    rows = (
        await db.execute(query.order_by(ShareLink.created_at.desc(), ShareLink.id.desc()).limit(limit + 1))
    ).all()
    items = [_row(link, name) for link, name in rows[:limit]]
    return Page[ShareLinkRow](
        items=items,
        next_cursor=encode_cursor(items[-1].created_at, items[-1].id) if len(rows) > limit else None,
    )


@router.delete(
    "/ai-sessions/{session_id}/share-links/{link_id}",
    operation_id="revokeShareLink",
    summary="Revoke a read-only link",
    status_code=204,
    responses=documented(401, 403, 404, 422, 503),
)
async def revoke_share_link(
    session_id: UUID,
    link_id: UUID,
    db: TenantDb,
    identity: Worker,
    audit: Audit,
    key: IdempotencyKey = None,
) -> Response:
    """Let the link open nothing any more. Revoking it again, with whatever key, changes nothing."""
    await require_session(db, session_id)
    row = await _require_link(db, session_id, link_id)
    if row.revoked_at is None:
        row.revoked_at = datetime.now(UTC)
        await audit.record(
            db,
            AuditAction.SHARE_LINK_REVOKED,
            AuditTarget.SHARE_LINK,
            row.id,
            before={"session_id": str(session_id), "expires_at": row.expires_at.isoformat()},
        )
    return Response(status_code=204)


@router.get(
    "/shared/sessions/{token}",
    operation_id="readSharedSession",
    summary="A session by its read-only link",
    responses=documented(404, 422, 503),
)
async def read_shared_session(
    token: str,
    services: ServicesDep,
    before: Annotated[
        int | None, Query(ge=0, le=2**62, description="Number of the oldest message known.")
    ] = None,
) -> SharedSession:
    """What was said and found, for whoever has the link. Needs no sign-in."""
    account_id = await _account_of(services, token)
    if account_id is None:
        raise _gone()
    async with services.database.tenant(account_id) as db:
        found = await db.execute(
            select(ShareLink, Session)
            .join(Session, Session.id == ShareLink.session_id)
            .where(
                ShareLink.token_hash == share_token_hash(token),
                ShareLink.revoked_at.is_(None),
                ShareLink.expires_at > func.clock_timestamp(),
            )
        )
        row = found.one_or_none()
        if row is None:
            raise _gone()
        link, session = row
        await _note_view(db, link.id)
        return await read_shared(db, link, session, before=before)


async def _account_of(services: Services, token: str) -> UUID | None:
    """The one thing that is read without a tenant: whose link it is. Everything else is read as that account."""
    async with services.database.admin() as db:
        found = await db.execute(
            select(ShareLink.account_id).where(ShareLink.token_hash == share_token_hash(token))
        )
        return found.scalar_one_or_none()


async def _note_view(db: AsyncSession, link_id: UUID) -> None:
    """That it is used, not by whom and how often."""
    now = datetime.now(UTC)
    await db.execute(
        update(ShareLink)
        .where(
            ShareLink.id == link_id,
            or_(ShareLink.last_viewed_at.is_(None), ShareLink.last_viewed_at < now - VIEW_NOTED_EVERY),
        )
        .values(last_viewed_at=now)
    )


def _gone() -> ApiProblem:
    """One answer for a link that never was, has ended, or was revoked."""
    return ApiProblem(
        404,
        "share_link_gone",
        "This link shows nothing (any more): it has ended, was revoked, or is not complete. Ask for a new one.",
    )


async def _require_link(db: AsyncSession, session_id: UUID, link_id: UUID) -> ShareLink:
    found = await db.execute(
        select(ShareLink).where(ShareLink.id == link_id, ShareLink.session_id == session_id)
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise not_found("link", "share_link_not_found")
    return row


def _link_id(identity: Identity, session_id: UUID, key: str | None) -> UUID:
    if key is None:
        return uuid4()
    return uuid5(_LINK_IDS, f"{identity.account_id}/{identity.user_id}/{session_id}/{key}")


def _url(services: Services, token: str) -> str:
    return f"{services.settings.public_url}/shared/sessions/{token}"


def _row(link: ShareLink, created_by_name: str) -> ShareLinkRow:
    return ShareLinkRow(
        id=link.id,
        created_by=link.created_by,
        created_by_name=created_by_name,
        created_at=link.created_at,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        last_viewed_at=link.last_viewed_at,
    )
