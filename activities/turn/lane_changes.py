"""The lane after a reply: reading what the reply touches, however many items a session has, and storing the change."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, or_, select, tuple_

from domain.lane import LaneChange, asked_identities
from domain.markers import ParsedReply
from domain.pilot import LaneItemView
from domain.text import normalise_text
from domain.vocabulary import EventType, LaneItemStatus
from infra.database.models import LaneItem
from infra.session_record.transaction import SessionTransaction

_OF_SESSION = LaneItem.session_id == bindparam("session_id")
_NEWEST = select(func.max(LaneItem.position).label("position")).where(_OF_SESSION).subquery()
# Built once: building it costs as much as running it.
_TOUCHED = (
    select(_NEWEST.c.position, LaneItem)
    .outerjoin_from(
        _NEWEST,
        LaneItem,
        _OF_SESSION
        & or_(
            LaneItem.status == literal_column("'open'"),
            tuple_(LaneItem.kind, LaneItem.normalised_text).in_(bindparam("asked", expanding=True)),
            LaneItem.id.in_(bindparam("references", expanding=True)),
        ),
    )
    .order_by(LaneItem.position)
)


class TouchedLane:
    """The rows that a reply can change or point at; `last_position` is that of the session's newest item."""

    def __init__(self, rows: dict[UUID, LaneItem], last_position: int) -> None:
        self.rows = rows
        self.last_position = last_position


async def read_touched(transaction: SessionTransaction, reply: ParsedReply) -> TouchedLane:
    """The open items, those that the reply asks again, and those that its facts come from."""
    parameters = {
        "session_id": transaction.session.id,
        "asked": asked_identities(reply),
        "references": [one.source_ref for one in reply.promotions if one.source_ref is not None],
    }
    # What waits to be written is no lane item: it goes with the rest of the reply.
    with transaction.db.no_autoflush:
        found = await transaction.db.execute(_TOUCHED, parameters)
    rows: dict[UUID, LaneItem] = {}
    last_position = 0
    for position, item in found:
        last_position = position or 0
        if item is not None:
            rows[item.id] = item
    return TouchedLane(rows, last_position)


async def store_lane(transaction: SessionTransaction, change: LaneChange, lane: TouchedLane) -> None:
    """Write what a reply changes."""
    if change.is_empty:
        return
    position = lane.last_position
    for item in change.created:
        position += 1
        transaction.db.add(
            LaneItem(
                id=item.id,
                account_id=transaction.session.account_id,
                session_id=transaction.session.id,
                position=position,
                normalised_text=normalise_text(item.text),
                created_at=transaction.now,
                **_asked(item),
            )
        )
    for item in (*change.reopened, *change.changed):
        row = lane.rows[item.id]
        for column, value in _asked(item).items():
            setattr(row, column, value)
        if item.status is LaneItemStatus.OPEN:
            row.answer, row.output, row.answered_at = None, None, None
    for item in change.set_aside:
        lane.rows[item.id].status = LaneItemStatus.SET_ASIDE
    transaction.emit(EventType.LANE_CHANGED, {})
    transaction.change_note()


def _asked(item: LaneItemView) -> dict[str, object]:
    """What the pilot says of an item; answers are the engineer's."""
    return {
        "kind": item.kind,
        "text": item.text,
        "status": item.status,
        "context": item.context,
        "options": item.options,
        "command": item.command,
        "description": item.description,
        "action": item.action,
    }
