"""Recording where a session stands: loading, pausing, closing, reopening, handing over, and refused signals."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import aliased
from temporalio import activity

from activities.failures import explained
from domain.commands import Command, Recorded
from domain.conversation import paused_line, picked_up_line, reopened_line
from domain.errors import RuleViolation, ViolationKind
from domain.permissions import Permission, may
from domain.session_state import SessionSnapshot
from domain.sessions import SessionCommand, check_command, is_open, status_after
from domain.vocabulary import EventType, MessageRole, SessionStatus, SpinOffState, TurnState
from infra.database.connection import Database
from infra.database.models import Message, ReplyChunk, SessionEvent, SpinOffTicket, Turn, User
from infra.session_record.messages import say
from infra.session_record.transaction import (
    Json,
    SessionTransaction,
    drop_queue,
    find_command,
    finish,
    record_command,
    require_no_running_writeback,
    session_transaction,
)
from workflows.troubleshooting_session.messages import (
    ChangeStatus,
    LoadedSession,
    LoadSession,
    PauseIdleSession,
    PickUpSession,
    RejectedCommand,
    ReopenSession,
    RetryTurn,
    StopTurn,
)

RECENT_COMMANDS = 500
"""Enough to know every repeat again that a sender could still make."""


class LifecycleActivities:
    """Activities on a session's status; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def load_session(self, request: LoadSession) -> LoadedSession:
        """Read the decision state from the rows, for a run that starts without one.

        With `take_over` the turns that were running belonged to a run that is gone: their messages wait for a turn
        again. Raises session_not_found when there are no rows yet.
        """
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            if request.take_over:
                await _end_running_turns(transaction)
            recent = await transaction.db.execute(
                select(SessionEvent.command_id)
                .where(SessionEvent.session_id == request.session_id, SessionEvent.command_id.is_not(None))
                .order_by(SessionEvent.seq.desc())
                .limit(RECENT_COMMANDS)
            )
            seen = [command_id for command_id in recent.scalars() if command_id is not None]
            spin_offs = await transaction.db.execute(
                select(SpinOffTicket.id)
                .where(
                    SpinOffTicket.session_id == request.session_id,
                    SpinOffTicket.state == SpinOffState.RUNNING,
                )
                .order_by(SpinOffTicket.created_at, SpinOffTicket.id)
            )
            return LoadedSession(
                snapshot=await finish(transaction),
                seen_commands=seen[::-1],
                running_spin_offs=list(spin_offs.scalars()),
            )

    @activity.defn
    @explained
    async def pause_session(self, command: ChangeStatus) -> Recorded:
        """Pause on request."""
        return await self._change(command, SessionCommand.PAUSE)

    @activity.defn
    @explained
    async def resume_session(self, command: ChangeStatus) -> Recorded:
        """Make a paused session active."""
        return await self._change(command, SessionCommand.RESUME)

    @activity.defn
    @explained
    async def abandon_session(self, command: ChangeStatus) -> Recorded:
        """Close the session without a note."""
        return await self._change(command, SessionCommand.ABANDON)

    async def _change(self, command: ChangeStatus, rule: SessionCommand) -> Recorded:
        async def effect(transaction: SessionTransaction) -> Json:
            session = transaction.session
            session.status = status_after(session.status, rule)
            transaction.touch()
            if not is_open(session.status):
                await require_no_running_writeback(transaction)
                session.closed_at = transaction.now
                session.abandon_reason = command.reason
                await drop_queue(transaction)
            transaction.emit_status()
            return transaction.status()

        return await record_command(self._database, command, rule.value, effect)

    @activity.defn
    @explained
    async def reopen_session(self, command: ReopenSession) -> Recorded:
        """Go on with a closed session, as it was. Raises reopen_window_over when it was closed too long ago."""

        async def effect(transaction: SessionTransaction) -> Json:
            session = transaction.session
            before = session.status
            session.status = status_after(before, SessionCommand.REOPEN)
            closed_at = session.closed_at or session.last_activity_at
            if transaction.now - closed_at > timedelta(seconds=command.linger_seconds):
                raise RuleViolation(
                    "reopen_window_over",
                    "The session was closed too long ago to be reopened. Start a new session, on the same ticket if "
                    "it has one, and look here for what was found.",
                )
            session.closed_at = None
            session.resolved_at = None
            session.resolution_summary = None
            session.abandon_reason = None
            who = await _name_of_worker(transaction, command)
            say(transaction, reopened_line(who, before), role=MessageRole.SYSTEM)
            transaction.touch()
            transaction.emit_status()
            return transaction.status()

        return await record_command(self._database, command, SessionCommand.REOPEN.value, effect)

    @activity.defn
    @explained
    async def pick_up_session(self, command: PickUpSession) -> Recorded:
        """Make the actor the engineer of an escalated session. Its starter stays who it was."""

        async def effect(transaction: SessionTransaction) -> Json:
            session = transaction.session
            session.status = status_after(session.status, SessionCommand.PICK_UP)
            who = await _name_of_worker(transaction, command)
            session.engineer_id = command.actor_id
            say(transaction, picked_up_line(who), role=MessageRole.SYSTEM)
            transaction.touch()
            result = transaction.status() | {"engineer": {"id": str(command.actor_id), "name": who}}
            transaction.emit(EventType.SESSION_CHANGED, result)
            return result

        return await record_command(self._database, command, SessionCommand.PICK_UP.value, effect)

    @activity.defn
    @explained
    async def pause_idle_session(self, request: PauseIdleSession) -> SessionSnapshot:
        """Pause an active session on which nobody has worked since `idle_since`; else change nothing."""
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            session = transaction.session
            if session.status is SessionStatus.ACTIVE and session.last_activity_at <= request.idle_since:
                session.status = SessionStatus.PAUSED
                minutes = max(1, round((transaction.now - request.idle_since).total_seconds() / 60))
                say(transaction, paused_line(minutes), role=MessageRole.SYSTEM)
                transaction.emit_status()
            return await finish(transaction)

    @activity.defn
    @explained
    async def record_stop(self, command: StopTurn) -> Recorded:
        """Keep that a reply was stopped: a repeat that comes late must not stop the next one."""

        async def effect(transaction: SessionTransaction) -> Json:
            check_command(transaction.session.status, SessionCommand.STOP_TURN)
            transaction.touch()
            transaction.emit_status()
            return transaction.status()

        return await record_command(self._database, command, "stop_turn", effect)

    @activity.defn
    @explained
    async def requeue_failed_turn(self, command: RetryTurn) -> Recorded:
        """Let the messages wait again whose turn failed, or was stopped before a word. Raises nothing_to_retry."""

        async def effect(transaction: SessionTransaction) -> Json:
            check_command(transaction.session.status, SessionCommand.RETRY_TURN)
            changed = await transaction.db.execute(
                update(Message)
                .where(
                    Message.session_id == command.session_id,
                    or_(Message.turn_state == TurnState.FAILED, _stopped_unanswered()),
                )
                .values(turn_state=TurnState.QUEUED, turn_id=None, error_code=None, error_detail=None)
                .returning(Message.id)
            )
            ids = [str(row) for row in changed.scalars()]
            if not ids:
                raise RuleViolation("nothing_to_retry", "There is no failed or stopped reply to run again.")
            transaction.touch()
            transaction.emit(EventType.TURN_QUEUED, {"message_ids": [*ids]})
            return {"message_ids": [*ids], **transaction.status()}

        return await record_command(self._database, command, "retry_turn", effect)

    @activity.defn
    @explained
    async def record_rejected_command(self, command: RejectedCommand) -> SessionSnapshot:
        """Keep a signal that broke a rule on the timeline, once."""
        async with session_transaction(self._database, command.account_id, command.session_id) as transaction:
            earlier = await find_command(transaction.db, command.session_id, command.command_id)
            if earlier is None:
                transaction.emit(
                    EventType.COMMAND_REJECTED,
                    {"command": command.command_name, "code": command.code, "detail": command.detail},
                )
                transaction.mark_command(command, command.command_name, {"code": command.code})
            return await finish(transaction)


async def _name_of_worker(transaction: SessionTransaction, command: Command) -> str:
    """Name of who sent the command. Raises permission_denied when they may not work sessions of this account."""
    # Named columns: the application's role may not read password hashes.
    found = await transaction.db.execute(
        select(User.name, User.role, User.is_active).where(User.id == command.actor_id)
    )
    actor = found.one_or_none()
    if actor is None or not actor.is_active or not may(actor.role, Permission.WORK):
        raise RuleViolation(
            "permission_denied",
            "Only an active engineer of the account may work its sessions.",
            ViolationKind.FORBIDDEN,
        )
    return str(actor.name)


def _stopped_unanswered() -> ColumnElement[bool]:
    """An engineer's message whose turn was stopped before the pilot said anything, with none after it that goes on."""
    later = aliased(Message)
    goes_on = exists().where(
        later.session_id == Message.session_id,
        later.seq > Message.seq,
        or_(
            later.role == MessageRole.PILOT,
            later.turn_state.in_([TurnState.QUEUED, TurnState.RUNNING, TurnState.DONE]),
        ),
    )
    return and_(Message.role == MessageRole.ENGINEER, Message.turn_state == TurnState.STOPPED, ~goes_on)


async def _end_running_turns(transaction: SessionTransaction) -> None:
    """Whoever ran them is gone: what they published is void, and a session that is open asks the pilot again."""
    session = transaction.session
    await transaction.db.execute(
        update(Turn)
        .where(Turn.session_id == session.id, Turn.state == TurnState.RUNNING)
        .values(state=TurnState.STOPPED, finished_at=transaction.now)
    )
    await transaction.db.execute(delete(ReplyChunk).where(ReplyChunk.session_id == session.id))
    await transaction.db.execute(
        update(Message)
        .where(Message.session_id == session.id, Message.turn_state == TurnState.RUNNING)
        .values(turn_state=TurnState.QUEUED if is_open(session.status) else TurnState.STOPPED, turn_id=None)
    )
