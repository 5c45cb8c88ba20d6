"""Inviting people to the account, for its administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from api.audit_trail import Audit
from api.dependencies import Administrator, ServicesDep
from api.invitations import invite_link, make_invite, pending
from api.problems import ApiProblem, documented, not_found
from api.schemas.registration import InviteBody, InviteRow, InvitesAnswer, NewInvite
from domain.audit import AuditAction, AuditTarget
from infra.database.models import Invite, User

router = APIRouter(prefix="/accounts/me/invites", tags=["members"])


@router.get("", operation_id="listInvites", summary="Invitations", responses=documented(401, 403, 503))
async def list_invites(services: ServicesDep, identity: Administrator) -> InvitesAnswer:
    """Those that can still be accepted, the newest first."""
    async with services.database.admin() as db:
        rows = await db.execute(
            select(Invite, User.name)
            .outerjoin(User, User.id == Invite.invited_by)
            .where(Invite.account_id == identity.account_id, pending())
            .order_by(Invite.created_at.desc(), Invite.id)
        )
        return InvitesAnswer(items=[_row(invite, name) for invite, name in rows.all()])


@router.post(
    "",
    operation_id="createInvite",
    summary="Invite somebody",
    status_code=201,
    responses=documented(400, 401, 403, 409, 413, 422, 503),
)
async def create_invite(
    body: InviteBody, services: ServicesDep, identity: Administrator, audit: Audit
) -> NewInvite:
    """A link for one person and one role, good for seven days. An older link for the same address ends."""
    if services.settings.registration == "closed":
        raise ApiProblem(409, "registration_closed", "Nobody can register on this server.")
    try:
        async with services.database.admin() as db:
            inviter = await db.get_one(User, identity.user_id)
            member = select(User.id).where(
                User.account_id == identity.account_id, func.lower(User.email) == body.email.lower()
            )
            if (await db.execute(member)).first() is not None:
                raise ApiProblem(409, "member_exists", "Somebody with this address is a member already.")
            invite, token = await make_invite(
                db, identity.account_id, body.email, body.role, identity.user_id
            )
            await audit.record(
                db,
                AuditAction.MEMBER_INVITED,
                AuditTarget.INVITE,
                invite.id,
                after={"email": body.email, "role": body.role},
            )
    except IntegrityError as error:
        raise ApiProblem(
            409, "invited_meanwhile", "Somebody else has invited this address at the same moment."
        ) from error
    row = _row(invite, inviter.name)
    return NewInvite(link=invite_link(services.settings.public_url, token), **row.model_dump())


@router.delete(
    "/{invite_id}",
    operation_id="revokeInvite",
    summary="Withdraw an invitation",
    status_code=204,
    responses=documented(401, 403, 404, 422, 503),
)
async def revoke_invite(
    invite_id: UUID, services: ServicesDep, identity: Administrator, audit: Audit
) -> None:
    """Its link lets nobody in any more."""
    async with services.database.admin() as db:
        found = await db.execute(
            select(Invite)
            .where(Invite.id == invite_id, Invite.account_id == identity.account_id, pending())
            .with_for_update()
        )
        invite = found.scalar_one_or_none()
        if invite is None:
            raise not_found("invitation", "invite_not_found")
        invite.revoked_at = datetime.now(UTC)
        await audit.record(
            db,
            AuditAction.INVITE_REVOKED,
            AuditTarget.INVITE,
            invite.id,
            before={"email": invite.email, "role": invite.role},
        )


def _row(invite: Invite, invited_by: str | None) -> InviteRow:
    return InviteRow(
        id=invite.id,
        email=invite.email,
        role=invite.role,
        invited_by=invited_by,
        created_at=invite.created_at,
        expires_at=invite.expires_at,
    )
