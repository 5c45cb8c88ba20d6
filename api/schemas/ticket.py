"""Bodies and answers about the ticket of a session and the tickets split off from it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.common import MESSAGE_LIMIT, Body, FilledText, PlainText
from domain.resources import TicketHeader

MAX_ID = 2_147_483_647

TicketNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]
VendorId = Annotated[int, Field(ge=1, le=MAX_ID)]


class LinkTicketBody(Body):
    """Without a connection id the session's connection is meant, else the account's only one."""

    psa_ticket_id: TicketNumber
    psa_connection_id: UUID | None = None


class LinkedTicketAnswer(BaseModel):
    psa_connection_id: UUID
    psa_ticket_id: str
    ticket: TicketHeader
    state_version: int


class TicketStatus(BaseModel):
    id: int
    name: str
    is_closed: bool


class TicketStatusesAnswer(BaseModel):
    """Statuses the ticket can be moved to, in the order of its board; empty with a reason when there are none."""

    statuses: list[TicketStatus]
    reason: Literal["no_ticket", "no_connection", "psa_unavailable", "psa_rejected"] | None = None


class SpinOffBody(Body):
    """A second ticket. Board and company are those of the session's ticket unless named."""

    summary: Annotated[FilledText, StringConstraints(max_length=100)]
    description: Annotated[PlainText, StringConstraints(max_length=MESSAGE_LIMIT)] | None = None
    board_id: VendorId | None = None
    company_id: VendorId | None = None
    psa_connection_id: UUID | None = None
