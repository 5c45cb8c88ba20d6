"""Second tickets: another problem that came up in a session gets a ticket of its own."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import select

from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.problems import ApiProblem, documented
from api.schemas.ticket import SpinOffBody
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands, StoredAnswer
from api.session_reads import require_session
from domain.commands import CommandAck
from domain.resources import SpinOffResource
from domain.vocabulary import SpinOffState
from infra.database.models import SpinOffTicket as SpinOffRow
from infra.database.resources import spin_off_resource
from workflows.troubleshooting_session.messages import SpinOffTicket

router = APIRouter(prefix="/ai-sessions/{session_id}/spin-off-tickets", tags=["ticket"])

CREATE_WITHIN = 20.0
"""Seconds to wait for the ticket. A slower ticketing system is followed in the event stream."""


@router.get(
    "",
    operation_id="listSpinOffTickets",
    summary="Second tickets of a session",
    responses=documented(401, 403, 404, 422, 503),
)
async def list_spin_offs(session_id: UUID, db: TenantDb, identity: Reader) -> list[SpinOffResource]:
    """Everything that was asked for, newest first, with how far it is."""
    await require_session(db, session_id)
    rows = await db.execute(
        select(SpinOffRow)
        .where(SpinOffRow.session_id == session_id)
        .order_by(SpinOffRow.created_at.desc(), SpinOffRow.id)
    )
    return [spin_off_resource(row) for row in rows.scalars()]


@router.post(
    "",
    operation_id="createSpinOffTicket",
    summary="Create a second ticket",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 502, 503),
)
async def create_spin_off(
    session_id: UUID, body: SpinOffBody, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> SpinOffResource:
    """Create a ticket for another problem, once. `running` when the PSA takes longer: the event stream tells."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.stored_answer("spin_off_ticket", body)
    row = await _read(services, identity, stored) if stored is not None else None
    if row is None or row.state is SpinOffState.RUNNING:
        # A repeat waits for the same ticket, so that it gets the same answer.
        row = await _read(services, identity, await _create(commands, body))
    if row.state is SpinOffState.FAILED:
        raise ApiProblem(
            502,
            "psa_post_failed",
            row.error_detail or "The ticketing system did not create the ticket.",
            extra={"psa_code": row.error_code},
        )
    return spin_off_resource(row)


async def _create(commands: SessionCommands, body: SpinOffBody) -> StoredAnswer:
    """Have it created, and wait for a while."""
    command = commands.command(
        SpinOffTicket,
        "spin_off_ticket",
        body,
        summary=" ".join(body.summary.split()),
        description=(body.description or "").strip() or None,
        board_id=body.board_id,
        company_id=body.company_id,
        psa_connection_id=body.psa_connection_id,
    )
    slow: ApiProblem | None = None
    try:
        ack = await commands.send("spin_off_ticket", command, CommandAck, answer_within=CREATE_WITHIN)
        commands.check_hash(ack.request_hash, command.request_hash)
    except ApiProblem as problem:
        if problem.code != "still_processing":
            raise
        slow = problem
    stored = await commands.stored_answer("spin_off_ticket", body)
    if stored is None:
        raise slow or RuntimeError("a second ticket that was acknowledged is recorded")
    return stored


async def _read(services: Services, identity: Identity, stored: StoredAnswer) -> SpinOffRow:
    async with services.database.tenant(identity.account_id) as db:
        return await db.get_one(SpinOffRow, UUID(stored.result["id"]))
