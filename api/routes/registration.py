"""Becoming a user: with an invitation, or, where the deployment allows it, with an account of one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from fastapi import APIRouter, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import ServicesDep
from api.invitations import require_invite
from api.problems import ApiProblem, documented
from api.rate_limiting import take
from api.request_origin import Origin, OwnPage, RequestOrigin
from api.schemas.auth import TokenAnswer
from api.schemas.registration import InviteLookUpAnswer, InviteLookUpBody, RegistrationBody
from api.services import Services
from api.sign_in import sign_in
from domain.audit import AuditAction, AuditTarget
from domain.vocabulary import AccountRole
from infra.database.audit import write_audit_entry
from infra.database.models import Account, Invite, User
from infra.founding import found_account
from infra.passwords import hash_password
from infra.rate_limits import Allowance, Rate

router = APIRouter(prefix="/auth", tags=["auth"])

_ADDRESS_TAKEN = "uq_users_email_lower"


@router.post(
    "/register",
    operation_id="register",
    summary="Register",
    status_code=201,
    responses=documented(400, 403, 404, 409, 413, 422, 429, 503),
    dependencies=[OwnPage],
)
async def register(
    body: RegistrationBody, response: Response, services: ServicesDep, origin: Origin
) -> TokenAnswer:
    """Make a user and sign them in: access token and refresh cookie, as after a login."""
    await _take(services, origin)
    _require_open_door(services, invited=body.invite is not None)
    password_hash = await hash_password(body.password.get_secret_value())
    try:
        async with services.database.admin() as db:
            if body.invite is not None:
                invite = await require_invite(db, body.invite)
                user = await _join(db, invite, body, password_hash, origin)
            else:
                user = await _found(db, body, password_hash, origin)
    except IntegrityError as error:
        if _ADDRESS_TAKEN not in str(error.orig):
            raise
        raise ApiProblem(
            409, "email_taken", "There is a user with this e-mail address. Log in, or use another address."
        ) from error
    return await sign_in(services, response, origin, user, None)


@router.post(
    "/invite",
    operation_id="lookUpInvite",
    summary="What an invitation is for",
    responses=documented(400, 403, 404, 413, 422, 429, 503),
    dependencies=[OwnPage],
)
async def look_up_invite(body: InviteLookUpBody, services: ServicesDep, origin: Origin) -> InviteLookUpAnswer:
    """For the page that its link opens. The token is sent in the body, so that no log of addresses has it."""
    await _take(services, origin)
    _require_open_door(services, invited=True)
    async with services.database.admin() as db:
        invite = await require_invite(db, body.invite)
        account = await db.get_one(Account, invite.account_id)
        return InviteLookUpAnswer(account_name=account.name, email=invite.email, role=invite.role)


async def _take(services: Services, origin: RequestOrigin) -> None:
    rate = Rate.parse(services.settings.limit_registrations)
    allowance = Allowance("registration", origin.network, rate)
    await take(services, allowance, "There were too many attempts to register from here.")


def _require_open_door(services: Services, *, invited: bool) -> None:
    match services.settings.registration:
        case "closed":
            raise ApiProblem(403, "registration_closed", "Nobody can register on this server.")
        case "invite" if not invited:
            raise ApiProblem(
                403, "invite_required", "Ask an administrator of your team for a link to register with."
            )


async def _join(
    db: AsyncSession, invite: Invite, body: RegistrationBody, password_hash: str, origin: RequestOrigin
) -> User:
    """The invited person, in the account and the role of the invitation."""
    if body.email is not None and body.email.lower() != invite.email.lower():
        raise ApiProblem(403, "invite_for_another_address", f"This invitation is for {invite.email}.")
    user = User(
        id=uuid4(),
        account_id=invite.account_id,
        email=invite.email,
        name=body.name,
        password_hash=password_hash,
        role=AccountRole(invite.role),
    )
    db.add(user)
    invite.accepted_at = datetime.now(UTC)
    await db.flush()
    await _log(db, user, AuditAction.MEMBER_JOINED, (AuditTarget.USER, user.id), origin)
    return user


async def _found(db: AsyncSession, body: RegistrationBody, password_hash: str, origin: RequestOrigin) -> User:
    """The owner of a new account."""
    if body.email is None or body.account_name is None:
        raise ApiProblem(
            422, "account_name_missing", "Name your e-mail address and your company to make an account."
        )
    user = await found_account(
        db,
        account_name=body.account_name,
        email=body.email,
        name=body.name,
        password_hash=password_hash,
    )
    await _log(db, user, AuditAction.ACCOUNT_CREATED, (AuditTarget.ACCOUNT, user.account_id), origin)
    return user


async def _log(
    db: AsyncSession,
    user: User,
    action: AuditAction,
    target: tuple[AuditTarget, object],
    origin: RequestOrigin,
) -> None:
    await write_audit_entry(
        db,
        user.account_id,
        action,
        target,
        actor_id=user.id,
        after={"role": user.role},
        request_id=origin.request_id,
        address=origin.address,
    )
