"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.codec_cors import CODEC_COOKIE, CODEC_PATH
from api.dependencies import IdentityDep, ServicesDep
from api.login_sessions import add_refresh_token, end_login_sessions
from api.problems import ApiProblem, documented
from api.rate_limiting import Guess, guess, take
from api.request_origin import Origin, OwnPage
from api.schemas.auth import AccountSummary, LoginBody, MeAnswer, TokenAnswer
from api.security.tokens import token_hash
from api.services import Services
from api.sign_in import REFRESH_COOKIE, clear_cookie, sign_in, token_answer, wrong_code
from api.two_factor import Proof, SecondFactor, prove, read_second_factor
from domain.permissions import Permission, may
from infra.database.models import Account, LoginSession, RefreshToken, User
from infra.passwords import password_matches
from infra.rate_limits import Allowance, Rate

router = APIRouter(prefix="/auth", tags=["auth"])

REUSE_TOLERANCE = timedelta(seconds=10)
"""Two tabs may refresh at the same moment: the second is not a thief."""

RefreshCookie = Annotated[str | None, Cookie(alias=REFRESH_COOKIE)]


@router.post(
    "/login",
    operation_id="login",
    summary="Sign in",
    responses=documented(400, 401, 403, 413, 422, 429, 503),
    dependencies=[OwnPage],
)
async def login(body: LoginBody, response: Response, services: ServicesDep, origin: Origin) -> TokenAnswer:
    """Exchange e-mail and password for an access token and a refresh cookie.

    With two-factor authentication on, 401 `totp_required` asks for the same again with a `code`: six digits of the
    app, or a recovery code. No code is accepted twice.
    """
    async with services.database.admin() as db:
        found = await db.execute(select(User).where(func.lower(User.email) == body.email.lower()))
        user = found.scalar_one_or_none()
        factor = await read_second_factor(db, user.id) if user is not None else None
    async with guess(services, origin, Guess.PASSWORD, body.email):
        matches = await password_matches(
            body.password.get_secret_value(), user.password_hash if user else None
        )
        if user is None or not matches or not user.is_active:
            raise ApiProblem(401, "credentials_invalid", "E-mail address or password is wrong.")
    if factor is None:
        return await sign_in(services, response, origin, user, None)
    if body.code is None:
        raise ApiProblem(
            401, "totp_required", "Enter the code that your authenticator app shows, or a recovery code."
        )
    async with guess(services, origin, Guess.CODE, str(user.id)):
        proof = await _proof(services, factor, body.code.get_secret_value())
        return await sign_in(services, response, origin, user, proof)


@router.post(
    "/refresh",
    operation_id="refresh",
    summary="Get a new access token",
    responses=documented(401, 403, 422, 429, 503),
    dependencies=[OwnPage],
)
async def refresh(response: Response, services: ServicesDep, cookie: RefreshCookie = None) -> TokenAnswer:
    """Spend the refresh cookie for a new one. A cookie that was spent before ends the whole sign-in."""
    if cookie is None:
        raise ApiProblem(401, "refresh_missing", "You are not signed in.")
    family = await _take_refresh(services, cookie)
    now = datetime.now(UTC)
    async with services.database.admin() as db:
        # The sign-in first, as whoever ends it does: the two wait for each other in one place only.
        login_session = await _locked(db, family) if family is not None else None
        spent = (
            await db.execute(select(RefreshToken).where(RefreshToken.token_hash == token_hash(cookie)))
        ).scalar_one_or_none()
        user = await db.get(User, spent.user_id) if spent else None
        is_open = login_session is not None and login_session.ended_at is None
        usable = is_open and spent is not None and spent.revoked_at is None and spent.expires_at > now
        reused = spent is not None and spent.used_at is not None and now - spent.used_at > REUSE_TOLERANCE
        if spent is not None and reused:
            await end_login_sessions(db, LoginSession.id == spent.family_id)
        granted = usable and not reused and user is not None and user.is_active
        if granted and spent is not None and user is not None and login_session is not None:
            spent.used_at = spent.used_at or now
            login_session.last_used_at = now
            token = add_refresh_token(db, user, login_session.id, now)
    if not granted or user is None or spent is None:
        services.standing.forget()
        clear_cookie(response, services)
        raise ApiProblem(
            401,
            "refresh_reused" if reused else "refresh_invalid",
            "This sign-in has ended. Sign in again.",
            headers={"Set-Cookie": response.headers["set-cookie"]},
        )
    return token_answer(services, response, user, spent.family_id, token)


@router.post(
    "/logout",
    operation_id="logout",
    summary="Sign out",
    status_code=204,
    responses=documented(403, 422, 503),
    dependencies=[OwnPage],
)
async def logout(response: Response, services: ServicesDep, cookie: RefreshCookie = None) -> None:
    """End this sign-in on all its tabs."""
    if cookie is not None:
        async with services.database.admin() as db:
            family = select(RefreshToken.family_id).where(RefreshToken.token_hash == token_hash(cookie))
            await end_login_sessions(db, LoginSession.id.in_(family))
        services.standing.forget()
    clear_cookie(response, services)
    response.delete_cookie(CODEC_COOKIE, path=CODEC_PATH, httponly=True, samesite="strict")


@router.get("/me", operation_id="me", summary="Who is signed in", responses=documented(401, 503))
async def me(services: ServicesDep, identity: IdentityDep) -> MeAnswer:
    """The user with account and permissions."""
    async with services.database.tenant(identity.account_id) as db:
        user = (
            await db.execute(
                select(User.email, User.name, User.role).where(User.id == identity.user_id, User.is_active)
            )
        ).one_or_none()
        account = await db.get(Account, identity.account_id)
    if user is None or account is None:
        raise ApiProblem(401, "token_invalid", "This user does not exist any more.")
    return MeAnswer(
        id=identity.user_id,
        email=user.email,
        name=user.name,
        role=user.role,
        is_super_admin=identity.is_super_admin,
        permissions=[one for one in Permission if may(user.role, one, identity.is_super_admin)],
        account=AccountSummary(id=account.id, name=account.name, code=account.code),
    )


async def _proof(services: Services, factor: SecondFactor, code: str) -> Proof:
    proof = await prove(factor, services.two_factor_box, code)
    if proof is None:
        raise wrong_code()
    return proof


async def _locked(db: AsyncSession, family: UUID) -> LoginSession | None:
    """The sign-in, which nobody else renews or ends until the transaction has ended."""
    found = await db.execute(
        select(LoginSession).where(LoginSession.id == family).with_for_update(key_share=True)
    )
    return found.scalar_one_or_none()


async def _take_refresh(services: Services, cookie: str) -> UUID | None:
    """By the sign-in, whichever of its cookies is sent. An invented cookie is nobody's, and costs one look.

    Answers the sign-in.
    """
    async with services.database.admin() as db:
        family = (
            await db.execute(
                select(RefreshToken.family_id).where(RefreshToken.token_hash == token_hash(cookie))
            )
        ).scalar_one_or_none()
    if family is not None:
        rate = Rate.parse(services.settings.limit_refreshes)
        await take(services, Allowance("refresh", str(family), rate), "This sign-in was renewed too often.")
    return family
