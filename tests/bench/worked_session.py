"""A session in the middle of its work: what a read has to carry."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from domain.text import normalise_text
from domain.vocabulary import (
    FactSource,
    FixStatus,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
    TurnState,
)
from infra.database.connection import Database
from infra.database.models import Fact, Fix, LaneItem, Message, Session

MESSAGES = 80
LANE_ITEMS = 40
OPEN_ITEMS = 6
FACTS = 15


async def fill_session(database: Database, session_id: UUID) -> None:
    """Add to a session of one turn what forty turns leave behind: messages, lane, facts, an applied fix."""
    async with database.admin() as db:
        session = await db.get_one(Session, session_id)
        start, first = session.created_at, session.last_seq + 1
        session.last_seq += MESSAGES * 5
        owned = {"account_id": session.account_id, "session_id": session_id}
        for number in range(MESSAGES):
            of_engineer = number % 2 == 0
            db.add(
                Message(
                    id=uuid4(),
                    seq=first + number * 5,
                    role=MessageRole.ENGINEER if of_engineer else MessageRole.PILOT,
                    author_id=session.engineer_id if of_engineer else None,
                    text=f"Message {number}: the prompt came back after the restart of the mail client. " * 4,
                    turn_id=uuid4(),
                    turn_state=TurnState.DONE,
                    created_at=start + timedelta(seconds=number),
                    **owned,
                )
            )
        items = [_item(number, owned) for number in range(LANE_ITEMS)]
        db.add_all(items)
        await db.flush()
        for number in range(FACTS):
            text = f"Fact {number}: the credential manager holds a stale entry for the mailbox."
            db.add(
                Fact(
                    id=uuid4(),
                    seq=number + 1,
                    text=text,
                    normalised_text=normalise_text(text),
                    source_type=FactSource.QUESTION,
                    source_ref=items[number].id,
                    source_summary="rules out the service",
                    **owned,
                )
            )
        db.add(
            Fix(
                id=uuid4(),
                title="Clear the stored credentials",
                description="Remove the stale entries from the credential manager and sign in again.",
                confidence_pct=85,
                ai_drafted_script="cmdkey /delete:MicrosoftOffice16_Data:SSPI\n" * 10,
                status=FixStatus.PROPOSED,
                applied_at=start + timedelta(seconds=MESSAGES // 2),
                **owned,
            )
        )


def _item(number: int, owned: dict[str, UUID]) -> LaneItem:
    is_question = number % 2 == 0
    is_open = number >= LANE_ITEMS - OPEN_ITEMS
    return LaneItem(
        id=uuid4(),
        position=1_000 + number,
        kind=LaneItemKind.QUESTION if is_question else LaneItemKind.CHECK,
        text=f"Item {number}: does the prompt come back after signing out?",
        normalised_text=f"item {number}: does the prompt come back after signing out?",
        status=LaneItemStatus.OPEN if is_open else LaneItemStatus.ANSWERED,
        options=["Yes", "No", "Not sure"] if is_question else None,
        command=None if is_question else "cmdkey /list | findstr Office",
        answer="Yes" if is_question and not is_open else None,
        **owned,
    )
