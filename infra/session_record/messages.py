"""What is said in a session: a message with its event, and an engineer's message that waits for its turn."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from domain.commands import Command, Recorded
from domain.conversation import check_message
from domain.resources import UploadResource
from domain.sessions import SessionCommand, status_after
from domain.vocabulary import EventType, MessageRole, TurnState
from infra.database.connection import Database
from infra.database.models import Message
from infra.database.resources import message_resource
from infra.session_record.transaction import Json, SessionTransaction, record_command
from infra.session_record.uploads import claim_uploads


class ChangesMoreThanTheConversation(Exception):
    """The message would also move the session, which is its workflow's to do. Nothing was stored."""


def say(
    transaction: SessionTransaction,
    text: str,
    *,
    role: MessageRole,
    author_id: UUID | None = None,
    answers: list[Json] | None = None,
    uploads: Sequence[UploadResource] = (),
    queued: bool = False,
) -> Message:
    """Add a message to the conversation, with its event."""
    session = transaction.session
    message = Message(
        id=uuid4(),
        account_id=session.account_id,
        session_id=session.id,
        seq=transaction.reserve_seq(),
        role=role,
        author_id=author_id,
        text=text,
        answers=answers,
        uploads=[upload.model_dump(mode="json") for upload in uploads] or None,
        turn_state=TurnState.QUEUED if queued else None,
        created_at=transaction.now,
    )
    return add_message(transaction, message)


def add_message(transaction: SessionTransaction, message: Message) -> Message:
    """Add a message with the event that gives it its number."""
    transaction.db.add(message)
    transaction.emit(
        EventType.MESSAGE_CREATED,
        {"message": message_resource(message).model_dump(mode="json", exclude_none=True)},
    )
    return message


def take_message(
    transaction: SessionTransaction,
    command: Command,
    rule: SessionCommand,
    text: str,
    *,
    answers: list[Json] | None = None,
    uploads: Sequence[UploadResource] = (),
) -> Json:
    """Add what an engineer says, for the next turn; a paused session goes on. Raises what `rule` refuses."""
    session = transaction.session
    before = session.status
    session.status = status_after(before, rule)
    message = say(
        transaction,
        text,
        role=MessageRole.ENGINEER,
        author_id=command.actor_id,
        answers=answers,
        uploads=uploads,
        queued=True,
    )
    if session.status is not before:
        transaction.emit_status()
    transaction.touch()
    return {"id": str(message.id), "seq": message.seq}


async def store_message(
    database: Database, command: Command, text: str, upload_ids: Sequence[UUID], *, may_move: bool = True
) -> Recorded:
    """Store an engineer's message once; it waits for the next turn.

    `may_move` is for the session's workflow, the only one to change where a session stands. Anybody else gets
    ChangesMoreThanTheConversation where the message would. Raises what cannot be a message, or not now.
    """

    async def effect(transaction: SessionTransaction) -> Json:
        check_message(text, has_uploads=bool(upload_ids))
        status = transaction.session.status
        if not may_move and status_after(status, SessionCommand.MESSAGE) is not status:
            raise ChangesMoreThanTheConversation
        uploads = await claim_uploads(transaction, command.actor_id, upload_ids)
        return take_message(transaction, command, SessionCommand.MESSAGE, text, uploads=uploads)

    return await record_command(database, command, "engineer_message", effect)
