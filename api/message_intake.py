"""Taking what an engineer says: stored here, then told to the session's workflow, which lets the pilot answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from api.schemas.sessions import MessageAccepted, MessageBody
from api.services import Services
from api.session_commands import SessionCommands
from domain.commands import CommandAck, Recorded
from infra.database.connection import Database
from infra.database.faults import is_momentary
from infra.session_record.messages import ChangesMoreThanTheConversation, store_message
from workflows.troubleshooting_session.messages import EngineerMessage

logger = structlog.get_logger()

_NAME = "engineer_message"


Tell = Callable[[EngineerMessage], Awaitable[CommandAck]]
"""Sends the message to its session's workflow and answers what that answers."""


async def accept_message(services: Services, commands: SessionCommands, body: MessageBody) -> MessageAccepted:
    """Take what the body says. Raises what the rules refuse, 422 for a reused key, 503 when nobody could be told."""
    command = commands.command(EngineerMessage, _NAME, body, text=body.text, upload_ids=body.upload_ids)
    ack = await store_and_tell(
        services.database, command, lambda message: commands.send(_NAME, message, CommandAck)
    )
    commands.check_repeat(ack.request_hash, _NAME, body)
    if ack.entity_id is None:
        raise RuntimeError("a stored message has an id")
    return MessageAccepted(message_id=ack.entity_id, seq=ack.seq)


async def store_and_tell(database: Database, command: EngineerMessage, tell: Tell) -> CommandAck:
    """Store the message once and tell its session. Answers for the request that was first under the command's id.

    A message that was stored and not told is not lost: whoever repeats the request tells it, and so does the waker.
    """
    recorded = await _stored_here(database, command)
    if recorded is None:
        return await tell(command)
    ack = recorded.ack
    if ack.request_hash == command.request_hash and ack.entity_id in recorded.snapshot.queued:
        return await tell(command.model_copy(update={"recorded": recorded}))
    return ack


async def _stored_here(database: Database, command: EngineerMessage) -> Recorded | None:
    """What the message has left in the rows; None when its workflow is to store it.

    That is where the message moves the session, and where the database let us down in the middle of it: the workflow
    tries until it is stored, and finds what was stored already.
    """
    try:
        return await store_message(database, command, command.text, command.upload_ids, may_move=False)
    except ChangesMoreThanTheConversation:
        return None
    except Exception as error:
        if not is_momentary(error):
            raise
        logger.info("api.left_to_workflow", error=type(error).__name__)
        return None
