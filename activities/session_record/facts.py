"""Recording confirmed statements: notes, corrections, deletions, and what answers are promoted to."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select
from temporalio import activity

from activities.failures import explained
from activities.session_record.lane import find_source
from domain.commands import Recorded
from domain.errors import RuleViolation, ViolationKind
from domain.fact_synthesis import is_substantive, short_summary, synthesise
from domain.facts import (
    check_edit,
    check_editable,
    check_promotion,
    checked_fact_summary,
    checked_fact_text,
    checked_raw_input,
    nothing_substantive,
)
from domain.sessions import SessionCommand, check_command
from domain.text import text_key
from domain.vocabulary import EventType, FactSource
from infra.database.connection import Database
from infra.database.models import Fact, LaneItem, Message
from infra.database.resources import fact_resource
from infra.session_record.transaction import Json, SessionTransaction, record_command
from workflows.troubleshooting_session.messages import AddFact, EditFact, FactCommand, PromoteFact


class FactActivities:
    """Activities on facts; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def add_fact(self, command: AddFact) -> Recorded:
        """Store a note of the engineer as a fact. Raises fact_duplicate for one that stands already."""

        async def effect(transaction: SessionTransaction) -> Json:
            _begin(transaction)
            row = await store_fact(
                transaction,
                text=checked_fact_text(command.text),
                summary=checked_fact_summary(command.summary),
                source=FactSource.USER_NOTE,
                created_by=command.actor_id,
            )
            return _stored(row)

        return await record_command(self._database, command, "add_fact", effect)

    @activity.defn
    @explained
    async def edit_fact(self, command: EditFact) -> Recorded:
        """Correct a fact; what is None stays, an empty summary is removed. The same words again change nothing.

        Raises nothing_to_change, fact_not_found, fact_read_only, fact_duplicate.
        """

        async def effect(transaction: SessionTransaction) -> Json:
            _begin(transaction)
            check_edit(command.text, command.summary)
            row = await _find(transaction, command.fact_id)
            check_editable(row.source_type)
            text = row.text if command.text is None else checked_fact_text(command.text)
            summary = row.source_summary
            if command.summary is not None:
                summary = checked_fact_summary(command.summary)
            if (text, summary) != (row.text, row.source_summary):
                await _require_new(transaction, text, besides=row.id)
                row.text, row.normalised_text, row.source_summary = text, text_key(text), summary
                row.edited_at = row.updated_at = transaction.now
                row.disputed = row.source_type is FactSource.AI_SYNTHESIS
                transaction.change_note()
            return _tell(transaction, EventType.FACT_UPDATED, row)

        return await record_command(self._database, command, "edit_fact", effect)

    @activity.defn
    @explained
    async def delete_fact(self, command: FactCommand) -> Recorded:
        """Take a fact out of what we know; it can be restored. Raises fact_not_found."""

        async def effect(transaction: SessionTransaction) -> Json:
            _begin(transaction)
            row = await _find(transaction, command.fact_id)
            row.deleted_at = row.updated_at = transaction.now
            row.disputed = row.source_type is FactSource.AI_SYNTHESIS
            transaction.change_note()
            return _tell(transaction, EventType.FACT_DELETED, row)

        return await record_command(self._database, command, "delete_fact", effect)

    @activity.defn
    @explained
    async def restore_fact(self, command: FactCommand) -> Recorded:
        """Take a deletion back. Raises fact_not_found, fact_not_deleted, fact_duplicate."""

        async def effect(transaction: SessionTransaction) -> Json:
            _begin(transaction)
            row = await _find(transaction, command.fact_id, deleted=True)
            if row.deleted_at is None:
                raise RuleViolation(
                    "fact_not_deleted", "This fact is not deleted, so there is nothing to take back."
                )
            await _require_new(transaction, row.text)
            row.deleted_at, row.updated_at = None, transaction.now
            row.disputed = row.source_type is FactSource.AI_SYNTHESIS and row.edited_at is not None
            transaction.change_note()
            return _tell(transaction, EventType.FACT_CREATED, row)

        return await record_command(self._database, command, "restore_fact", effect)

    @activity.defn
    @explained
    async def promote_fact(self, command: PromoteFact) -> Recorded:
        """Store an answer or a result as a fact, with the item and the message it came from.

        `raw_input` without a text is put as a fact by rule: no synthesis came in time. Raises what `check_promotion`
        raises, item_not_found, source_ref_mismatch, nothing_substantive, fact_duplicate.
        """

        async def effect(transaction: SessionTransaction) -> Json:
            _begin(transaction)
            check_promotion(
                command.source_type, command.source_ref is not None, command.text, command.raw_input
            )
            item = await find_source(
                transaction.db, command.session_id, command.source_type, command.source_ref
            )
            text, summary = _worded(command, item)
            row = await store_fact(
                transaction,
                text=text,
                summary=summary,
                source=command.source_type,
                source_ref=command.source_ref,
                message_id=await _answering_message(transaction, item),
                created_by=command.actor_id,
            )
            return _stored(row)

        return await record_command(self._database, command, "promote_fact", effect)


def _begin(transaction: SessionTransaction) -> None:
    check_command(transaction.session.status, SessionCommand.CHANGE_FACTS)
    transaction.touch()


def _worded(command: PromoteFact, item: LaneItem | None) -> tuple[str, str | None]:
    """Text and summary of a promotion as they are stored."""
    text, summary = command.text, checked_fact_summary(command.summary)
    if text is None:
        raw_input = command.raw_input or ""
        if not is_substantive(raw_input):
            raise nothing_substantive()
        made = synthesise(command.source_type, item.text if item else None, checked_raw_input(raw_input))
        if made is None:
            raise nothing_substantive()
        text, summary = made.text, summary or made.summary
    if not is_substantive(text):
        raise nothing_substantive()
    return checked_fact_text(text), short_summary(summary)


async def _answering_message(transaction: SessionTransaction, item: LaneItem | None) -> UUID | None:
    """The message in which the engineer answered the item last, when there is one."""
    if item is None:
        return None
    found = await transaction.db.execute(
        select(Message.id)
        .where(Message.session_id == item.session_id, Message.answers.contains([{"item_id": str(item.id)}]))
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def _find(transaction: SessionTransaction, fact_id: UUID, *, deleted: bool = False) -> Fact:
    """A fact of the session that stands; with `deleted` also one that was deleted. Raises fact_not_found."""
    query = select(Fact).where(Fact.session_id == transaction.session.id, Fact.id == fact_id)
    if not deleted:
        query = query.where(Fact.deleted_at.is_(None))
    row = (await transaction.db.execute(query)).scalar_one_or_none()
    if row is None:
        raise RuleViolation(
            "fact_not_found", "This fact is not part of what we know.", ViolationKind.NOT_FOUND
        )
    return row


async def _stands(transaction: SessionTransaction, text: str, besides: UUID | None = None) -> bool:
    """Whether a fact of the session says the same, case and white space aside."""
    same = select(Fact.id).where(
        Fact.session_id == transaction.session.id,
        Fact.normalised_text == text_key(text),
        Fact.deleted_at.is_(None),
    )
    if besides is not None:
        same = same.where(Fact.id != besides)
    return (await transaction.db.execute(same)).first() is not None


async def _require_new(transaction: SessionTransaction, text: str, besides: UUID | None = None) -> None:
    if await _stands(transaction, text, besides):
        raise _duplicate()


def _duplicate() -> RuleViolation:
    return RuleViolation("fact_duplicate", "What we know already holds this fact.")


def _stored(row: Fact | None) -> Json:
    if row is None:
        raise _duplicate()
    return fact_resource(row).model_dump(mode="json")


def _tell(transaction: SessionTransaction, type_: EventType, row: Fact) -> Json:
    resource = fact_resource(row).model_dump(mode="json")
    transaction.emit(type_, {"fact": resource})
    return resource


async def store_fact(
    transaction: SessionTransaction,
    *,
    text: str,
    summary: str | None,
    source: FactSource,
    source_ref: UUID | None = None,
    message_id: UUID | None = None,
    created_by: UUID | None = None,
) -> Fact | None:
    """Add a fact with its event, or return None when the session holds the same text already."""
    session = transaction.session
    if await _stands(transaction, text):
        return None
    row = Fact(
        id=uuid4(),
        seq=transaction.reserve_seq(),
        account_id=session.account_id,
        session_id=session.id,
        text=text,
        normalised_text=text_key(text),
        source_type=source,
        source_ref=source_ref,
        source_summary=summary,
        message_id=message_id,
        created_by=created_by,
        disputed=False,
        created_at=transaction.now,
        updated_at=transaction.now,
    )
    transaction.db.add(row)
    await transaction.db.flush()
    _tell(transaction, EventType.FACT_CREATED, row)
    transaction.change_note()
    return row
