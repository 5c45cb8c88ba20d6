"""Questions and checks of the task lane: finding them, and opening them again."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.failures import explained
from domain.commands import Recorded
from domain.errors import RuleViolation, ViolationKind
from domain.facts import check_source
from domain.sessions import SessionCommand, check_command
from domain.vocabulary import EventType, FactSource, LaneItemStatus
from infra.database.connection import Database
from infra.database.models import Fact, LaneItem
from infra.database.resources import lane_item_resource
from infra.session_record.transaction import Json, SessionTransaction, record_command
from workflows.troubleshooting_session.messages import ReopenItem


class LaneActivities:
    """Activities on lane items; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def reopen_item(self, command: ReopenItem) -> Recorded:
        """Open an item again that was set aside, skipped or answered; one that is open stays as it is.

        An answer that was given is kept with the item, to be corrected; nothing is left of one that was set aside.
        Raises item_not_found.
        """

        async def effect(transaction: SessionTransaction) -> Json:
            session = transaction.session
            check_command(session.status, SessionCommand.REOPEN_ITEM)
            item = await find_item(transaction.db, session.id, command.item_id)
            if item.status is not LaneItemStatus.OPEN:
                if item.status is LaneItemStatus.SET_ASIDE:
                    item.answer = item.output = None
                item.status = LaneItemStatus.OPEN
                item.answered_at = None
                transaction.change_note()
            transaction.touch()
            transaction.emit(EventType.LANE_CHANGED, {})
            promoted = await find_promoted(transaction.db, item)
            return lane_item_resource(item, promoted).model_dump(mode="json")

        return await record_command(self._database, command, "reopen_item", effect)


def item_not_found() -> RuleViolation:
    """No such item, or one of another session."""
    return RuleViolation(
        "item_not_found", "This question or check is not part of the session.", ViolationKind.NOT_FOUND
    )


async def find_item(db: AsyncSession, session_id: UUID, item_id: UUID) -> LaneItem:
    """An item of the session. Raises item_not_found."""
    found = await db.execute(
        select(LaneItem).where(LaneItem.session_id == session_id, LaneItem.id == item_id)
    )
    item = found.scalar_one_or_none()
    if item is None:
        raise item_not_found()
    return item


async def find_source(
    db: AsyncSession, session_id: UUID, source: FactSource, source_ref: UUID | None
) -> LaneItem | None:
    """The item that a fact is said to come from; None when it names none.

    Raises item_not_found, and source_ref_mismatch for an item of another kind.
    """
    if source_ref is None:
        return None
    item = await find_item(db, session_id, source_ref)
    check_source(source, item.kind)
    return item


async def find_promoted(db: AsyncSession, item: LaneItem) -> UUID | None:
    """The newest fact that stands and came from the item."""
    found = await db.execute(
        select(Fact.id)
        .where(Fact.session_id == item.session_id, Fact.source_ref == item.id, Fact.deleted_at.is_(None))
        .order_by(Fact.seq.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()
