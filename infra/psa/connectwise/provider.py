"""ConnectWise as a `PsaProvider`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from domain.psa import (
    Board,
    BoardStatus,
    Configuration,
    Member,
    NewTicket,
    NewTimeEntry,
    NoteVisibility,
    PsaCredentialsRejected,
    PsaError,
    PsaNotFound,
    PsaRejected,
    PsaVersion,
    RelatedTicket,
    TicketDetail,
    TicketNote,
    TicketPage,
    TicketPart,
    TicketQuery,
    TicketRow,
    TimeEntry,
)
from domain.text import clip
from infra.psa.cache import TimedCache
from infra.psa.config import PsaConnectionConfig
from infra.psa.connectwise import (
    conditions,
    creation,
    search,
    surroundings,
    time_entries,
    translation,
)
from infra.psa.connectwise.models import (
    RawBoard,
    RawCompany,
    RawMember,
    RawNote,
    RawStatus,
    RawSystemInfo,
    RawTicket,
)
from infra.psa.connectwise.records import many, number, one, ticket_path
from infra.psa.connectwise.transport import ConnectWiseTransport, Timeouts

CATALOG_SECONDS = 300.0
SCAN_PAGE_SIZE = 100
API_MEMBER_LICENCE = "A"

MAX_NOTES = 100
"""Notes of a ticket's context: the description and the latest."""
MAX_NOTE_TEXT = 10_000

T = TypeVar("T")

_log = structlog.get_logger("infra.psa.connectwise")


class ConnectWiseProvider:
    """One connection. Boards, statuses and members are kept for a few minutes; tickets and notes never."""

    def __init__(self, config: PsaConnectionConfig, timeouts: Timeouts | None = None) -> None:
        self._transport = ConnectWiseTransport(config, timeouts)
        self._boards: TimedCache[list[Board]] = TimedCache(CATALOG_SECONDS)
        self._statuses: TimedCache[list[BoardStatus]] = TimedCache(CATALOG_SECONDS)
        self._members: TimedCache[list[Member]] = TimedCache(CATALOG_SECONDS)

    async def test(self) -> PsaVersion:
        """Version and company when host, company, keys and client id are all right."""
        company = await self._transport.company()
        try:
            info = one(RawSystemInfo, (await self._transport.get("/system/info")).data)
        except PsaNotFound as error:
            # ConnectWise's cloud answers wrong keys with 404 as often as with 401.
            raise PsaCredentialsRejected(
                f"{error.message} ConnectWise's cloud also answers so when company or keys are wrong.",
                status=error.status,
                request_id=error.request_id,
            ) from None
        is_cloud = info.is_cloud if info.is_cloud is not None else company.is_cloud
        return PsaVersion(version=info.version, company_name=company.company_name, is_cloud=is_cloud)

    async def boards(self) -> list[Board]:
        """Active boards by name."""
        return list(await self._boards.get("boards", self._load_boards))

    async def statuses(self, board_id: int) -> list[BoardStatus]:
        """Active statuses of a board in the board's order."""
        return list(await self._statuses.get(board_id, lambda: self._load_statuses(board_id)))

    async def members(self) -> list[Member]:
        """Active people (no API members) by name."""
        return list(await self._members.get("members", self._load_members))

    async def companies(self, text: str) -> list[RawCompany]:
        """Up to 25 companies whose name contains the text, by name."""
        wanted = [conditions.equals("deletedFlag", False), conditions.contains("name", text)]
        params = {
            "conditions": conditions.all_of(wanted),
            "orderBy": "name asc",
            "fields": "id,identifier,name",
            "pageSize": "25",
        }
        return many(RawCompany, (await self._transport.get("/company/companies", params)).data)

    async def search_tickets(self, query: TicketQuery) -> TicketPage:
        """Newest first. Reads on until the page is full of rows that really match, and one more is seen."""
        first = (query.page - 1) * query.page_size
        needed = first + query.page_size + 1
        found: list[TicketRow] = []
        params = {"orderBy": "id desc", "fields": search.FIELDS}
        if condition := search.ticket_conditions(query):
            params["conditions"] = condition
        async for page in self._transport.pages("/service/tickets", params, SCAN_PAGE_SIZE):
            rows = await self._rows(many(RawTicket, page))
            found.extend(row for row in rows if search.matches(query, row))
            if len(found) >= needed:
                break
        return TicketPage(
            tickets=found[first : first + query.page_size],
            page=query.page,
            page_size=query.page_size,
            has_more=len(found) >= needed,
        )

    async def get_ticket(self, ticket_id: str) -> TicketDetail:
        """The ticket and what belongs to it, read side by side.

        What the key may not read, or what is not there, is named in `unread` and costs nothing else.
        """
        unread: list[TicketPart] = []

        async def part(name: TicketPart, reading: Awaitable[list[T]], tolerated: type[PsaError]) -> list[T]:
            try:
                return await reading
            except tolerated as error:
                _log.warning("psa.part_unread", ticket_id=ticket_id, part=name.value, error=error.code)
                unread.append(name)
                return []

        async def ticket_with_related() -> tuple[RawTicket, TicketRow, list[RelatedTicket]]:
            raw = await self._raw_ticket(ticket_id)
            row, related = await asyncio.gather(
                self._row(raw), part(TicketPart.RELATED, self._related(raw), PsaError)
            )
            return raw, row, related

        # A ticket without its description is no context: a PSA in trouble is asked again for the notes.
        (raw, row, related), notes, configurations = await asyncio.gather(
            ticket_with_related(),
            part(TicketPart.NOTES, self.list_notes(ticket_id), PsaRejected),
            part(TicketPart.CONFIGURATIONS, self._configurations(ticket_id), PsaError),
        )
        description = next((note for note in notes if NoteVisibility.DISCUSSION in note.visibility), None)
        shown = [_clipped(note) for note in _bounded(notes, description)]
        return TicketDetail(
            **dict(row),
            company_id=raw.company.id if raw.company else None,
            description=_clipped(description).text if description else None,
            notes=shown,
            configurations=configurations,
            related=related,
            unread=sorted(unread),
        )

    async def get_ticket_row(self, ticket_id: str) -> TicketRow:
        return await self._row(await self._raw_ticket(ticket_id))

    async def list_notes(self, ticket_id: str) -> list[TicketNote]:
        """All notes of the ticket, oldest first. Text of time entries is not among them."""
        rows = await self._transport.rows(f"{ticket_path(ticket_id)}/notes", {"orderBy": "id asc"})
        raw = sorted(many(RawNote, rows), key=lambda note: (note.date_created or _BEGINNING, note.id))
        return [translation.note(note) for note in raw]

    async def post_note(self, ticket_id: str, text: str, visibility: NoteVisibility) -> TicketNote:
        flags = {flag: place is visibility for place, flag in translation.VISIBILITY_FLAGS.items()}
        answer = await self._transport.post(f"{ticket_path(ticket_id)}/notes", {"text": text, **flags})
        return translation.note(one(RawNote, answer.data, is_write=True))

    async def update_note(self, ticket_id: str, note_id: str, text: str) -> TicketNote:
        path = f"{ticket_path(ticket_id)}/notes/{number(note_id, 'note')}"
        answer = await self._transport.patch(path, [{"op": "replace", "path": "text", "value": text}])
        return translation.note(one(RawNote, answer.data, is_write=True))

    async def set_status(self, ticket_id: str, status_id: int) -> TicketRow:
        # The whole reference: a path below it ("status/id") may be answered 200 and change nothing.
        operation = {"op": "replace", "path": "status", "value": {"id": status_id}}
        answer = await self._transport.patch(ticket_path(ticket_id), [operation])
        return await self._row(one(RawTicket, answer.data, is_write=True))

    async def list_time_entries(self, ticket_id: str) -> list[TimeEntry]:
        return await time_entries.list_time_entries(self._transport, ticket_id)

    async def log_time(self, ticket_id: str, entry: NewTimeEntry) -> TimeEntry:
        return await time_entries.log_time(self._transport, ticket_id, entry)

    async def create_ticket(self, ticket: NewTicket) -> TicketRow:
        return await self._row(await creation.create_ticket(self._transport, ticket))

    async def find_created_ticket(self, ticket: NewTicket, since: datetime) -> TicketRow | None:
        found = await creation.find_created_ticket(self._transport, ticket, since)
        return await self._row(found) if found is not None else None

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _load_boards(self) -> list[Board]:
        rows = many(RawBoard, await self._transport.rows("/service/boards"))
        active = [translation.board(row) for row in rows if not row.inactive_flag]
        return sorted(active, key=lambda board: board.name.casefold())

    async def _load_statuses(self, board_id: int) -> list[BoardStatus]:
        rows = many(RawStatus, await self._transport.rows(f"/service/boards/{int(board_id)}/statuses"))
        active = [translation.status(row, board_id) for row in rows if not row.inactive]
        return sorted(active, key=lambda status: (status.sort_order, status.id))

    async def _load_members(self) -> list[Member]:
        rows = many(RawMember, await self._transport.rows("/system/members"))
        people = [row for row in rows if not row.inactive_flag and row.license_class != API_MEMBER_LICENCE]
        return sorted(map(translation.member, people), key=lambda member: member.name.casefold())

    async def _raw_ticket(self, ticket_id: str) -> RawTicket:
        return one(RawTicket, (await self._transport.get(ticket_path(ticket_id))).data)

    async def _configurations(self, ticket_id: str) -> list[Configuration]:
        return await surroundings.read_configurations(self._transport, ticket_id)

    async def _related(self, ticket: RawTicket) -> list[RelatedTicket]:
        others = await surroundings.read_related(self._transport, ticket)
        closed = await self._closed_statuses(_boards_of(others))
        chosen = surroundings.choose_related(ticket, others, closed)
        return [translation.related_ticket(other, closed) for other in chosen]

    async def _row(self, ticket: RawTicket) -> TicketRow:
        return (await self._rows([ticket]))[0]

    async def _rows(self, tickets: list[RawTicket]) -> list[TicketRow]:
        closed = await self._closed_statuses(_boards_of(tickets))
        now = datetime.now(UTC)
        return [translation.ticket_row(ticket, closed, now) for ticket in tickets]

    async def _closed_statuses(self, board_ids: Iterable[int]) -> frozenset[int]:
        """Closed statuses of these boards. Without the right to read them the ticket's own flag has to do."""

        async def closed_of(board_id: int) -> list[int]:
            try:
                statuses = await self.statuses(board_id)
            except PsaRejected:
                return []
            return [status.id for status in statuses if status.is_closed]

        found = await asyncio.gather(*(closed_of(board_id) for board_id in sorted(board_ids)))
        return frozenset(status_id for closed in found for status_id in closed)


_BEGINNING = datetime.min.replace(tzinfo=UTC)


def _boards_of(tickets: Iterable[RawTicket]) -> set[int]:
    return {ticket.board.id for ticket in tickets if ticket.board and ticket.board.id is not None}


def _bounded(notes: list[TicketNote], description: TicketNote | None) -> list[TicketNote]:
    """The description and the latest notes, oldest first."""
    if len(notes) <= MAX_NOTES:
        return notes
    latest = notes[-MAX_NOTES:]
    return latest if description is None or description in latest else [description, *latest[1:]]


def _clipped(note: TicketNote) -> TicketNote:
    return note.model_copy(update={"text": clip(note.text, MAX_NOTE_TEXT)})
