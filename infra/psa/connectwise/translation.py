"""ConnectWise records in the product's words."""

from __future__ import annotations

from datetime import datetime

from domain.psa import (
    Board,
    BoardStatus,
    Member,
    NoteVisibility,
    TicketDetail,
    TicketNote,
    TicketRow,
    TicketSla,
)
from infra.psa.connectwise.models import RawBoard, RawMember, RawNote, RawStatus, RawTicket, Reference

VISIBILITY_FLAGS: dict[NoteVisibility, str] = {
    NoteVisibility.DISCUSSION: "detailDescriptionFlag",
    NoteVisibility.INTERNAL: "internalAnalysisFlag",
    NoteVisibility.RESOLUTION: "resolutionFlag",
}


def board(raw: RawBoard) -> Board:
    return Board(id=raw.id, name=raw.name)


def status(raw: RawStatus, board_id: int) -> BoardStatus:
    return BoardStatus(
        id=raw.id,
        name=raw.name,
        board_id=board_id,
        is_closed=bool(raw.closed_status),
        is_default=bool(raw.default_flag),
        sort_order=raw.sort_order or 0,
    )


def member(raw: RawMember) -> Member:
    name = " ".join(part for part in (raw.first_name, raw.last_name) if part)
    email = raw.primary_email or raw.office_email
    return Member(id=raw.id, identifier=raw.identifier, name=name or raw.identifier, email=email or None)


def resources(text: str | None) -> list[str]:
    """`"jo, mreyes"` as whole member identifiers."""
    return [name for part in (text or "").split(",") if (name := part.strip())]


def ticket_row(raw: RawTicket, closed_statuses: frozenset[int], now: datetime) -> TicketRow:
    """A row; closed when its status is, whatever the ticket's own flag says."""
    status_id = raw.status.id if raw.status else None
    is_closed = bool(raw.closed_flag) or status_id in closed_statuses
    return TicketRow(
        id=str(raw.id),
        summary=raw.summary or "",
        company=_name(raw.company),
        contact=_name(raw.contact) or raw.contact_name or None,
        board=_name(raw.board),
        board_id=raw.board.id if raw.board else None,
        status=_name(raw.status),
        status_id=status_id,
        priority=_name(raw.priority),
        owner=raw.owner.identifier if raw.owner else None,
        resources=resources(raw.resources),
        type=_name(raw.type),
        sla=_sla(raw, now, is_closed=is_closed),
        date_entered=raw.info.date_entered,
        updated=raw.info.last_updated,
        is_closed=is_closed,
    )


def ticket_detail(row: TicketRow, notes: list[TicketNote]) -> TicketDetail:
    """The ticket with all its notes; the first discussion note is also the description."""
    description = next((note.text for note in notes if NoteVisibility.DISCUSSION in note.visibility), None)
    return TicketDetail(**dict(row), description=description, notes=notes)


def note(raw: RawNote) -> TicketNote:
    """Visibility comes from the three display flags alone: the legacy flags lie."""
    shown = {
        NoteVisibility.DISCUSSION: raw.detail_description_flag,
        NoteVisibility.INTERNAL: raw.internal_analysis_flag,
        NoteVisibility.RESOLUTION: raw.resolution_flag,
    }
    return TicketNote(
        id=str(raw.id),
        text=raw.text or "",
        author=_name(raw.member) or _name(raw.contact) or raw.created_by,
        created_at=raw.date_created,
        visibility=[place for place, flag in shown.items() if flag],
    )


def _name(reference: Reference | None) -> str | None:
    return (reference.name or reference.identifier) if reference else None


def _sla(raw: RawTicket, now: datetime, *, is_closed: bool) -> TicketSla | None:
    """Minutes to the due date while the ticket is open; None when the PSA tells nothing of an SLA."""
    if raw.is_in_sla is None and raw.required_date is None:
        return None
    minutes = None
    if raw.required_date is not None and not is_closed:
        minutes = int((raw.required_date - now).total_seconds() // 60)
    return TicketSla(minutes_left=minutes, breached=raw.is_in_sla is False)
