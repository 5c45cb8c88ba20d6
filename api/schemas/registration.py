"""Invitations, and becoming a user with one or with an account of one's own."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, EmailStr, Field, SecretStr, StringConstraints

from api.schemas.common import Body, ShortText
from domain.vocabulary import InvitedRole
from infra.passwords import LONGEST, SHORTEST

Name = Annotated[ShortText, StringConstraints(max_length=200)]
InviteToken = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class InviteBody(Body):
    email: EmailStr = Field(max_length=320, examples=["colleague@demo.example"])
    role: InvitedRole = InvitedRole.ENGINEER


class InviteRow(BaseModel):
    """An invitation that can still be accepted."""

    id: UUID
    email: str
    role: InvitedRole
    invited_by: str | None = Field(description="Who invited; null when that user is gone.")
    created_at: AwareDatetime
    expires_at: AwareDatetime


class NewInvite(InviteRow):
    link: str = Field(description="To be sent to the person. It is shown this once: only its hash is kept.")


class InvitesAnswer(BaseModel):
    items: list[InviteRow]


class InviteLookUpBody(Body):
    invite: InviteToken


class InviteLookUpAnswer(BaseModel):
    """What an invitation is for."""

    account_name: str
    email: str
    role: InvitedRole


class RegistrationBody(Body):
    """With `invite`, for its account and address. Without, with `email` and `account_name`, for a new account."""

    name: Name = Field(examples=["Ada Fischer"])
    password: SecretStr = Field(min_length=SHORTEST, max_length=LONGEST)
    invite: InviteToken | None = None
    email: EmailStr | None = Field(None, max_length=320)
    account_name: Name | None = None
