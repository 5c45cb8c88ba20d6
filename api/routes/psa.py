"""The ticketing system: connections, boards and the queue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, Query
from pydantic import SecretStr
from sqlalchemy import select

from api.audit_trail import Audit
from api.dependencies import Administrator, Reader, ServicesDep, TenantDb
from api.problems import ApiProblem, documented, from_psa, not_found
from api.schemas.psa import (
    BoardsAnswer,
    ConnectionAnswer,
    ConnectionBody,
    ConnectionTestAnswer,
    TicketAnswer,
    TicketQueueAnswer,
)
from api.services import Services
from api.tickets import active_connections, find_connection
from domain.audit import AuditAction, AuditTarget
from domain.psa import PsaCredentialsRejected, PsaError, PsaRejected, TicketQuery
from infra.database.models import MemberMapping, PsaConnection

logger = structlog.get_logger()

router = APIRouter(prefix="/integrations/psa", tags=["psa"])


@router.get(
    "/connections", operation_id="listConnections", summary="Connections", responses=documented(401, 403, 503)
)
async def list_connections(db: TenantDb, identity: Reader) -> list[ConnectionAnswer]:
    """All connections of the account, without their secrets."""
    rows = await db.execute(select(PsaConnection).order_by(PsaConnection.created_at))
    return [_connection_answer(row) for row in rows.scalars()]


@router.post(
    "/connections",
    operation_id="createConnection",
    summary="Connect a ticketing system",
    status_code=201,
    responses=documented(400, 401, 403, 413, 422, 502, 503),
)
async def create_connection(
    body: ConnectionBody, services: ServicesDep, identity: Administrator, audit: Audit
) -> ConnectionAnswer:
    """Test the credentials, then store them encrypted. Nothing is stored when the test fails."""
    now = datetime.now(UTC)
    row = PsaConnection(
        id=uuid4(),
        account_id=identity.account_id,
        kind=body.kind,
        name=body.name,
        host=body.host,
        company_id=body.company_id,
        credentials=services.box.seal(
            {
                "public_key": _secret(body.public_key),
                "private_key": _secret(body.private_key),
                "client_id": _secret(body.client_id),
            }
        ),
        is_active=True,
        created_at=now,
    )
    try:
        version = await _test(services, row)
    except (ApiProblem, PsaError):
        await services.psa.forget(row.id)
        raise
    row.tested_version, row.tested_at = version.version, now
    async with services.database.tenant(identity.account_id) as db:
        db.add(row)
        await audit.record(
            db, AuditAction.CONNECTION_CREATED, AuditTarget.CONNECTION, row.id, after=_told(row)
        )
    logger.info("psa.connection_created", connection_id=str(row.id), account_id=str(identity.account_id))
    return _connection_answer(row)


@router.post(
    "/connections/{connection_id}/test",
    operation_id="testConnection",
    summary="Test a stored connection",
    responses=documented(401, 403, 404, 422, 502, 503),
)
async def test_connection(
    connection_id: UUID, services: ServicesDep, identity: Administrator, audit: Audit
) -> ConnectionTestAnswer:
    """Ask the PSA for its version with the stored credentials."""
    async with services.database.tenant(identity.account_id) as db:
        row = await db.get(PsaConnection, connection_id)
    if row is None:
        raise not_found("connection", "connection_not_found")
    answer = await _test(services, row)
    async with services.database.tenant(identity.account_id) as db:
        stored = await db.get(PsaConnection, connection_id)
        if stored is not None:
            before = {"tested_version": stored.tested_version}
            stored.tested_version, stored.tested_at = answer.version, datetime.now(UTC)
            await audit.record(
                db,
                AuditAction.CONNECTION_TESTED,
                AuditTarget.CONNECTION,
                stored.id,
                before=before,
                after={"tested_version": answer.version},
            )
    return answer


@router.post(
    "/connections/{connection_id}/deactivate",
    operation_id="deactivateConnection",
    summary="Disconnect a ticketing system",
    responses=documented(401, 403, 404, 422, 503),
)
async def deactivate_connection(
    connection_id: UUID, services: ServicesDep, db: TenantDb, identity: Administrator, audit: Audit
) -> ConnectionAnswer:
    """Stop using a connection. Open sessions stay open; their notes wait for a new connection."""
    row = await db.get(PsaConnection, connection_id)
    if row is None:
        raise not_found("connection", "connection_not_found")
    before = _told(row)
    row.is_active = False
    await audit.record(
        db,
        AuditAction.CONNECTION_DEACTIVATED,
        AuditTarget.CONNECTION,
        row.id,
        before=before,
        after=_told(row),
    )
    await services.psa.forget(row.id)
    return _connection_answer(row)


@router.get(
    "/boards", operation_id="listBoards", summary="Boards", responses=documented(401, 403, 404, 409, 422, 503)
)
async def list_boards(
    services: ServicesDep, identity: Reader, connection_id: UUID | None = None
) -> BoardsAnswer:
    """Boards of the PSA; an empty list with a reason when it cannot be asked."""
    async with services.database.tenant(identity.account_id) as db:
        if connection_id is None and not await active_connections(db):
            return BoardsAnswer(boards=[], reason="no_connection")
        connection = await find_connection(db, connection_id)
    try:
        provider = await services.psa.provider(connection)
        return BoardsAnswer(boards=await provider.boards())
    except PsaError as error:
        return BoardsAnswer(boards=[], reason=_reason(error))


@router.get(
    "/tickets/search",
    operation_id="searchTickets",
    summary="The ticket queue",
    responses=documented(400, 401, 403, 404, 409, 422, 503),
)
async def search_tickets(
    services: ServicesDep,
    identity: Reader,
    connection_id: UUID | None = None,
    query: Annotated[str | None, Query(max_length=200, description="Number or words of the summary.")] = None,
    board_ids: Annotated[
        str | None, Query(max_length=400, description="Board ids, separated by commas.")
    ] = None,
    status_id: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
    company_id: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
    priority_id: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
    assigned_to_me: bool = False,
    unassigned: bool = False,
    include_closed: bool = False,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 10,
) -> TicketQueueAnswer:
    """Open tickets, newest first. Nobody to ask, or nobody mapped: an empty list with the reason, never an error."""
    empty = TicketQueueAnswer(tickets=[], page=page, page_size=page_size, has_more=False)
    async with services.database.tenant(identity.account_id) as db:
        if connection_id is None and not await active_connections(db):
            return empty.model_copy(
                update={"reason": "no_connection", "reason_detail": "No ticketing system is connected."}
            )
        connection = await find_connection(db, connection_id)
        me = None
        if assigned_to_me:
            mapping = await db.execute(
                select(MemberMapping.external_identifier).where(
                    MemberMapping.connection_id == connection.id, MemberMapping.user_id == identity.user_id
                )
            )
            me = mapping.scalar_one_or_none()
    if assigned_to_me and me is None:
        detail = "You are not mapped to a member of the ticketing system. An administrator can map you."
        return empty.model_copy(
            update={"reason": "not_mapped", "reason_detail": detail, "connection_id": connection.id}
        )
    wanted = TicketQuery(
        text=query.replace("\x00", "").strip() or None if query else None,
        board_ids=_board_ids(board_ids),
        status_id=status_id,
        company_id=company_id,
        priority_id=priority_id,
        assigned_to=me,
        unassigned=unassigned,
        include_closed=include_closed,
        page=page,
        page_size=page_size,
    )
    try:
        provider = await services.psa.provider(connection)
        found = await provider.search_tickets(wanted)
    except PsaError as error:
        return empty.model_copy(
            update={
                "reason": _reason(error),
                "reason_detail": from_psa(error).detail,
                "connection_id": connection.id,
            }
        )
    return TicketQueueAnswer(
        tickets=found.tickets,
        page=found.page,
        page_size=found.page_size,
        has_more=found.has_more,
        connection_id=connection.id,
    )


@router.get(
    "/tickets/{ticket_id}",
    operation_id="getTicket",
    summary="A ticket with its notes",
    responses=documented(401, 403, 404, 409, 422, 502, 503),
)
async def get_ticket(
    ticket_id: str, services: ServicesDep, identity: Reader, connection_id: UUID | None = None
) -> TicketAnswer:
    """Read the ticket from the PSA, as it is now."""
    if not (ticket_id.isascii() and ticket_id.isdigit() and len(ticket_id) <= 12):
        raise not_found("ticket", "ticket_not_found")
    async with services.database.tenant(identity.account_id) as db:
        connection = await find_connection(db, connection_id)
    provider = await services.psa.provider(connection)
    return TicketAnswer(ticket=await provider.get_ticket(ticket_id), connection_id=connection.id)


async def _test(services: Services, row: PsaConnection) -> ConnectionTestAnswer:
    try:
        provider = await services.psa.provider(row)
        version = await provider.test()
    except PsaCredentialsRejected as error:
        raise ApiProblem(
            422,
            "psa_credentials_rejected",
            f"The ticketing system does not accept these credentials: {error.message}",
        ) from error
    return ConnectionTestAnswer(version=version.version, company_name=version.company_name)


def _reason(error: PsaError) -> Literal["psa_unavailable", "psa_rejected"]:
    return "psa_rejected" if isinstance(error, PsaRejected) else "psa_unavailable"


def _board_ids(text: str | None) -> list[int]:
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise ApiProblem(400, "board_id_invalid", "Board ids are numbers, separated by commas.")
    return [int(part) for part in parts]


def _told(row: PsaConnection) -> dict[str, Any]:
    """What the audit log tells of a connection: nothing of its credentials."""
    return {
        "kind": row.kind,
        "name": row.name,
        "host": row.host,
        "company_id": row.company_id,
        "is_active": row.is_active,
    }


def _secret(value: SecretStr) -> str:
    return value.get_secret_value()


def _connection_answer(row: PsaConnection) -> ConnectionAnswer:
    return ConnectionAnswer.model_validate(row, from_attributes=True)
