"""The ticketing system (PSA) as the product sees it. Providers translate; nothing here knows a vendor."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import STEP_TIMED_OUT


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class NoteVisibility(StrEnum):
    """Where a note appears on a ticket: the customer sees discussion and resolution, never internal."""

    DISCUSSION = "discussion"
    INTERNAL = "internal"
    RESOLUTION = "resolution"


class PsaVersion(_Record):
    """Answer of a connection test."""

    version: str
    company_name: str | None = None
    is_cloud: bool | None = None


class Board(_Record):
    id: int
    name: str


class BoardStatus(_Record):
    """A status of one board; ids are per board though names repeat."""

    id: int
    name: str
    board_id: int
    is_closed: bool
    is_default: bool = False
    sort_order: int = 0


class Member(_Record):
    id: int
    identifier: str
    name: str
    email: str | None = None


class TicketSla(_Record):
    minutes_left: int | None = None
    breached: bool = False


class TicketRow(_Record):
    """A row of the queue. `resources` are member identifiers; `owner` is one identifier."""

    id: str
    summary: str
    company: str | None = None
    contact: str | None = None
    board: str | None = None
    board_id: int | None = None
    status: str | None = None
    status_id: int | None = None
    priority: str | None = None
    owner: str | None = None
    resources: list[str] = Field(default_factory=list)
    type: str | None = None
    sla: TicketSla | None = None
    date_entered: datetime | None = None
    updated: datetime | None = None
    is_closed: bool = False


class TicketNote(_Record):
    id: str
    text: str
    author: str | None = None
    created_at: datetime | None = None
    visibility: list[NoteVisibility] = Field(default_factory=list)


class Configuration(_Record):
    """A device or service of the client that is linked to the ticket; `details` in one line (model, OS, address)."""

    id: int
    name: str
    type: str | None = None
    details: str | None = None


class RelatedTicket(_Record):
    """Another ticket that may have to do with this one, newest first."""

    id: str
    summary: str
    status: str | None = None
    is_closed: bool = False


class TicketPart(StrEnum):
    """What is read beside the ticket itself; a part that cannot be read costs only that part."""

    NOTES = "notes"
    CONFIGURATIONS = "configurations"
    RELATED = "related"


class TicketDetail(TicketRow):
    """A ticket with what a session needs of it; notes oldest first, the description is the first discussion note.

    `unread` names the parts that the PSA did not give this time; they are empty, or as they were known before.
    """

    company_id: int | None = None
    description: str | None = None
    notes: list[TicketNote] = Field(default_factory=list)
    configurations: list[Configuration] = Field(default_factory=list)
    related: list[RelatedTicket] = Field(default_factory=list)
    unread: list[TicketPart] = Field(default_factory=list)


def keep_known_parts(ticket: TicketDetail, known: TicketDetail | None) -> TicketDetail:
    """The ticket as just read; a part that could not be read stays as it was known."""
    if known is None or not ticket.unread:
        return ticket
    kept: dict[str, object] = {part.value: getattr(known, part.value) for part in ticket.unread}
    if TicketPart.NOTES in ticket.unread:
        kept["description"] = known.description
    return ticket.model_copy(update=kept)


class NewTimeEntry(_Record):
    """Time worked on a ticket. `member` is the identifier of who worked; None leaves it to the key's own member."""

    member: str | None = None
    started_at: datetime
    minutes: int = Field(ge=1)
    notes: str


class TimeEntry(_Record):
    id: str
    member: str | None = None
    minutes: int
    notes: str | None = None
    started_at: datetime | None = None
    created_at: datetime | None = None


class NewTicket(_Record):
    """A ticket to create. Without a board the PSA's own default is used.

    `reference` is a mark of ours that the PSA keeps with the ticket and that finds it again.
    """

    summary: str = Field(min_length=1, max_length=100)
    description: str | None = None
    reference: str | None = Field(None, max_length=100)
    board_id: int | None = None
    company_id: int


class TicketQuery(_Record):
    """Filters of the queue; all combine with AND. `text` matches the summary, or the number when it is one."""

    text: str | None = None
    board_ids: list[int] = Field(default_factory=list)
    status_id: int | None = None
    company_id: int | None = None
    priority_id: int | None = None
    assigned_to: str | None = None
    """Member identifier that must be among the resources as a whole name."""
    unassigned: bool = False
    include_closed: bool = False
    page: int = Field(default=1, ge=1)
    page_size: int = Field(default=10, ge=1, le=100)


class TicketPage(_Record):
    tickets: list[TicketRow]
    page: int
    page_size: int
    has_more: bool


class PsaProvider(Protocol):
    """One connection to one PSA. Every method raises a PsaError; reads may be retried, writes only after a look-up."""

    async def test(self) -> PsaVersion: ...

    async def boards(self) -> list[Board]: ...

    async def statuses(self, board_id: int) -> list[BoardStatus]: ...

    async def members(self) -> list[Member]: ...

    async def search_tickets(self, query: TicketQuery) -> TicketPage: ...

    async def get_ticket(self, ticket_id: str) -> TicketDetail:
        """Ticket with notes, configurations and related tickets, each bounded. Raises PsaNotFound."""
        ...

    async def get_ticket_row(self, ticket_id: str) -> TicketRow:
        """The ticket alone, as it is now: one request, never cached."""
        ...

    async def list_notes(self, ticket_id: str) -> list[TicketNote]: ...

    async def post_note(self, ticket_id: str, text: str, visibility: NoteVisibility) -> TicketNote: ...

    async def update_note(self, ticket_id: str, note_id: str, text: str) -> TicketNote: ...

    async def set_status(self, ticket_id: str, status_id: int) -> TicketRow:
        """Ask for the status and return the ticket as the PSA answered: the caller compares."""
        ...

    async def list_time_entries(self, ticket_id: str) -> list[TimeEntry]:
        """Time on the ticket, oldest first."""
        ...

    async def log_time(self, ticket_id: str, entry: NewTimeEntry) -> TimeEntry:
        """Log the time; its notes are internal. No idempotency key: look before a second attempt."""
        ...

    async def create_ticket(self, ticket: NewTicket) -> TicketRow:
        """Create it. The PSA has no idempotency key: look with `find_created_ticket` before a second attempt."""
        ...

    async def find_created_ticket(self, ticket: NewTicket, since: datetime) -> TicketRow | None:
        """The ticket that an attempt since then has created: the one with our reference.

        Where the PSA shows no reference: same company, summary and opening text.
        """
        ...

    async def aclose(self) -> None: ...


class PsaError(Exception):
    """Base of everything a PSA can answer but success. `message` is in the PSA's own words where it gave any."""

    code = "psa_error"

    def __init__(self, message: str, *, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.request_id = request_id


class PsaRejected(PsaError):
    """A 4xx that is final: the same request will be refused again."""

    code = "psa_rejected"


class PsaCredentialsRejected(PsaRejected):
    """Keys, company or client id are not accepted, or the key lacks the right."""

    code = "psa_credentials_rejected"


class PsaNotFound(PsaRejected):
    """The record is not there, or not visible to this key."""

    code = "psa_not_found"


class PsaUnavailable(PsaError):
    """429, 5xx, time-out or no connection. `retry_after` in seconds when the PSA said so.

    `effect_unknown` is true when a write may have happened although no answer arrived.
    """

    code = "psa_unavailable"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        effect_unknown: bool = False,
    ) -> None:
        super().__init__(message, status=status, request_id=request_id)
        self.retry_after = retry_after
        self.effect_unknown = effect_unknown


UNANSWERED = (PsaUnavailable.code, STEP_TIMED_OUT)
"""Codes of what failed without an answer, so that a write may have happened."""
