"""Signing somebody in, whatever proved who they are: the sign-in's row, the access token, the refresh cookie."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response

from api.login_sessions import open_login_session
from api.problems import ApiProblem
from api.request_origin import RequestOrigin
from api.schemas.auth import TokenAnswer
from api.security.tokens import REFRESH_LIFETIME, Identity
from api.services import Services
from api.two_factor import Proof, spend
from domain.audit import AuditAction, AuditTarget
from infra.database.audit import write_audit_entry
from infra.database.models import User

REFRESH_COOKIE = "rf_refresh"


def wrong_code(status: int = 401) -> ApiProblem:
    """One answer for a code that is wrong, too old, or was used before. 403 to somebody who is signed in."""
    return ApiProblem(
        status,
        "code_invalid",
        "This code is wrong or was used already. Wait for the next one and enter that.",
    )


async def sign_in(
    services: Services, response: Response, origin: RequestOrigin, user: User, proof: Proof | None
) -> TokenAnswer:
    async with services.database.admin() as db:
        if proof is not None and not await spend(db, user.id, proof):
            raise wrong_code()
        login_session_id, token = await open_login_session(db, user, origin)
        if proof is not None and proof.recovery_code_id is not None:
            await write_audit_entry(
                db,
                user.account_id,
                AuditAction.RECOVERY_CODE_USED,
                (AuditTarget.USER, user.id),
                actor_id=user.id,
                request_id=origin.request_id,
                address=origin.address,
            )
    return token_answer(services, response, user, login_session_id, token)


def token_answer(
    services: Services, response: Response, user: User, login_session_id: UUID, refresh_token: str
) -> TokenAnswer:
    response.set_cookie(
        REFRESH_COOKIE,
        refresh_token,
        max_age=int(REFRESH_LIFETIME.total_seconds()),
        path="/api/v1/auth",
        httponly=True,
        samesite="strict",
        secure=services.settings.public_url.startswith("https://"),
    )
    identity = Identity(user.id, user.account_id, user.role, user.is_super_admin, login_session_id)
    token, expires = services.tokens.issue(identity)
    return TokenAnswer(access_token=token, expires_at=expires)


def clear_cookie(response: Response, services: Services) -> None:
    response.delete_cookie(
        REFRESH_COOKIE,
        path="/api/v1/auth",
        httponly=True,
        samesite="strict",
        secure=services.settings.public_url.startswith("https://"),
    )
