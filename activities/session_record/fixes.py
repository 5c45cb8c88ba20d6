"""Recording what the engineer says of a fix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from temporalio import activity

from activities.failures import explained
from activities.session_record.conversation import say
from activities.session_record.transaction import Json, SessionTransaction, record_command
from domain.conversation import applied_line, outcome_line
from domain.errors import RuleViolation, ViolationKind
from domain.fixes import FixState, NudgeState, apply_fix, nudge_after, record_outcome
from domain.sessions import SessionCommand, check_command
from domain.vocabulary import EventType, MessageRole
from infra.database.connection import Database
from infra.database.models import Fix
from infra.database.resources import read_fix_resource
from infra.database.rows import fix_state, store_fix_state
from workflows.troubleshooting_session.messages import FixApplied, FixOutcomeClick, Recorded


class FixActivities:
    """Activities on fixes; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def record_fix_applied(self, command: FixApplied) -> Recorded:
        """Stamp the declared run; a second declaration changes nothing."""

        async def effect(transaction: SessionTransaction) -> Json:
            return await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.CHANGE_FIX,
                apply_fix,
                lambda fix: applied_line(fix.title),
            )

        return await record_command(self._database, command, "fix_applied", effect)

    @activity.defn
    @explained
    async def record_fix_outcome(self, command: FixOutcomeClick) -> Recorded:
        """Store the outcome that was clicked."""

        def outcome(fix: FixState, now: datetime) -> FixState:
            return record_outcome(fix, command.outcome, command.notes, now)

        async def effect(transaction: SessionTransaction) -> Json:
            return await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.RECORD_OUTCOME,
                outcome,
                lambda fix: outcome_line(fix.title, command.outcome, command.notes),
            )

        return await record_command(self._database, command, "fix_outcome", effect)


async def change_fix(
    transaction: SessionTransaction,
    fix_id: UUID,
    rule: SessionCommand,
    transition: Callable[[FixState, datetime], FixState],
    line: Callable[[FixState], str],
) -> Json:
    """Run a transition on one fix of the session: row, system line, event and note version together.

    Returns the fix as a resource. Raises fix_not_found, and what the transition raises.
    """
    session = transaction.session
    check_command(session.status, rule)
    row = (
        await transaction.db.execute(select(Fix).where(Fix.session_id == session.id, Fix.id == fix_id))
    ).scalar_one_or_none()
    if row is None:
        raise RuleViolation("fix_not_found", "This fix is not part of the session.", ViolationKind.NOT_FOUND)
    before = fix_state(row)
    after = transition(before, transaction.now)
    if after is not before:
        store_fix_state(row, after)
        nudge = nudge_after(before, after, NudgeState(silenced_until=row.nudge_silenced_until))
        row.nudge_silenced_until = nudge.silenced_until
        row.updated_at = transaction.now
        say(transaction, line(after), role=MessageRole.SYSTEM)
        transaction.change_note()
    transaction.touch()
    return await tell_fix(transaction, EventType.FIX_CHANGED, row)


async def tell_fix(transaction: SessionTransaction, type_: EventType, row: Fix) -> Json:
    """Emit the event with the fix as it is now, and answer the fix as a resource."""
    resource = (await read_fix_resource(transaction.db, row)).model_dump(mode="json")
    transaction.emit(type_, {"fix": resource})
    return resource
