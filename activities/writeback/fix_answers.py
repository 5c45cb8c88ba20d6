"""What confirming an ending says of the active fix: recorded in the same transaction, or the ending is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from activities.session_record.fixes import change_fix
from domain.conversation import never_applied_line, outcome_line
from domain.errors import RuleViolation
from domain.fixes import (
    FixState,
    check_escalation_answer,
    is_verifying,
    record_outcome,
    take_back_run,
)
from domain.sessions import SessionCommand
from domain.vocabulary import FixOutcome
from infra.database.rows import find_active_fix, fix_state
from infra.session_record.transaction import SessionTransaction


async def count_as_worked(transaction: SessionTransaction) -> None:
    """Resolving without a click on the outcome says that the fix worked."""
    fix = await find_active_fix(transaction.db, transaction.session.id)
    if fix is not None and is_verifying(fix_state(fix)):
        await _judge(transaction, FixOutcome.APPLIED_SUCCESS, None)


async def answer_for_fix(
    transaction: SessionTransaction, outcome: FixOutcome | None, notes: str | None, *, never_applied: bool
) -> None:
    """Record what an escalation says of the fix.

    Raises fix_outcome_required, fix_outcome_twice, no_active_fix, and what the outcome raises.
    """
    fix = await find_active_fix(transaction.db, transaction.session.id)
    check_escalation_answer(fix_state(fix) if fix else None, outcome, never_applied=never_applied)
    if outcome is not None:
        await _judge(transaction, outcome, notes)
    elif never_applied:
        await _change_active_fix(
            transaction, lambda fix, now: take_back_run(fix), lambda fix: never_applied_line(fix.title)
        )


async def _judge(transaction: SessionTransaction, outcome: FixOutcome, notes: str | None) -> None:
    await _change_active_fix(
        transaction,
        lambda fix, now: record_outcome(fix, outcome, notes, now),
        lambda fix: outcome_line(fix.title, outcome, notes),
    )


async def _change_active_fix(
    transaction: SessionTransaction,
    transition: Callable[[FixState, datetime], FixState],
    line: Callable[[FixState], str],
) -> None:
    fix = await find_active_fix(transaction.db, transaction.session.id)
    if fix is None:
        raise RuleViolation(
            "no_active_fix",
            "No fix is active any more, so nothing can be said of it. Look at the session again.",
        )
    await change_fix(transaction, fix.id, SessionCommand.RECORD_OUTCOME, transition, line)
