"""Starting, listing, reading and following sessions."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from sqlalchemy import select
from sse_starlette import EventSourceResponse

from api.cursors import CURSOR_LIMIT
from api.date_range import Moment, first_moment, last_moment
from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.event_stream import SessionStream, heartbeat
from api.handover_reads import read_briefing
from api.presence import Viewer
from api.problems import ApiProblem, documented
from api.rate_limiting import TurnAllowance
from api.schemas.common import Page
from api.schemas.sessions import (
    MessagePage,
    ReasonBody,
    SessionDetail,
    SessionRow,
    StartSessionBody,
    StatusAnswer,
)
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands, session_id_for
from api.session_detail import read_detail
from api.session_list import list_sessions
from api.session_reads import latest_writeback, read_messages, require_session
from api.tickets import find_connection, keep_ticket
from domain.commands import CommandAck
from domain.permissions import Permission, may
from domain.resources import SessionResource
from domain.vocabulary import SessionStatus
from infra.database.models import Session, User
from infra.database.resources import session_resource
from workflows.troubleshooting_session.messages import ChangeStatus, OpenSession, ReopenSession

LONGEST_PIECE_INTERVAL_MS = 1_000
"""A reader of a running reply sees its words a second late at most."""
STREAMS_END_WITHIN = 2.0
"""Seconds in which an open stream comes to its end by itself when the process ends; then it is broken off."""

router = APIRouter(prefix="/ai-sessions", tags=["sessions"])


@router.post(
    "",
    operation_id="startSession",
    summary="Start a session",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503),
    dependencies=[TurnAllowance],
)
async def start_session(
    body: StartSessionBody, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> SessionResource:
    """Start from a text, a ticket, files, or all of them; the first turn runs by itself."""
    if body.text is None and body.psa_ticket_id is None and not body.upload_ids:
        raise ApiProblem(
            400,
            "nothing_to_start_from",
            "Describe the problem, choose a ticket or send a file to start from.",
        )
    commands = SessionCommands(services, identity, session_id_for(identity, key), key)
    command_hash = commands.hash_of("open_session", body)
    async with services.database.tenant(identity.account_id) as db:
        repeated = await db.get(Session, commands.session_id) is not None
        connection = (
            await find_connection(db, body.psa_connection_id) if body.psa_ticket_id and not repeated else None
        )
    if repeated:
        await commands.stored_answer("open_session", body)
        return await _started(services, identity, commands.session_id)
    ticket = None
    if connection is not None and body.psa_ticket_id is not None:
        ticket = await keep_ticket(services, connection, body.psa_ticket_id)
    command = OpenSession(
        command_id=commands.command_id,
        request_hash=command_hash,
        account_id=identity.account_id,
        session_id=commands.session_id,
        actor_id=identity.user_id,
        title=body.title,
        text=body.text,
        upload_ids=body.upload_ids,
        psa_connection_id=connection.id if connection else None,
        psa_ticket_id=ticket.id if ticket else None,
    )
    ack = await commands.send("open_session", command, CommandAck, fresh=True)
    commands.check_hash(ack.request_hash, command_hash)
    return await _started(services, identity, commands.session_id)


async def _started(services: Services, identity: Identity, session_id: UUID) -> SessionResource:
    async with services.database.tenant(identity.account_id) as db:
        session = await require_session(db, session_id)
        return session_resource(session, await latest_writeback(db, session.id))


@router.get(
    "",
    operation_id="listSessions",
    summary="Sessions, latest first",
    responses=documented(401, 403, 422, 503),
)
async def get_sessions(
    db: TenantDb,
    identity: Reader,
    scope: Annotated[
        Literal["mine", "team"], Query(description="Own sessions or the whole team's.")
    ] = "mine",
    status: SessionStatus | None = None,
    q: Annotated[str | None, Query(max_length=200, description="Title, ticket number or client.")] = None,
    psa_ticket_id: Annotated[str | None, Query(max_length=100)] = None,
    started_from: Annotated[
        Moment | None, Query(alias="from", description="Started then or later: a day (UTC) or a time.")
    ] = None,
    started_to: Annotated[
        Moment | None, Query(alias="to", description="Started then or earlier; a day counts to its end.")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[SessionRow]:
    """List sessions of the account."""
    for text in (q, psa_ticket_id, cursor):
        if text is not None and "\x00" in text:
            raise ApiProblem(422, "validation_failed", "A search text contains a NUL character.")
    return await list_sessions(
        db,
        engineer_id=identity.user_id if scope == "mine" else None,
        status=status,
        q=q,
        psa_ticket_id=psa_ticket_id,
        started_from=first_moment(started_from) if started_from else None,
        started_to=last_moment(started_to) if started_to else None,
        cursor=cursor,
        limit=limit,
    )


@router.get(
    "/{session_id}",
    operation_id="getSession",
    summary="A session with everything a page needs",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_session(session_id: UUID, db: TenantDb, identity: Reader) -> SessionDetail:
    """Session, latest messages, lane, facts, active fix and a reply in progress, as of one moment."""
    detail = await read_detail(db, session_id)
    if detail.session.escalated_at is not None:
        detail.briefing = await read_briefing(db, session_id)
    return detail


@router.get(
    "/{session_id}/messages",
    operation_id="listMessages",
    summary="Older messages",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_messages(
    session_id: UUID,
    db: TenantDb,
    identity: Reader,
    before: Annotated[
        int | None, Query(ge=0, le=2**62, description="Number of the oldest message known.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MessagePage:
    """Messages before a number, oldest first; the cursor leads further back."""
    await require_session(db, session_id)
    return await read_messages(db, session_id, before=before, limit=limit)


async def stream_viewer(db: TenantDb, identity: Reader) -> Viewer | None:
    """Who watches the stream, as the others see them; None for somebody of another account who looks in."""
    name = (await db.execute(select(User.name).where(User.id == identity.user_id))).scalar_one_or_none()
    return Viewer(identity.user_id, name) if name is not None else None


async def resume_point(
    session_id: UUID,
    db: TenantDb,
    identity: Reader,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Number of the last event seen.")
    ] = None,
) -> int:
    """Where the stream goes on; also the check that the caller may see the session, before anything is sent."""
    session = await require_session(db, session_id)
    if last_event_id is None:
        return session.last_seq
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 18:
        raise ApiProblem(422, "last_event_id_invalid", "Last-Event-ID is not the number of an event.")
    return min(int(last_event_id), session.last_seq)


@router.get(
    "/{session_id}/events",
    operation_id="streamSession",
    summary="Event stream of a session",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **documented(401, 403, 404, 422, 503)},
)
async def stream_session(
    session_id: UUID,
    services: ServicesDep,
    identity: Reader,
    last_seq: Annotated[int, Depends(resume_point)],
    viewer: Annotated[Viewer | None, Depends(stream_viewer)],
    piece_interval_ms: Annotated[
        int,
        Query(
            ge=0, le=LONGEST_PIECE_INTERVAL_MS, description="Pieces of a reply come no more often than this."
        ),
    ] = 0,
) -> EventSourceResponse:
    """Server-sent events. Durable ones have an `id`; send the last one as `Last-Event-ID` to miss nothing.

    The others tell of the moment: `reply.delta` and `reply.reset` the prose of a running reply, `presence.changed` all
    who have the session open (`people`, each once with `user_id` and `name`), `heartbeat` nothing, every 15 seconds.
    """

    async def may_go_on() -> bool:
        current = await services.standing.of(identity)
        return current is not None and may(current.role, Permission.READ, current.is_super_admin)

    closing = asyncio.Event()
    stream = SessionStream(
        services.database,
        services.hub,
        identity.account_id,
        session_id,
        last_seq,
        viewer,
        may_go_on,
        piece_interval_ms / 1000,
        closing,
    )
    return EventSourceResponse(
        stream.events(),
        ping=15,
        ping_message_factory=heartbeat,
        send_timeout=20,
        shutdown_event=cast("Any", closing),  # only its set() is called
        shutdown_grace_period=STREAMS_END_WITHIN,
    )


async def change_status(
    update: str, commands: SessionCommands, reason: str | None, body: ReasonBody | None
) -> StatusAnswer:
    """Run one of the commands that only move the status."""
    stored = await commands.run(update, ChangeStatus, update, body, reason=reason)
    return StatusAnswer.model_validate(stored.result)


@router.post(
    "/{session_id}/reopen",
    operation_id="reopenSession",
    summary="Go on with a closed session",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def reopen(
    session_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> StatusAnswer:
    """Make a resolved or abandoned session active again, as it was, while it has not been closed for too long."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run("reopen", ReopenSession, "reopen", None)
    return StatusAnswer.model_validate(stored.result)


@router.post(
    "/{session_id}/pause",
    operation_id="pauseSession",
    summary="Pause a session",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def pause(
    session_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> StatusAnswer:
    """Pause. A message makes the session active again."""
    return await change_status("pause", SessionCommands(services, identity, session_id, key), None, None)


@router.post(
    "/{session_id}/resume",
    operation_id="resumeSession",
    summary="Resume a paused session",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def resume(
    session_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> StatusAnswer:
    """Make a paused session active."""
    return await change_status("resume", SessionCommands(services, identity, session_id, key), None, None)


@router.post(
    "/{session_id}/abandon",
    operation_id="abandonSession",
    summary="Close a session without a note",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def abandon(
    session_id: UUID,
    services: ServicesDep,
    identity: Worker,
    body: ReasonBody | None = None,
    key: IdempotencyKey = None,
) -> StatusAnswer:
    """Abandon, with a reason for those who look it up later."""
    commands = SessionCommands(services, identity, session_id, key)
    return await change_status("abandon", commands, body.reason if body else None, body)
