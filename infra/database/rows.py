"""Rows as the domain's words: what rules, pilots and notes are given."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.closing_settings import ClosingSettings
from domain.fixes import FixState, is_active
from domain.notes.state import NoteFact, NoteFix, NoteLaneItem, NoteState, NoteTicket
from domain.pilot import (
    ConfigurationView,
    FixView,
    LaneItemView,
    RelatedTicketView,
    TicketNoteView,
    TicketView,
)
from domain.psa import TicketDetail
from domain.resources import TicketHeader
from domain.vocabulary import FixStatus, MessageRole, ProposedOutcome
from infra.database.models import Fact, Fix, FlowpilotSettings, LaneItem, Message, Session

# Built once: every step and every read of a session runs them.
_OF_SESSION: BindParameter[UUID] = bindparam("session_id")
_ACTIVE_FIX = select(Fix).where(
    Fix.session_id == _OF_SESSION, Fix.superseded_at.is_(None), Fix.status != FixStatus.DISMISSED
)
_FIXES = select(Fix).where(Fix.session_id == _OF_SESSION).order_by(Fix.created_at, Fix.id)
_FACTS = select(Fact).where(Fact.session_id == _OF_SESSION, Fact.deleted_at.is_(None)).order_by(Fact.seq)
_LANE = select(LaneItem).where(LaneItem.session_id == _OF_SESSION).order_by(LaneItem.position)


async def find_active_fix(db: AsyncSession, session_id: UUID) -> Fix | None:
    """The fix that is neither superseded nor dismissed."""
    return (await db.execute(_ACTIVE_FIX, {"session_id": session_id})).scalar_one_or_none()


async def count_messages_since_apply(db: AsyncSession, fix: Fix) -> int:
    """Engineer messages since the run of a fix was declared: what the reminder of its outcome counts."""
    if fix.applied_at is None:
        return 0
    counted = await db.execute(
        select(func.count()).where(
            Message.session_id == fix.session_id,
            Message.role == MessageRole.ENGINEER,
            Message.created_at > fix.applied_at,
        )
    )
    return counted.scalar_one()


async def read_fixes(db: AsyncSession, session_id: UUID) -> Sequence[Fix]:
    """All fixes of the session, oldest first."""
    return (await db.execute(_FIXES, {"session_id": session_id})).scalars().all()


async def read_facts(db: AsyncSession, session_id: UUID) -> Sequence[Fact]:
    """The facts that stand, oldest first."""
    return (await db.execute(_FACTS, {"session_id": session_id})).scalars().all()


async def read_deleted_facts(db: AsyncSession, session_id: UUID) -> Sequence[Fact]:
    """The facts that were deleted and can be restored, last deleted first."""
    query = select(Fact).where(Fact.session_id == session_id, Fact.deleted_at.is_not(None))
    return (await db.execute(query.order_by(Fact.deleted_at.desc(), Fact.seq))).scalars().all()


async def read_lane(db: AsyncSession, session_id: UUID) -> Sequence[LaneItem]:
    """All lane items, in the order in which they were first asked."""
    return (await db.execute(_LANE, {"session_id": session_id})).scalars().all()


def fix_state(row: Fix) -> FixState:
    """What the rules need of a fix."""
    proposal = row.outcome_proposal
    return FixState(
        id=row.id,
        title=row.title,
        status=row.status,
        applied_at=row.applied_at,
        verified_at=row.verified_at,
        superseded_at=row.superseded_at,
        partial_notes=row.partial_notes,
        failure_reason=row.failure_reason,
        status_before_dismissal=row.status_before_dismissal,
        has_script=row.ai_drafted_script is not None,
        has_template=row.script_template_id is not None,
        proposed_outcome=ProposedOutcome(proposal["outcome"]) if proposal else None,
    )


def active_of(fixes: Sequence[Fix]) -> Fix | None:
    """The active fix among all of a session."""
    return next((fix for fix in fixes if is_active(fix_state(fix))), None)


def store_fix_state(row: Fix, state: FixState) -> None:
    """Write a transition's result back to the row."""
    row.title = state.title
    row.status = state.status
    row.applied_at = state.applied_at
    row.verified_at = state.verified_at
    row.superseded_at = state.superseded_at
    row.partial_notes = state.partial_notes
    row.failure_reason = state.failure_reason
    row.status_before_dismissal = state.status_before_dismissal
    if state.proposed_outcome is None:
        row.outcome_proposal = None


def lane_view(row: LaneItem) -> LaneItemView:
    return LaneItemView.model_validate(row, from_attributes=True)


def fix_view(row: Fix) -> FixView:
    return FixView(
        id=row.id,
        title=row.title,
        description=row.description,
        confidence_pct=row.confidence_pct,
        status=row.status,
        applied_at=row.applied_at,
        verified_at=row.verified_at,
        superseded=row.superseded_at is not None,
        partial_notes=row.partial_notes,
        failure_reason=row.failure_reason,
    )


def ticket_view(ticket: TicketDetail) -> TicketView:
    """The ticket as a pilot is shown it."""
    return TicketView(
        ref=ticket.id,
        summary=ticket.summary,
        description=ticket.description,
        client=ticket.company,
        contact=ticket.contact,
        priority=ticket.priority,
        board=ticket.board,
        status=ticket.status,
        notes=[
            TicketNoteView(author=note.author or "unknown", text=note.text, created_at=note.created_at)
            for note in ticket.notes
            # The description is the first discussion note: a pilot need not read it twice.
            if note.text != ticket.description
        ],
        configurations=[
            ConfigurationView(name=one.name, type=one.type, details=one.details)
            for one in ticket.configurations
        ],
        related=[
            RelatedTicketView(ref=other.id, summary=other.summary, status=other.status)
            for other in ticket.related
        ],
    )


def ticket_header(ticket: TicketDetail) -> TicketHeader:
    """The ticket as a session's header shows it."""
    return TicketHeader(
        ref=ticket.id,
        summary=ticket.summary,
        client=ticket.company,
        contact=ticket.contact,
        priority=ticket.priority,
        board=ticket.board,
        status=ticket.status,
    )


async def read_note_state(db: AsyncSession, session: Session) -> NoteState:
    """Everything a note may be made of, as of this transaction."""
    ticket = TicketHeader.model_validate(session.ticket) if session.ticket else None
    return NoteState(
        problem_summary=session.problem_summary,
        ticket=NoteTicket(
            ref=ticket.ref, summary=ticket.summary, client=ticket.client, contact=ticket.contact
        )
        if ticket
        else None,
        facts=[
            NoteFact(text=fact.text, source_type=fact.source_type, source_summary=fact.source_summary)
            for fact in await read_facts(db, session.id)
        ],
        lane=[
            NoteLaneItem.model_validate(item, from_attributes=True)
            for item in await read_lane(db, session.id)
        ],
        fixes=[_note_fix(fix) for fix in await read_fixes(db, session.id)],
    )


def _note_fix(row: Fix) -> NoteFix:
    superseded = row.superseded_at is not None
    return NoteFix(
        id=row.id,
        title=row.title,
        description=row.description,
        confidence_pct=row.confidence_pct,
        status=row.status,
        active=is_active(fix_state(row)),
        superseded=superseded,
        applied_at=row.applied_at,
        verified_at=row.verified_at,
        partial_notes=row.partial_notes,
        failure_reason=row.failure_reason,
    )


async def read_closing_settings(db: AsyncSession) -> ClosingSettings:
    """How the account puts notes on tickets; the defaults while nobody has set anything."""
    row = (await db.execute(select(FlowpilotSettings))).scalar_one_or_none()
    return ClosingSettings.model_validate(row) if row is not None else ClosingSettings()
