"""Rows as the outside sees them: the one place where a row becomes a resource of the API."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.facts import is_editable
from domain.fixes import NudgeState, is_active, is_nudge_due
from domain.resources import (
    ErrorInfo,
    FactResource,
    FixResource,
    ItemAnswerResource,
    LaneItemResource,
    MessageResource,
    NudgeResource,
    OutcomeProposal,
    PilotInfo,
    SessionResource,
    SpinOffResource,
    TicketHeader,
    UploadResource,
    WritebackResource,
)
from infra.database.models import Fact, Fix, LaneItem, Message, Session, SpinOffTicket, Upload, Writeback
from infra.database.rows import count_messages_since_apply, fix_state


def message_resource(row: Message) -> MessageResource:
    return MessageResource(
        id=row.id,
        seq=row.seq,
        role=row.role,
        text=row.text,
        author_id=row.author_id,
        answers=[ItemAnswerResource.model_validate(answer) for answer in row.answers or []],
        uploads=[UploadResource.model_validate(upload) for upload in row.uploads or []],
        turn_id=row.turn_id,
        turn_state=row.turn_state,
        stop_reason=row.stop_reason,
        error=_error(row.error_code, row.error_detail),
        created_at=row.created_at,
    )


def upload_resource(row: Upload) -> UploadResource:
    return UploadResource(
        id=row.id,
        file_name=row.file_name,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        width=row.width,
        height=row.height,
        has_thumbnail=row.thumbnail_key is not None,
    )


def lane_item_resource(row: LaneItem, promoted_fact_id: UUID | None) -> LaneItemResource:
    return LaneItemResource(
        id=row.id,
        kind=row.kind,
        text=row.text,
        context=row.context,
        options=row.options,
        command=row.command,
        description=row.description,
        action=row.action,
        status=row.status,
        answer=row.answer,
        output=row.output,
        promoted_fact_id=promoted_fact_id,
        created_at=row.created_at,
        answered_at=row.answered_at,
    )


def fact_resource(row: Fact) -> FactResource:
    return FactResource(
        id=row.id,
        text=row.text,
        source_type=row.source_type,
        source_ref=row.source_ref,
        source_summary=row.source_summary,
        message_id=row.message_id,
        editable=is_editable(row.source_type),
        disputed=row.disputed,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def read_fix_resource(db: AsyncSession, row: Fix) -> FixResource:
    """A fix as everyone is told it, in reads and in events alike: the active one with its reminder."""
    if not is_active(fix_state(row)):
        return fix_resource(row)
    return fix_resource(row, await count_messages_since_apply(db, row))


def fix_resource(row: Fix, messages_since_apply: int | None = None) -> FixResource:
    """A fix; `messages_since_apply` is given for the active one."""
    return FixResource(
        id=row.id,
        title=row.title,
        description=row.description,
        confidence_pct=row.confidence_pct,
        script_template_id=row.script_template_id,
        script_template_slug=row.script_template_slug,
        ai_drafted_script=row.ai_drafted_script,
        ai_drafted_parameters=row.ai_drafted_parameters,
        parameters_used=row.parameters_used,
        user_decision=row.user_decision,
        status=row.status,
        partial_notes=row.partial_notes,
        failure_reason=row.failure_reason,
        ai_outcome_proposal=OutcomeProposal.model_validate(row.outcome_proposal)
        if row.outcome_proposal
        else None,
        applied_at=row.applied_at,
        verified_at=row.verified_at,
        superseded_at=row.superseded_at,
        nudge=None if messages_since_apply is None else _nudge(row, messages_since_apply),
        created_at=row.created_at,
    )


def _nudge(row: Fix, messages_since_apply: int) -> NudgeResource:
    nudge = NudgeState(messages_since_apply=messages_since_apply, silenced_until=row.nudge_silenced_until)
    return NudgeResource(**nudge.model_dump(), due=is_nudge_due(nudge, fix_state(row)))


def writeback_resource(row: Writeback) -> WritebackResource:
    return WritebackResource(
        number=row.number,
        kind=row.kind,
        state=row.state,
        step=row.step,
        ticket_ref=row.ticket_id,
        external_id=row.note_id,
        posted_at=row.posted_at,
        logged_minutes=row.time_minutes if row.time_entry_id else None,
        time_error=_error(row.time_error_code, row.time_error_detail),
        expected=row.expected_status_name,
        observed=row.observed_status_name,
        observed_status_id=row.observed_status_id,
        status_transition_skipped_reason=row.status_transition_skipped_reason,
        error=_error(row.error_code, row.error_detail),
    )


def spin_off_resource(row: SpinOffTicket) -> SpinOffResource:
    return SpinOffResource(
        id=row.id,
        state=row.state,
        summary=row.summary,
        description=row.description,
        psa_connection_id=row.connection_id,
        board_id=row.board_id,
        company_id=row.company_id,
        parent_ticket_id=row.parent_ticket_id,
        ticket_id=row.ticket_id,
        error=_error(row.error_code, row.error_detail),
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def session_resource(row: Session, writeback: Writeback | None) -> SessionResource:
    return SessionResource(
        id=row.id,
        title=row.title,
        status=row.status,
        state_version=row.state_version,
        problem_summary=row.problem_summary,
        problem_domain=row.problem_domain,
        intake_type=row.intake_type.value,
        psa_connection_id=row.psa_connection_id,
        psa_ticket_id=row.psa_ticket_id,
        ticket=TicketHeader.model_validate(row.ticket) if row.ticket else None,
        started_by=row.started_by,
        engineer_id=row.engineer_id,
        resolution_summary=row.resolution_summary,
        escalation_reason=row.escalation_reason,
        writeback=writeback_resource(writeback) if writeback else None,
        pilot=PilotInfo(provider=row.pilot_provider, degraded_reason=row.pilot_degraded_reason),
        created_at=row.created_at,
        updated_at=row.updated_at,
        escalated_at=row.escalated_at,
        resolved_at=row.resolved_at,
    )


def _error(code: str | None, detail: str | None) -> ErrorInfo | None:
    return ErrorInfo(code=code, detail=detail or "") if code else None
