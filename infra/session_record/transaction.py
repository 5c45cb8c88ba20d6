"""One transaction on one session: the row locked, events numbered, readers told at the commit."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from domain.commands import Command, CommandAck, Recorded
from domain.errors import RuleViolation, ViolationKind
from domain.session_state import SessionSnapshot
from domain.vocabulary import EventType, TurnState, WritebackState
from infra.database.connection import Database
from infra.database.models import Message, Session, SessionEvent, User, Writeback
from infra.session_record.snapshot import LeftToTell, read_snapshot, tell

Json = dict[str, JsonValue]

EVENTS_CHANNEL = "session_events"

# Every step runs these, so they are built once: building a statement costs as much as running it.
_LOCK_SESSION = select(Session).where(Session.id == bindparam("session_id")).with_for_update()
_LOCK_SESSION_FOR = (
    select(
        Session,
        exists(select(User.id).where(User.id == bindparam("actor_id"))).label("knows_actor"),
    )
    .where(Session.id == bindparam("session_id"))
    .with_for_update(of=Session)
)
_FIND_COMMAND = select(SessionEvent).where(
    SessionEvent.session_id == bindparam("session_id"), SessionEvent.command_id == bindparam("command_id")
)


class SessionTransaction:
    """What a step works with: the locked session row, the time of the step, and its events.

    Rows are written through `db`; nothing is visible to anyone before the transaction commits. Events and the
    counters of the session row wait for its last statement: on the way the row would be written with every flush.
    """

    def __init__(self, db: AsyncSession, session: Session, now: datetime) -> None:
        self.db = db
        self.session = session
        self.now = now
        self._events: list[Json] = []
        self._note_changed = False
        self._counted = False

    def reserve_seq(self) -> int:
        """The number of the next event, for a row that carries the number of its own event."""
        return self.session.last_seq + 1

    def emit(self, type_: EventType, payload: Json) -> int:
        """Add a durable event and return its number."""
        seq = self.reserve_seq()
        set_committed_value(self.session, "last_seq", seq)
        self._events.append({"seq": seq, "type": type_, "payload": payload})
        return seq

    def emit_status(self) -> None:
        """Tell where the session stands now."""
        self.emit(EventType.SESSION_CHANGED, self.status())

    def status(self) -> Json:
        """Where the session stands, as events and answers say it."""
        return {"status": self.session.status.value, "state_version": self.session.state_version}

    def change_note(self) -> None:
        """Say that a note could now read differently: `state_version` grows by one, once a transaction."""
        if not self._note_changed:
            self._note_changed = self._counted = True
            set_committed_value(self.session, "state_version", self.session.state_version + 1)

    def touch(self) -> None:
        """Somebody worked on the session: the inactivity clock starts again."""
        self._counted = True
        set_committed_value(self.session, "last_activity_at", self.now)

    @property
    def first_seq(self) -> int | None:
        """Number of the first event of this transaction."""
        return self._events[0]["seq"] if self._events else None  # type: ignore[return-value]

    def mark_command(self, command: Command, name: str, result: Json) -> None:
        """Let the first event carry the command, so that a repeat finds it."""
        if not self._events:
            raise RuntimeError(f"command {name} recorded no event")
        self._events[0] |= {
            "command_id": command.command_id,
            "command_name": name,
            "request_hash": command.request_hash,
            "result": result,
        }

    async def flush(self) -> LeftToTell | None:
        """Write the rows; answers what is left for the last statement, None when nothing is."""
        await self.db.flush()
        if not (self._events or self._counted):
            return None
        events, self._events, self._counted = self._events, [], False
        session = self.session
        if events:
            set_committed_value(session, "updated_at", self.now)
        return {
            "account_id": session.account_id,
            "session_id": session.id,
            "events": json.dumps(events),
            "now": self.now,
            "last_seq": session.last_seq,
            "state_version": session.state_version,
            "last_activity_at": session.last_activity_at,
            "updated_at": session.updated_at,
            "channel": EVENTS_CHANNEL,
            "notice": _notice(session) if events else None,
        }


async def drop_queue(transaction: SessionTransaction) -> None:
    """A session that closes answers nothing any more."""
    await transaction.db.execute(
        update(Message)
        .where(Message.session_id == transaction.session.id, Message.turn_state == TurnState.QUEUED)
        .values(turn_state=TurnState.STOPPED)
    )


@asynccontextmanager
async def session_transaction(
    database: Database, account_id: UUID, session_id: UUID, actor_id: UUID | None = None
) -> AsyncIterator[SessionTransaction]:
    """Open a transaction on a session, for somebody of its account when an actor is named.

    Raises session_not_found for a session that is not the account's, actor_not_found for an actor who is not.
    """
    async with database.tenant(account_id) as db:
        if actor_id is None:
            found = await db.execute(_LOCK_SESSION, {"session_id": session_id})
        else:
            found = await db.execute(_LOCK_SESSION_FOR, {"session_id": session_id, "actor_id": actor_id})
        row = found.one_or_none()
        if row is None:
            raise RuleViolation("session_not_found", "There is no such session.", ViolationKind.NOT_FOUND)
        if actor_id is not None and not row.knows_actor:
            raise _no_such_actor()
        transaction = SessionTransaction(db, row[0], datetime.now(UTC))
        yield transaction
        await announce(transaction)


async def require_actor(db: AsyncSession, actor_id: UUID) -> None:
    """Nobody acts in an account but its own people, whoever sends the command. Raises actor_not_found."""
    if (await db.execute(select(User.id).where(User.id == actor_id))).first() is None:
        raise _no_such_actor()


def _no_such_actor() -> RuleViolation:
    return RuleViolation(
        "actor_not_found",
        "Whoever is named as acting here is nobody of the session's account.",
        ViolationKind.NOT_FOUND,
    )


async def announce(transaction: SessionTransaction) -> None:
    """Write what is left and tell listeners at the commit, for a step that answers no snapshot."""
    if (left := await transaction.flush()) is not None:
        await tell(transaction.db, left)


def _notice(session: Session) -> str:
    return json.dumps({"kind": "event", "session_id": str(session.id), "seq": session.last_seq})


async def finish(transaction: SessionTransaction) -> SessionSnapshot:
    """Write what is left, tell listeners at the commit, and read the decision state. Last statement of a step."""
    return await read_snapshot(transaction.db, transaction.session, await transaction.flush())


async def find_command(db: AsyncSession, session_id: UUID, command_id: str) -> SessionEvent | None:
    """The event that recorded the command, if it ran before."""
    found = await db.execute(_FIND_COMMAND, {"session_id": session_id, "command_id": command_id})
    return found.scalar_one_or_none()


async def require_no_running_writeback(transaction: SessionTransaction) -> None:
    """A session is not closed while its note is on the way to the ticket. Raises writeback_running."""
    running = await transaction.db.execute(
        select(Writeback.id).where(
            Writeback.session_id == transaction.session.id, Writeback.state == WritebackState.RUNNING
        )
    )
    if running.first() is not None:
        raise RuleViolation(
            "writeback_running", "A note is being posted to the ticket. Wait until it has ended."
        )


async def record_command(
    database: Database,
    command: Command,
    name: str,
    effect: Callable[[SessionTransaction], Awaitable[Json]],
) -> Recorded:
    """Run `effect` for a command that has not run yet, else give its first answer again.

    `effect` must emit at least one event and returns the command's result as JSON. Event, change and result are
    one transaction: after a crash there is either all of it or nothing.
    """
    recorded, _ = await record_with_result(database, command, name, effect)
    return recorded


async def record_with_result(
    database: Database,
    command: Command,
    name: str,
    effect: Callable[[SessionTransaction], Awaitable[Json]],
) -> tuple[Recorded, Json]:
    """Like `record_command`, with the command's result: that of now, or that of its first run."""
    async with session_transaction(
        database, command.account_id, command.session_id, command.actor_id
    ) as transaction:
        earlier = await find_command(transaction.db, command.session_id, command.command_id)
        if earlier is not None:
            result = earlier.result or {}
            ack = acknowledge(earlier.seq, earlier.request_hash, result)
        else:
            result = await effect(transaction)
            transaction.mark_command(command, name, result)
            ack = acknowledge(transaction.first_seq, command.request_hash, result)
        return Recorded(ack=ack, snapshot=await finish(transaction)), result


def acknowledge(seq: int | None, request_hash: str | None, result: Json | None) -> CommandAck:
    """The answer to a command. `entity_id` is the id in its result, when it made or changed one thing."""
    entity = (result or {}).get("id")
    return CommandAck(
        seq=seq or 0,
        request_hash=request_hash or "",
        entity_id=UUID(entity) if isinstance(entity, str) else None,
    )
