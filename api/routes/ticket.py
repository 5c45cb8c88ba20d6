"""The ticket of a session: linking it, or another one."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import IdempotencyKey, Reader, ServicesDep, Worker
from api.problems import documented
from api.schemas.ticket import LinkedTicketAnswer, LinkTicketBody, TicketStatus, TicketStatusesAnswer
from api.session_commands import SessionCommands
from api.session_reads import require_session
from api.tickets import board_statuses, find_connection, keep_ticket, session_board
from domain.psa import PsaError, PsaRejected
from domain.sessions import SessionCommand, check_command
from infra.database.models import PsaConnection, Session
from workflows.troubleshooting_session.messages import LinkTicket

router = APIRouter(prefix="/ai-sessions/{session_id}", tags=["ticket"])


@router.post(
    "/ticket",
    operation_id="linkTicket",
    summary="Link or change the ticket",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 502, 503),
)
async def link_ticket(
    session_id: UUID,
    body: LinkTicketBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> LinkedTicketAnswer:
    """Read the ticket from the PSA and make it the session's. The title stays; the pilot knows it from now on."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.stored_answer("link_ticket", body)
    if stored is None:
        async with services.database.tenant(identity.account_id) as db:
            session = await require_session(db, session_id)
            # Nobody waits for a ticketing system to hear that the session is closed.
            check_command(session.status, SessionCommand.LINK_TICKET)
            connection = await _meant_connection(db, session, body.psa_connection_id)
        ticket = await keep_ticket(services, connection, body.psa_ticket_id)
        stored = await commands.run(
            "link_ticket",
            LinkTicket,
            "link_ticket",
            body,
            psa_connection_id=connection.id,
            psa_ticket_id=ticket.id,
        )
    return LinkedTicketAnswer.model_validate(stored.result)


@router.get(
    "/ticket/statuses",
    operation_id="listTicketStatuses",
    summary="Statuses the ticket can be moved to",
    responses=documented(401, 403, 404, 422, 503),
)
async def list_ticket_statuses(
    session_id: UUID, services: ServicesDep, identity: Reader
) -> TicketStatusesAnswer:
    """What can be chosen when a note is confirmed; an empty list with a reason when there is nothing to choose."""
    async with services.database.tenant(identity.account_id) as db:
        session = await require_session(db, session_id)
        board = await session_board(db, session)
    if session.psa_ticket_id is None:
        return TicketStatusesAnswer(statuses=[], reason="no_ticket")
    if board is None:
        return TicketStatusesAnswer(statuses=[], reason="no_connection")
    try:
        statuses = await board_statuses(services, board)
    except PsaRejected:
        return TicketStatusesAnswer(statuses=[], reason="psa_rejected")
    except PsaError:
        return TicketStatusesAnswer(statuses=[], reason="psa_unavailable")
    return TicketStatusesAnswer(
        statuses=[TicketStatus(id=one.id, name=one.name, is_closed=one.is_closed) for one in statuses]
    )


async def _meant_connection(db: AsyncSession, session: Session, named: UUID | None) -> PsaConnection:
    """The named connection, else the session's own while it is in use, else the account's only one."""
    if named is None and session.psa_connection_id is not None:
        own = await db.get(PsaConnection, session.psa_connection_id)
        if own is not None and own.is_active:
            return own
    return await find_connection(db, named)
