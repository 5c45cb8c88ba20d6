"""Recording confirmed statements."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select
from temporalio import activity

from activities.failures import explained
from activities.session_record.transaction import Json, SessionTransaction, record_command
from domain.errors import RuleViolation
from domain.sessions import SessionCommand, check_command
from domain.text import normalise_text
from domain.vocabulary import EventType, FactSource
from infra.database.connection import Database
from infra.database.models import Fact
from infra.database.resources import fact_resource
from workflows.troubleshooting_session.messages import AddFact, Recorded


class FactActivities:
    """Activities on facts; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def add_fact(self, command: AddFact) -> Recorded:
        """Store a note of the engineer as a fact. Raises fact_duplicate for one that stands already."""

        async def effect(transaction: SessionTransaction) -> Json:
            check_command(transaction.session.status, SessionCommand.CHANGE_FACTS)
            transaction.touch()
            row = await store_fact(
                transaction,
                text=command.text,
                summary=command.summary,
                source=FactSource.USER_NOTE,
                created_by=command.actor_id,
            )
            if row is None:
                raise RuleViolation("fact_duplicate", "What we know already holds this fact.")
            return fact_resource(row).model_dump(mode="json")

        return await record_command(self._database, command, "add_fact", effect)


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
    normalised = normalise_text(text)
    same = select(Fact.id).where(
        Fact.session_id == session.id, Fact.normalised_text == normalised, Fact.deleted_at.is_(None)
    )
    if (await transaction.db.execute(same)).first() is not None:
        return None
    row = Fact(
        id=uuid4(),
        account_id=session.account_id,
        session_id=session.id,
        text=text,
        normalised_text=normalised,
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
    transaction.emit(EventType.FACT_CREATED, {"fact": fact_resource(row).model_dump(mode="json")})
    transaction.change_note()
    return row
