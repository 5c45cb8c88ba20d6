"""What the steps of a second ticket share: its row, its earlier attempts, its event."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.audit import AuditAction, AuditTarget
from domain.psa import NewTicket
from domain.text import normalise_text
from domain.vocabulary import EventType, SpinOffState
from infra.database.audit import write_audit_entry
from infra.database.models import SpinOffTicket
from infra.database.resources import spin_off_resource
from infra.session_record.transaction import SessionTransaction

ATTEMPTS_LOOKED_AT = 5
"""Earlier attempts at the same ticket whose effect is looked for, the latest first."""


def reference_of(row: SpinOffTicket) -> str:
    """The mark that the ticket carries in the PSA, also where nobody has learnt its number."""
    return f"resolutionflow/{row.id}"


def new_ticket(row: SpinOffTicket) -> NewTicket:
    """What the PSA is asked to create for a row. Its reference tells this ticket from every other."""
    if row.company_id is None:
        raise RuntimeError("a second ticket that was asked for has a company")
    return NewTicket(
        summary=row.summary,
        description=row.description,
        reference=reference_of(row),
        board_id=row.board_id,
        company_id=row.company_id,
    )


async def read_spin_offs(db: AsyncSession, session_id: UUID) -> list[SpinOffTicket]:
    """All second tickets of the session, the latest first."""
    found = await db.execute(
        select(SpinOffTicket)
        .where(SpinOffTicket.session_id == session_id)
        .order_by(SpinOffTicket.created_at.desc(), SpinOffTicket.id)
    )
    return list(found.scalars())


def same_ticket(one: SpinOffTicket, summary: str) -> bool:
    """Whether a row asks for the ticket of that name."""
    return normalise_text(one.summary) == normalise_text(summary)


def attempts_at(row: SpinOffTicket, rows: list[SpinOffTicket]) -> list[SpinOffTicket]:
    """Attempts that may have created the ticket of `row`: its own, and those that failed before it."""
    return [
        one
        for one in rows
        if one.attempted_at is not None
        and (one.id == row.id or one.state is SpinOffState.FAILED)
        and one.connection_id == row.connection_id
        and same_ticket(one, row.summary)
    ][:ATTEMPTS_LOOKED_AT]


async def audit_spin_off(db: AsyncSession, row: SpinOffTicket, action: AuditAction, ticket: str) -> None:
    """Record what was done, or may have been, in the transaction that records how it ended.

    `ticket` is its id, or where nobody has learnt that the reference that it was to carry.
    """
    await write_audit_entry(
        db,
        row.account_id,
        action,
        (AuditTarget.TICKET, ticket),
        actor_id=row.created_by,
        after={
            "connection_id": str(row.connection_id),
            "session_id": str(row.session_id),
            "parent_ticket_id": row.parent_ticket_id,
        },
        effect=str(row.id),
    )


def report_spin_off(transaction: SessionTransaction, row: SpinOffTicket) -> None:
    """Tell the page how far the second ticket is."""
    payload = spin_off_resource(row).model_dump(mode="json", exclude_none=True)
    transaction.emit(EventType.TICKET_SPUN_OFF, {"spin_off": payload})
