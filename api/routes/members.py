"""The people of the account, for its administrators: who they are, shutting them out and letting them in again."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit_trail import Audit
from api.dependencies import Administrator, ServicesDep
from api.login_sessions import end_login_sessions, list_login_sessions
from api.problems import ApiProblem, documented, not_found
from api.schemas.login_sessions import (
    EndedAnswer,
    LoginSessionsAnswer,
    MemberBody,
    MemberRow,
    MembersAnswer,
)
from api.security.tokens import Identity
from api.two_factor import remove_second_factor
from domain.audit import AuditAction, AuditTarget
from domain.vocabulary import AccountRole
from infra.database.models import LoginSession, TwoFactor, User

router = APIRouter(prefix="/accounts/me/members", tags=["members"])

_HAS_TWO_FACTOR = exists().where(TwoFactor.user_id == User.id, TwoFactor.confirmed_at.is_not(None))


@router.get("", operation_id="listMembers", summary="Members", responses=documented(401, 403, 503))
async def list_members(services: ServicesDep, identity: Administrator) -> MembersAnswer:
    """Everyone of the account, by name; also those who are shut out."""
    async with services.database.admin() as db:
        rows = await db.execute(
            select(User, _HAS_TWO_FACTOR)
            .where(User.account_id == identity.account_id)
            .order_by(User.name, User.id)
        )
        return MembersAnswer(items=[_row(user, has) for user, has in rows.all()])


@router.patch(
    "/{user_id}",
    operation_id="changeMember",
    summary="Shut a member out, or let them in again",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def change_member(
    user_id: UUID, body: MemberBody, services: ServicesDep, identity: Administrator, audit: Audit
) -> MemberRow:
    """A member who is shut out is signed out everywhere within a minute. What they did stays."""
    async with services.database.admin() as db:
        user = await _require_member(db, identity, user_id)
        if not body.is_active and user.id == identity.user_id:
            raise ApiProblem(409, "member_is_you", "You cannot shut yourself out.")
        if not body.is_active and user.role is AccountRole.OWNER:
            raise ApiProblem(409, "member_is_owner", "The owner of the account cannot be shut out.")
        before, user.is_active = user.is_active, body.is_active
        if not body.is_active:
            await end_login_sessions(db, LoginSession.user_id == user.id)
        await audit.record(
            db,
            AuditAction.MEMBER_ENABLED if body.is_active else AuditAction.MEMBER_DISABLED,
            AuditTarget.USER,
            user.id,
            before={"is_active": before},
            after={"is_active": user.is_active},
        )
        has_two_factor = (await db.execute(select(_HAS_TWO_FACTOR).where(User.id == user.id))).scalar_one()
    services.standing.forget()
    return _row(user, has_two_factor)


@router.get(
    "/{user_id}/sessions",
    operation_id="listMemberLoginSessions",
    summary="Where a member is signed in",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_member_login_sessions(
    user_id: UUID, services: ServicesDep, identity: Administrator
) -> LoginSessionsAnswer:
    """A member's sign-ins that still count."""
    async with services.database.admin() as db:
        user = await _require_member(db, identity, user_id)
        return LoginSessionsAnswer(items=await list_login_sessions(db, user.id, identity.login_session_id))


@router.delete(
    "/{user_id}/sessions",
    operation_id="endMemberLoginSessions",
    summary="Sign a member out everywhere",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def end_member_login_sessions(
    user_id: UUID, services: ServicesDep, identity: Administrator, audit: Audit
) -> EndedAnswer:
    """End all sign-ins of a member. They are out within a minute, and may sign in again."""
    async with services.database.admin() as db:
        user = await _require_member(db, identity, user_id)
        _not_above(identity, user)
        ended = await end_login_sessions(db, LoginSession.user_id == user.id)
        await audit.record(
            db,
            AuditAction.MEMBER_LOGIN_SESSIONS_ENDED,
            AuditTarget.USER,
            user.id,
            after={"ended": len(ended)},
        )
    services.standing.forget()
    return EndedAnswer(ended=len(ended))


@router.delete(
    "/{user_id}/two-factor",
    operation_id="removeMemberTwoFactor",
    summary="Take away a member's second factor",
    status_code=204,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def remove_member_two_factor(
    user_id: UUID, services: ServicesDep, identity: Administrator, audit: Audit
) -> None:
    """For a member who has lost device and recovery codes. They are signed out, and sign in with the password."""
    async with services.database.admin() as db:
        user = await _require_member(db, identity, user_id)
        _not_above(identity, user)
        if user.id == identity.user_id:
            raise ApiProblem(
                409, "member_is_you", "Switch off your own second factor with your password and a code."
            )
        if not await remove_second_factor(db, user.id):
            raise ApiProblem(409, "two_factor_off", "This member has no second factor.")
        await end_login_sessions(db, LoginSession.user_id == user.id)
        await audit.record(db, AuditAction.MEMBER_TWO_FACTOR_REMOVED, AuditTarget.USER, user.id)
    services.standing.forget()


async def _require_member(db: AsyncSession, identity: Identity, user_id: UUID) -> User:
    """Read as the owner of the schema, so the account is part of the question.

    Locked so that a new token of this user, which refers to the row, need not wait for it.
    """
    found = await db.execute(
        select(User)
        .where(User.id == user_id, User.account_id == identity.account_id)
        .with_for_update(key_share=True)
    )
    user = found.scalar_one_or_none()
    if user is None:
        raise not_found("member", "member_not_found")
    return user


def _not_above(identity: Identity, user: User) -> None:
    if user.role is AccountRole.OWNER and identity.role is not AccountRole.OWNER:
        raise ApiProblem(409, "member_is_owner", "Only the owner can do this to the owner's sign-in.")


def _row(user: User, has_two_factor: bool) -> MemberRow:
    return MemberRow(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        is_active=user.is_active,
        has_two_factor=has_two_factor,
    )
