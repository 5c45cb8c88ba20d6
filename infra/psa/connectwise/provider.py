"""ConnectWise as a `PsaProvider`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from domain.psa import (
    Board,
    BoardStatus,
    Member,
    NoteVisibility,
    PsaCredentialsRejected,
    PsaNotFound,
    PsaRejected,
    PsaUnavailable,
    PsaVersion,
    TicketDetail,
    TicketNote,
    TicketPage,
    TicketQuery,
    TicketRow,
)
from infra.psa.cache import TimedCache
from infra.psa.config import PsaConnectionConfig
from infra.psa.connectwise import conditions, search, translation
from infra.psa.connectwise.models import (
    RawBoard,
    RawCompany,
    RawMember,
    RawNote,
    RawStatus,
    RawSystemInfo,
    RawTicket,
)
from infra.psa.connectwise.transport import ConnectWiseTransport, Timeouts

CATALOG_SECONDS = 300.0
SCAN_PAGE_SIZE = 100
API_MEMBER_LICENCE = "A"

Raw = TypeVar("Raw", bound=BaseModel)


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
            info = _one(RawSystemInfo, (await self._transport.get("/system/info")).data)
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
        return _many(RawCompany, (await self._transport.get("/company/companies", params)).data)

    async def search_tickets(self, query: TicketQuery) -> TicketPage:
        """Newest first. Reads on until the page is full of rows that really match, and one more is seen."""
        first = (query.page - 1) * query.page_size
        needed = first + query.page_size + 1
        found: list[TicketRow] = []
        params = {"orderBy": "id desc", "fields": search.FIELDS}
        if condition := search.ticket_conditions(query):
            params["conditions"] = condition
        async for page in self._transport.pages("/service/tickets", params, SCAN_PAGE_SIZE):
            rows = await self._rows(_many(RawTicket, page))
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
        row, notes = await asyncio.gather(self.get_ticket_row(ticket_id), self.list_notes(ticket_id))
        return translation.ticket_detail(row, notes)

    async def get_ticket_row(self, ticket_id: str) -> TicketRow:
        answer = await self._transport.get(_ticket_path(ticket_id))
        return await self._row(answer.data)

    async def list_notes(self, ticket_id: str) -> list[TicketNote]:
        """All notes of the ticket, oldest first. Text of time entries is not among them."""
        rows = await self._transport.rows(f"{_ticket_path(ticket_id)}/notes", {"orderBy": "id asc"})
        raw = sorted(_many(RawNote, rows), key=lambda note: (note.date_created or _BEGINNING, note.id))
        return [translation.note(note) for note in raw]

    async def post_note(self, ticket_id: str, text: str, visibility: NoteVisibility) -> TicketNote:
        flags = {flag: place is visibility for place, flag in translation.VISIBILITY_FLAGS.items()}
        answer = await self._transport.post(f"{_ticket_path(ticket_id)}/notes", {"text": text, **flags})
        return translation.note(_one(RawNote, answer.data, is_write=True))

    async def update_note(self, ticket_id: str, note_id: str, text: str) -> TicketNote:
        path = f"{_ticket_path(ticket_id)}/notes/{_number(note_id, 'note')}"
        answer = await self._transport.patch(path, [{"op": "replace", "path": "text", "value": text}])
        return translation.note(_one(RawNote, answer.data, is_write=True))

    async def set_status(self, ticket_id: str, status_id: int) -> TicketRow:
        # The whole reference: a path below it ("status/id") may be answered 200 and change nothing.
        operation = {"op": "replace", "path": "status", "value": {"id": status_id}}
        answer = await self._transport.patch(_ticket_path(ticket_id), [operation])
        return await self._row(answer.data, is_write=True)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _load_boards(self) -> list[Board]:
        rows = _many(RawBoard, await self._transport.rows("/service/boards"))
        active = [translation.board(row) for row in rows if not row.inactive_flag]
        return sorted(active, key=lambda board: board.name.casefold())

    async def _load_statuses(self, board_id: int) -> list[BoardStatus]:
        rows = _many(RawStatus, await self._transport.rows(f"/service/boards/{int(board_id)}/statuses"))
        active = [translation.status(row, board_id) for row in rows if not row.inactive]
        return sorted(active, key=lambda status: (status.sort_order, status.id))

    async def _load_members(self) -> list[Member]:
        rows = _many(RawMember, await self._transport.rows("/system/members"))
        people = [row for row in rows if not row.inactive_flag and row.license_class != API_MEMBER_LICENCE]
        return sorted(map(translation.member, people), key=lambda member: member.name.casefold())

    async def _row(self, data: Any, *, is_write: bool = False) -> TicketRow:
        return (await self._rows([_one(RawTicket, data, is_write=is_write)]))[0]

    async def _rows(self, tickets: list[RawTicket]) -> list[TicketRow]:
        boards = {ticket.board.id for ticket in tickets if ticket.board and ticket.board.id is not None}
        closed = await self._closed_statuses(boards)
        now = datetime.now(UTC)
        return [translation.ticket_row(ticket, closed, now) for ticket in tickets]

    async def _closed_statuses(self, board_ids: Iterable[int]) -> frozenset[int]:
        """Closed statuses of these boards. Without the right to read them the ticket's own flag has to do."""
        closed: set[int] = set()
        for board_id in sorted(board_ids):
            try:
                statuses = await self.statuses(board_id)
            except PsaRejected:
                continue
            closed.update(status.id for status in statuses if status.is_closed)
        return frozenset(closed)


_BEGINNING = datetime.min.replace(tzinfo=UTC)


def _number(text: str, what: str) -> int:
    """ConnectWise numbers everything: what is no number cannot be there."""
    if not (text.isascii() and text.isdigit() and int(text) <= search.MAX_ID):
        raise PsaNotFound(f"ConnectWise has no {what} '{text[:40]}': its numbers are whole numbers.")
    return int(text)


def _ticket_path(ticket_id: str) -> str:
    return f"/service/tickets/{_number(ticket_id, 'ticket')}"


def _one(model: type[Raw], data: Any, *, is_write: bool = False) -> Raw:
    try:
        return model.model_validate(data)
    except ValidationError:
        text = "ConnectWise answered a record this client cannot read."
        raise PsaUnavailable(text, effect_unknown=is_write) from None


def _many(model: type[Raw], rows: Any) -> list[Raw]:
    return [_one(model, row) for row in rows] if isinstance(rows, list) else [_one(model, rows)]
