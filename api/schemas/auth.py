"""Signing in."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, EmailStr, Field, SecretStr

from api.schemas.common import Body
from domain.permissions import Permission
from domain.vocabulary import AccountRole


class LoginBody(Body):
    email: EmailStr = Field(examples=["engineer@demo.example"])
    password: SecretStr = Field(max_length=1024)
    code: SecretStr | None = Field(
        None,
        min_length=1,
        max_length=40,
        description="Six digits of the authenticator app, or a recovery code.",
    )


class TokenAnswer(BaseModel):
    """The access token; the refresh token is a cookie that scripts cannot read."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme, not a token
    expires_at: AwareDatetime


class AccountSummary(BaseModel):
    id: UUID
    name: str
    code: str


class MeAnswer(BaseModel):
    id: UUID
    email: str
    name: str
    role: AccountRole
    is_super_admin: bool
    permissions: list[Permission]
    account: AccountSummary
