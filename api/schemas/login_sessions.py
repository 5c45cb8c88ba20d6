"""Sign-ins, members of the account, and the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas.common import Body
from domain.vocabulary import AccountRole


class LoginSessionRow(BaseModel):
    """One sign-in on one device."""

    id: UUID
    device: str = Field(examples=["Firefox 144 on Windows"])
    address: str = Field(description="Where it signed in from; empty when that was not kept.")
    created_at: AwareDatetime
    last_used_at: AwareDatetime = Field(description="To a quarter of an hour.")
    is_current: bool


class LoginSessionsAnswer(BaseModel):
    items: list[LoginSessionRow]


class EndedAnswer(BaseModel):
    ended: int = Field(description="How many sign-ins were ended.")


class MemberRow(BaseModel):
    """Somebody who belongs to the account."""

    id: UUID
    name: str
    email: str
    role: AccountRole
    is_active: bool
    has_two_factor: bool


class MembersAnswer(BaseModel):
    items: list[MemberRow]


class MemberBody(Body):
    is_active: bool


class AuditRow(BaseModel):
    """One change. `actor_id` is null when the installation itself made it, `actor_name` also when the user is gone."""

    id: UUID
    actor_id: UUID | None
    actor_name: str | None
    action: str
    target_type: str
    target_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
    address: str | None
    created_at: AwareDatetime
