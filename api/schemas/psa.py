"""Bodies and answers of the PSA routes."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, SecretStr, StringConstraints

from api.schemas.common import Body, ShortText
from domain.psa import Board, TicketDetail, TicketRow

Word = Annotated[ShortText, StringConstraints(max_length=200)]


class ConnectionBody(Body):
    """Credentials are tested before they are stored, and never shown again."""

    kind: Literal["connectwise"] = "connectwise"
    name: Word
    host: Word = Field(examples=["api-na.myconnectwise.net"])
    company_id: Word
    public_key: SecretStr = Field(min_length=1, max_length=200)
    private_key: SecretStr = Field(min_length=1, max_length=200)
    client_id: SecretStr = Field(min_length=1, max_length=200)


class ConnectionAnswer(BaseModel):
    id: UUID
    kind: str
    name: str
    host: str
    company_id: str
    is_active: bool
    tested_version: str | None = None
    tested_at: AwareDatetime | None = None
    created_at: AwareDatetime


class ConnectionTestAnswer(BaseModel):
    version: str
    company_name: str | None = None


class BoardsAnswer(BaseModel):
    """Boards of the connection; empty with a reason when the PSA cannot be asked."""

    boards: list[Board]
    reason: str | None = None


class TicketQueueAnswer(BaseModel):
    """A page of the queue. `reason` says why it is empty when nothing could be asked."""

    tickets: list[TicketRow]
    page: int
    page_size: int
    has_more: bool
    connection_id: UUID | None = None
    reason: Literal["no_connection", "not_mapped", "psa_unavailable", "psa_rejected"] | None = None
    reason_detail: str | None = None


class TicketAnswer(BaseModel):
    ticket: TicketDetail
    connection_id: UUID
