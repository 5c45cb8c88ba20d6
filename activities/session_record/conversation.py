"""Storing what is said: the opening of a session, engineer messages and answers to lane items."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.failures import explained
from activities.session_record.lane import item_not_found
from domain.commands import Recorded
from domain.conversation import AnsweredItem, answers_message, ticket_line
from domain.errors import RuleViolation, ViolationKind
from domain.psa import TicketDetail
from domain.resources import TicketHeader
from domain.sessions import SessionCommand
from domain.titles import title_from_text, title_from_ticket
from domain.uploads import files_line
from domain.vocabulary import EventType, IntakeType, LaneItemStatus, MessageRole, SessionStatus
from infra.database.connection import Database
from infra.database.models import LaneItem, Session, TicketSnapshot
from infra.database.rows import ticket_header
from infra.session_record.messages import say, store_message, take_message
from infra.session_record.transaction import (
    Json,
    SessionTransaction,
    acknowledge,
    find_command,
    finish,
    record_command,
    require_actor,
)
from infra.session_record.uploads import claim_uploads
from workflows.troubleshooting_session.messages import AnswerItems, EngineerMessage, ItemAnswer, OpenSession


class ConversationActivities:
    """Activities on the conversation; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def open_session(self, command: OpenSession) -> Recorded:
        """Make the session, with its first message when there is a text or a ticket."""
        async with self._database.tenant(command.account_id) as db:
            existing = (
                await db.execute(select(Session).where(Session.id == command.session_id).with_for_update())
            ).scalar_one_or_none()
            if existing is not None:
                return await self._repeat(db, existing, command)
            await require_actor(db, command.actor_id)
            ticket = await _read_ticket(db, command)
            row = await _add_session(db, _new_session(command, ticket))
            transaction = SessionTransaction(db, row, row.created_at)
            uploads = await claim_uploads(transaction, command.actor_id, command.upload_ids)
            if uploads and ticket is None and not command.text:
                row.problem_summary = files_line(uploads)
                row.title = command.title or row.problem_summary
            transaction.emit(EventType.SESSION_CREATED, {"status": row.status.value, "title": row.title})
            # A ticket alone starts the first turn too: its line is what the pilot answers.
            if ticket is not None:
                line = ticket_line(ticket.ref, ticket.summary)
                say(transaction, line, role=MessageRole.SYSTEM, queued=not (command.text or uploads))
            if command.text or uploads:
                say(
                    transaction,
                    command.text or "",
                    role=MessageRole.ENGINEER,
                    author_id=command.actor_id,
                    uploads=uploads,
                    queued=True,
                )
            result: Json = {"id": str(row.id)}
            transaction.mark_command(command, "open_session", result)
            ack = acknowledge(transaction.first_seq, command.request_hash, result)
            return Recorded(ack=ack, snapshot=await finish(transaction))

    async def _repeat(self, db: AsyncSession, row: Session, command: OpenSession) -> Recorded:
        earlier = await find_command(db, command.session_id, command.command_id)
        if earlier is None:
            raise RuleViolation("session_exists", "This session was already started by another request.")
        ack = acknowledge(earlier.seq, earlier.request_hash, earlier.result)
        return Recorded(ack=ack, snapshot=await finish(SessionTransaction(db, row, datetime.now(UTC))))

    @activity.defn
    @explained
    async def store_message(self, command: EngineerMessage) -> Recorded:
        """Store an engineer's message; it waits for the next turn."""
        return await store_message(self._database, command, command.text, command.upload_ids)

    @activity.defn
    @explained
    async def record_answers(self, command: AnswerItems) -> Recorded:
        """Store what was said of lane items, and the one message that tells the pilot."""

        async def effect(transaction: SessionTransaction) -> Json:
            answered = await _answer_items(transaction, command.items)
            answers = [answer.model_dump(mode="json") for answer in command.items]
            text = answers_message(answered)
            result = take_message(transaction, command, SessionCommand.ANSWER_ITEMS, text, answers=answers)
            transaction.emit(EventType.LANE_CHANGED, {})
            transaction.change_note()
            return result

        return await record_command(self._database, command, "answer_items", effect)


async def _add_session(db: AsyncSession, row: Session) -> Session:
    """Raises session_not_found when the id belongs to another account: its row cannot be seen, only met.

    An attempt of ours that was committed in this very moment is met too: what comes next finds it.
    """
    try:
        async with db.begin_nested():
            db.add(row)
    except IntegrityError:
        if await db.scalar(select(Session.id).where(Session.id == row.id)) is not None:
            raise
        raise RuleViolation(
            "session_not_found", "There is no such session.", ViolationKind.NOT_FOUND
        ) from None
    return row


async def _answer_items(transaction: SessionTransaction, answers: list[ItemAnswer]) -> list[AnsweredItem]:
    ids = [answer.item_id for answer in answers]
    rows = {
        row.id: row
        for row in (
            await transaction.db.execute(
                select(LaneItem).where(LaneItem.session_id == transaction.session.id, LaneItem.id.in_(ids))
            )
        ).scalars()
    }
    answered = []
    for answer in answers:
        item = rows.get(answer.item_id)
        if item is None:
            raise item_not_found()
        item.status = LaneItemStatus.SKIPPED if answer.skipped else LaneItemStatus.ANSWERED
        item.answer = None if answer.skipped else answer.answer
        item.output = None if answer.skipped else answer.output
        item.answered_at = transaction.now
        answered.append(AnsweredItem(item.kind, item.text, item.answer, item.output, answer.skipped))
    return answered


async def _read_ticket(db: AsyncSession, command: OpenSession) -> TicketHeader | None:
    if command.psa_ticket_id is None or command.psa_connection_id is None:
        return None
    snapshot = await db.get(TicketSnapshot, (command.psa_connection_id, command.psa_ticket_id))
    if snapshot is None:
        raise RuleViolation("ticket_not_found", "The ticket has not been read yet.", ViolationKind.NOT_FOUND)
    return ticket_header(TicketDetail.model_validate(snapshot.document))


def _new_session(command: OpenSession, ticket: TicketHeader | None) -> Session:
    now = datetime.now(UTC)
    return Session(
        id=command.session_id,
        account_id=command.account_id,
        title=command.title
        or (title_from_ticket(ticket.ref, ticket.summary) if ticket else title_from_text(command.text or "")),
        status=SessionStatus.ACTIVE,
        state_version=1,
        last_seq=0,
        problem_summary=ticket.summary if ticket else command.text,
        intake_type=IntakeType.PSA_TICKET if ticket else IntakeType.FREE_TEXT,
        psa_connection_id=command.psa_connection_id,
        psa_ticket_id=command.psa_ticket_id,
        ticket=ticket.model_dump(mode="json") if ticket else None,
        started_by=command.actor_id,
        engineer_id=command.actor_id,
        last_activity_at=now,
        created_at=now,
        updated_at=now,
    )
