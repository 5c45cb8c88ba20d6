"""Recording what the engineer says of a fix: run, outcome, dismissal, reminder. Scripts: `scripts`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from temporalio import activity

from activities.failures import explained
from domain.commands import Recorded
from domain.conversation import applied_line, finishing_line, outcome_line, restored_line
from domain.errors import RuleViolation, ViolationKind
from domain.fixes import (
    FixState,
    NudgeState,
    apply_fix,
    clear_proposal,
    nudge_after,
    record_outcome,
    restore,
    resume_partial,
    silence_nudge,
)
from domain.sessions import SessionCommand, check_command
from domain.vocabulary import EventType, FixDecision, FixStatus, MessageRole
from infra.database.connection import Database
from infra.database.models import Fix
from infra.database.resources import read_fix_resource
from infra.database.rows import (
    count_messages_since_apply,
    find_active_fix,
    fix_state,
    store_fix_state,
)
from infra.session_record.messages import say
from infra.session_record.transaction import Json, SessionTransaction, record_command
from workflows.troubleshooting_session.messages import FixApplied, FixCommand, FixOutcomeClick


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

    @activity.defn
    @explained
    async def clear_outcome_proposal(self, command: FixCommand) -> Recorded:
        """Forget what the pilot read from the conversation. No note tells it, so the note's version stays."""

        async def effect(transaction: SessionTransaction) -> Json:
            return await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.CHANGE_FIX,
                lambda fix, now: clear_proposal(fix),
                for_note=False,
            )

        return await record_command(self._database, command, "clear_outcome_proposal", effect)

    @activity.defn
    @explained
    async def resume_fix(self, command: FixCommand) -> Recorded:
        """Run the rest of a partial fix: it is verifying again from now."""

        async def effect(transaction: SessionTransaction) -> Json:
            return await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.CHANGE_FIX,
                resume_partial,
                lambda fix: finishing_line(fix.title),
            )

        return await record_command(self._database, command, "resume_fix", effect)

    @activity.defn
    @explained
    async def restore_fix(self, command: FixCommand) -> Recorded:
        """Bring a dismissed fix back with the status it had. Raises another_fix_active."""

        async def effect(transaction: SessionTransaction) -> Json:
            active = await find_active_fix(transaction.db, command.session_id)
            return await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.CHANGE_FIX,
                lambda fix, now: restore(fix, active is not None and active.id != fix.id, now),
                lambda fix: restored_line(fix.title),
            )

        return await record_command(self._database, command, "restore_fix", effect)

    @activity.defn
    @explained
    async def silence_nudge(self, command: FixCommand) -> Recorded:
        """Still checking: no reminder for three more messages. No note tells it."""

        async def effect(transaction: SessionTransaction) -> Json:
            row = await find_fix(transaction, command.fix_id)
            said = await count_messages_since_apply(transaction.db, row)

            def silence(row: Fix) -> None:
                nudge = silence_nudge(NudgeState(messages_since_apply=said), fix_state(row))
                row.nudge_silenced_until = nudge.silenced_until

            return await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.CHANGE_FIX,
                lambda fix, now: fix,
                store=silence,
                for_note=False,
            )

        return await record_command(self._database, command, "silence_nudge", effect)


async def change_fix(
    transaction: SessionTransaction,
    fix_id: UUID,
    rule: SessionCommand,
    transition: Callable[[FixState, datetime], FixState],
    line: Callable[[FixState], str] | None = None,
    *,
    store: Callable[[Fix], None] | None = None,
    for_note: bool = True,
) -> Json:
    """Run a transition on one fix of the session: row, system line, event and note version together.

    `store` writes what the rules do not need to know (scripts, parameters) to the row. The note's version grows when
    the row has changed, unless the change is not `for_note`. Returns the fix as a resource. Raises fix_not_found, and
    what the transition raises.
    """
    check_command(transaction.session.status, rule)
    row = await find_fix(transaction, fix_id)
    before = fix_state(row)
    after = transition(before, transaction.now)
    if after is not before:
        store_fix_state(row, after)
        nudge = nudge_after(before, after, NudgeState(silenced_until=row.nudge_silenced_until))
        row.nudge_silenced_until = nudge.silenced_until
        _follow_dismissal(row, before, after)
        if line is not None:
            say(transaction, line(after), role=MessageRole.SYSTEM)
    if store is not None:
        store(row)
    if transaction.db.is_modified(row):
        row.updated_at = transaction.now
        if for_note:
            transaction.change_note()
    transaction.touch()
    return await tell_fix(transaction, EventType.FIX_CHANGED, row)


def _follow_dismissal(row: Fix, before: FixState, after: FixState) -> None:
    """Dismissing is one thing, however it was said, and restoring takes all of it back.

    The script path of a fix that was run is remembered over both.
    """
    if after.status is FixStatus.DISMISSED and row.user_decision is None:
        row.user_decision = FixDecision.DISMISSED
    elif before.status is FixStatus.DISMISSED and row.user_decision is FixDecision.DISMISSED:
        row.user_decision = None


async def find_fix(transaction: SessionTransaction, fix_id: UUID) -> Fix:
    """A fix of the session, active or not. Raises fix_not_found."""
    found = await transaction.db.execute(
        select(Fix).where(Fix.session_id == transaction.session.id, Fix.id == fix_id)
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise RuleViolation("fix_not_found", "This fix is not part of the session.", ViolationKind.NOT_FOUND)
    return row


async def tell_fix(transaction: SessionTransaction, type_: EventType, row: Fix) -> Json:
    """Emit the event with the fix as it is now, and answer the fix as a resource."""
    resource = (await read_fix_resource(transaction.db, row)).model_dump(mode="json")
    transaction.emit(type_, {"fix": resource})
    return resource
