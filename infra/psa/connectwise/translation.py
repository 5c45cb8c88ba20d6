"""ConnectWise records in the product's words."""

from __future__ import annotations

from datetime import datetime

from domain.psa import (
    Board,
    BoardStatus,
    Configuration,
    Member,
    NoteVisibility,
    RelatedTicket,
    TicketNote,
    TicketRow,
    TicketSla,
    TimeEntry,
)
from domain.text import clip
from infra.psa.connectwise.models import (
    RawBoard,
    RawConfiguration,
    RawConfigurationLink,
    RawMember,
    RawNote,
    RawStatus,
    RawTicket,
    RawTimeEntry,
    Reference,
)

MAX_DETAILS = 200

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
    closed = is_closed(raw, closed_statuses)
    return TicketRow(
        id=str(raw.id),
        summary=raw.summary or "",
        company=_name(raw.company),
        contact=_name(raw.contact) or raw.contact_name or None,
        board=_name(raw.board),
        board_id=raw.board.id if raw.board else None,
        status=_name(raw.status),
        status_id=raw.status.id if raw.status else None,
        priority=_name(raw.priority),
        owner=raw.owner.identifier if raw.owner else None,
        resources=resources(raw.resources),
        type=_name(raw.type),
        sla=_sla(raw, now, is_closed=closed),
        date_entered=raw.info.date_entered,
        updated=raw.info.last_updated,
        is_closed=closed,
    )


def is_closed(raw: RawTicket, closed_statuses: frozenset[int]) -> bool:
    return bool(raw.closed_flag) or (raw.status is not None and raw.status.id in closed_statuses)


def related_ticket(raw: RawTicket, closed_statuses: frozenset[int]) -> RelatedTicket:
    return RelatedTicket(
        id=str(raw.id),
        summary=raw.summary or "",
        status=_name(raw.status),
        is_closed=is_closed(raw, closed_statuses),
    )


def configuration(link: RawConfigurationLink, raw: RawConfiguration | None) -> Configuration:
    """A linked configuration; without its details it has the name under which the ticket shows it."""
    if raw is None:
        return Configuration(id=link.id, name=link.device_identifier or str(link.id))
    parts = (
        raw.model_number,
        " ".join(part for part in (raw.os_type, raw.os_info) if part),
        raw.ip_address,
        f"last used by {raw.last_login_name}" if raw.last_login_name else None,
    )
    details = ", ".join(" ".join(part.split()) for part in parts if part and part.strip())
    return Configuration(
        id=raw.id,
        name=raw.name or link.device_identifier or str(raw.id),
        type=_name(raw.type),
        details=clip(details, MAX_DETAILS) or None,
    )


def time_entry(raw: RawTimeEntry) -> TimeEntry:
    """Time entries count hours; where they name none, start and end tell."""
    hours = raw.actual_hours
    if hours is None and raw.time_start is not None and raw.time_end is not None:
        hours = (raw.time_end - raw.time_start).total_seconds() / 3600
    return TimeEntry(
        id=str(raw.id),
        member=raw.member.identifier if raw.member else None,
        minutes=round((hours or 0) * 60),
        notes=raw.internal_notes or raw.notes or None,
        started_at=raw.time_start,
        created_at=raw.date_entered or raw.info.date_entered,
    )


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
