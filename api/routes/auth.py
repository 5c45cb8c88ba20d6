"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Cookie, Response
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.codec_cors import CODEC_COOKIE, CODEC_PATH
from api.dependencies import IdentityDep, ServicesDep
from api.problems import ApiProblem, documented
from api.schemas.auth import AccountSummary, LoginBody, MeAnswer, TokenAnswer
from api.security.tokens import REFRESH_LIFETIME, Identity, new_refresh_token, token_hash
from api.services import Services
from domain.permissions import Permission, may
from infra.database.models import Account, RefreshToken, User
from infra.passwords import password_matches

router = APIRouter(prefix="/auth", tags=["auth"])

REFRESH_COOKIE = "rf_refresh"
REUSE_TOLERANCE = timedelta(seconds=10)
"""Two tabs may refresh at the same moment: the second is not a thief."""

RefreshCookie = Annotated[str | None, Cookie(alias=REFRESH_COOKIE)]


@router.post("/login", operation_id="login", summary="Sign in", responses=documented(400, 401, 413, 422, 503))
async def login(body: LoginBody, response: Response, services: ServicesDep) -> TokenAnswer:
    """Exchange e-mail and password for an access token and a refresh cookie."""
    async with services.database.admin() as db:
        found = await db.execute(select(User).where(func.lower(User.email) == body.email.lower()))
        user = found.scalar_one_or_none()
    matches = await password_matches(body.password.get_secret_value(), user.password_hash if user else None)
    if user is None or not matches or not user.is_active:
        raise ApiProblem(401, "credentials_invalid", "E-mail address or password is wrong.")
    async with services.database.admin() as db:
        token = _new_token(db, user, family_id=uuid4())
    return _answer(services, response, user, token)


@router.post(
    "/refresh",
    operation_id="refresh",
    summary="Get a new access token",
    responses=documented(401, 422, 503),
)
async def refresh(response: Response, services: ServicesDep, cookie: RefreshCookie = None) -> TokenAnswer:
    """Spend the refresh cookie for a new one. A cookie that was spent before ends the whole sign-in."""
    if cookie is None:
        raise ApiProblem(401, "refresh_missing", "You are not signed in.")
    now = datetime.now(UTC)
    async with services.database.admin() as db:
        spent = (
            await db.execute(
                select(RefreshToken).where(RefreshToken.token_hash == token_hash(cookie)).with_for_update()
            )
        ).scalar_one_or_none()
        user = await db.get(User, spent.user_id) if spent else None
        usable = spent is not None and spent.revoked_at is None and spent.expires_at > now
        reused = spent is not None and spent.used_at is not None and now - spent.used_at > REUSE_TOLERANCE
        if spent is not None and reused:
            await db.execute(
                update(RefreshToken).where(RefreshToken.family_id == spent.family_id).values(revoked_at=now)
            )
        granted = usable and not reused and user is not None and user.is_active
        if granted and spent is not None and user is not None:
            spent.used_at = spent.used_at or now
            token = _new_token(db, user, family_id=spent.family_id)
    if not granted or user is None:
        _clear_cookie(response, services)
        raise ApiProblem(
            401,
            "refresh_reused" if reused else "refresh_invalid",
            "This sign-in has ended. Sign in again.",
            headers={"Set-Cookie": response.headers["set-cookie"]},
        )
    return _answer(services, response, user, token)


@router.post(
    "/logout", operation_id="logout", summary="Sign out", status_code=204, responses=documented(422, 503)
)
async def logout(response: Response, services: ServicesDep, cookie: RefreshCookie = None) -> None:
    """End this sign-in on all its tabs."""
    if cookie is not None:
        async with services.database.admin() as db:
            family = select(RefreshToken.family_id).where(RefreshToken.token_hash == token_hash(cookie))
            await db.execute(
                update(RefreshToken)
                .where(RefreshToken.family_id.in_(family), RefreshToken.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
    _clear_cookie(response, services)
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


def _new_token(db: AsyncSession, user: User, family_id: UUID) -> str:
    token = new_refresh_token()
    now = datetime.now(UTC)
    db.add(
        RefreshToken(
            id=uuid4(),
            account_id=user.account_id,
            user_id=user.id,
            family_id=family_id,
            token_hash=token_hash(token),
            expires_at=now + REFRESH_LIFETIME,
            created_at=now,
        )
    )
    return token


def _answer(services: Services, response: Response, user: User, refresh_token: str) -> TokenAnswer:
    response.set_cookie(
        REFRESH_COOKIE,
        refresh_token,
        max_age=int(REFRESH_LIFETIME.total_seconds()),
        path="/api/v1/auth",
        httponly=True,
        samesite="strict",
        secure=services.settings.public_url.startswith("https://"),
    )
    identity = Identity(user.id, user.account_id, user.role, user.is_super_admin)
    token, expires = services.tokens.issue(identity)
    return TokenAnswer(access_token=token, expires_at=expires)


def _clear_cookie(response: Response, services: Services) -> None:
    response.delete_cookie(
        REFRESH_COOKIE,
        path="/api/v1/auth",
        httponly=True,
        samesite="strict",
        secure=services.settings.public_url.startswith("https://"),
    )
