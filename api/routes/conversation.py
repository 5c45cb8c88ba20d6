"""Talking to the pilot: messages, answers in the lane, stopping and retrying a reply."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter

from api.dependencies import IdempotencyKey, ServicesDep, Worker
from api.event_hub import Subscription
from api.message_intake import accept_message
from api.problems import ApiProblem, documented, shutting_down
from api.rate_limiting import TurnAllowance
from api.schemas.sessions import AnswerItemsBody, ChatAnswer, MessageAccepted, MessageBody, StatusAnswer
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands
from api.session_reads import require_session
from api.turn_reads import read_chat_answer
from domain.vocabulary import TurnState
from infra.database.models import Message
from workflows.troubleshooting_session.messages import (
    AnswerItems,
    ItemAnswer,
    RetryTurn,
    StopTurn,
)

router = APIRouter(prefix="/ai-sessions/{session_id}", tags=["conversation"])

CHAT_WAITS = 120.0
"""Seconds that `/chat` waits for the reply."""

_ENDED = (TurnState.DONE, TurnState.FAILED, TurnState.STOPPED)


@router.post(
    "/messages",
    operation_id="sendMessage",
    summary="Say something",
    status_code=202,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 503),
    dependencies=[TurnAllowance],
)
async def send_message(
    session_id: UUID, body: MessageBody, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> MessageAccepted:
    """Store a message. A message to a paused session makes it active; the reply comes over the event stream."""
    return await accept_message(services, SessionCommands(services, identity, session_id, key), body)


@router.post(
    "/chat",
    operation_id="chat",
    summary="Say something and wait for the reply",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503, 504),
    dependencies=[TurnAllowance],
)
async def chat(
    session_id: UUID, body: MessageBody, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> ChatAnswer:
    """The same as sending a message, and the whole reply as the answer. 504 when it takes over two minutes."""
    with services.hub.subscribe(session_id) as subscription:
        commands = SessionCommands(services, identity, session_id, key)
        accepted = await accept_message(services, commands, body)
        try:
            async with asyncio.timeout(CHAT_WAITS):
                while True:
                    message = await _read_ended(services, identity, accepted.message_id)
                    if message is not None:
                        async with services.database.tenant(identity.account_id) as db:
                            return await read_chat_answer(db, message)
                    await _something_stored(subscription)
        except TimeoutError:
            raise ApiProblem(
                504, "reply_still_running", "The reply takes longer. It will appear in the session."
            ) from None


async def _something_stored(subscription: Subscription) -> None:
    """Wait for an event that was stored: of pieces of a reply there are dozens a second."""
    while (notice := await subscription.next()) is not None:
        if notice["kind"] in ("event", "resync"):
            return
    raise shutting_down()


async def _read_ended(services: Services, identity: Identity, message_id: UUID) -> Message | None:
    async with services.database.tenant(identity.account_id) as db:
        message = await db.get(Message, message_id)
    if message is None or message.turn_state not in _ENDED:
        return None
    if message.turn_state is TurnState.FAILED:
        raise ApiProblem(
            502, message.error_code or "reply_failed", message.error_detail or "The reply failed."
        )
    return message


@router.post(
    "/items",
    operation_id="answerItems",
    summary="Answer questions and checks",
    status_code=202,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 503),
    dependencies=[TurnAllowance],
)
async def answer_items(
    session_id: UUID,
    body: AnswerItemsBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> MessageAccepted:
    """Answers, outputs and skips, several at once, as one message to the pilot.

    Items that were set aside, skipped or answered take an answer too: the latest counts.
    """
    commands = SessionCommands(services, identity, session_id, key)
    items = [ItemAnswer.model_validate(item.model_dump()) for item in body.items]
    stored = await commands.run("answer_items", AnswerItems, "answer_items", body, items=items)
    return MessageAccepted(message_id=stored.result["id"], seq=stored.result["seq"])


@router.post(
    "/stop",
    operation_id="stopReply",
    summary="Stop the reply being generated",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def stop(
    session_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> StatusAnswer:
    """Stop. What was written so far is kept."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run("stop_turn", StopTurn, "stop_turn", None)
    return StatusAnswer.model_validate(stored.result)


@router.post(
    "/retry",
    operation_id="retryReply",
    summary="Run the failed or stopped turn again",
    responses=documented(401, 403, 404, 409, 422, 429, 503),
    dependencies=[TurnAllowance],
)
async def retry(
    session_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> StatusAnswer:
    """Let the pilot try again to answer the messages of the failed turn."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run("retry_turn", RetryTurn, "retry_turn", None)
    if "status" not in stored.result:  # recorded by an earlier version
        return await _status(services, identity, session_id)
    return StatusAnswer.model_validate(stored.result)


async def _status(services: Services, identity: Identity, session_id: UUID) -> StatusAnswer:
    async with services.database.tenant(identity.account_id) as db:
        session = await require_session(db, session_id)
        return StatusAnswer(status=session.status, state_version=session.state_version)
