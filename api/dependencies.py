"""Typed dependencies of the routes: services, identity, permission, tenant transaction, command id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from api.problems import ApiProblem
from api.security.signed_tokens import TokenRejected
from api.security.tokens import Identity
from api.services import Services
from domain.permissions import Permission, may

BEARER = HTTPBearer(auto_error=False, description="Access token from `/auth/login` or `/auth/refresh`.")


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(services)]


async def identity(
    services: ServicesDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Identity:
    """Who sends the request. Raises 401 with a code that says whether refreshing helps."""
    if credentials is None:
        raise _unauthorised("token_missing", "Sign in first: the request carries no access token.")
    try:
        told = services.tokens.read(credentials.credentials)
    except TokenRejected as rejected:
        if rejected.expired:
            raise _unauthorised("token_expired", "The access token has expired. Refresh it.") from None
        raise _unauthorised("token_invalid", "The access token is not valid.") from None
    current = await services.standing.of(told)
    if current is None:
        raise _unauthorised("login_ended", "This sign-in has ended. Sign in again.")
    return current


IdentityDep = Annotated[Identity, Depends(identity)]


def _unauthorised(code: str, detail: str) -> ApiProblem:
    return ApiProblem(401, code, detail, headers={"WWW-Authenticate": "Bearer"})


class Requires:
    """Dependency that lets only those through who may do it, and hands on who it is."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, identity: IdentityDep) -> Identity:
        if not may(identity.role, self.permission, identity.is_super_admin):
            raise ApiProblem(
                403,
                "permission_denied",
                f"Your role ({identity.role.value}) does not permit this ({self.permission}).",
            )
        return identity


Reader = Annotated[Identity, Depends(Requires(Permission.READ))]
Worker = Annotated[Identity, Depends(Requires(Permission.WORK))]
Administrator = Annotated[Identity, Depends(Requires(Permission.ADMINISTER))]
Operator = Annotated[Identity, Depends(Requires(Permission.OPERATE))]


async def tenant_transaction(services: ServicesDep, identity: IdentityDep) -> AsyncIterator[AsyncSession]:
    """A transaction of the caller's account. It ends before the answer is sent."""
    async with services.database.tenant(identity.account_id) as db:
        yield db


TenantDb = Annotated[AsyncSession, Depends(tenant_transaction, scope="function")]

KEY_HEADER = "Idempotency-Key"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Repeating a request with the same key and body has one effect and gives the same answer.",
    ),
]
