"""Recording which script path was taken for a fix, and the scripts themselves."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select
from temporalio import activity

from activities.failures import explained
from activities.session_record.fixes import change_fix, find_fix
from domain.commands import Recorded
from domain.conversation import applied_line, finishing_line, outcome_line
from domain.fixes import attach_script, record_decision
from domain.redaction import redact_parameters
from domain.sessions import SessionCommand
from domain.vocabulary import DraftState, EventType, FixDecision, FixOutcome, FixStatus
from infra.database.connection import Database
from infra.database.models import DraftTemplate, Fix
from infra.session_record.transaction import Json, SessionTransaction, record_command
from workflows.troubleshooting_session.messages import AttachScript, FixDecisionClick

_RUNS = frozenset({FixDecision.ONE_OFF, FixDecision.DRAFT_TEMPLATE})


class FixScriptActivities:
    """Activities on the scripts of fixes; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    @explained
    async def record_fix_decision(self, command: FixDecisionClick) -> Recorded:
        """Take a script path. `one_off` and `draft_template` declare the run and keep the script as it was run.

        `draft_template` also leaves a template to review, one a fix: the script of the latest run. Raises
        script_required and what the transition raises.
        """

        async def effect(transaction: SessionTransaction) -> Json:
            row = await find_fix(transaction, command.fix_id)
            runs = command.decision in _RUNS
            script = (command.edited_script or row.ai_drafted_script) if runs else None
            line = _line(command.decision, row)

            def store(row: Fix) -> None:
                if runs:
                    row.user_decision = command.decision
                    row.script_used = command.edited_script
                    row.parameters_used = (
                        None
                        if command.parameters_used is None
                        else redact_parameters(command.parameters_used)
                    )

            await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.CHANGE_FIX,
                lambda fix, now: record_decision(
                    fix, command.decision, command.edited_script is not None, now
                ),
                lambda fix: line,
                store=store,
            )
            draft_id = None
            if command.decision is FixDecision.DRAFT_TEMPLATE and script is not None:
                draft_id = await _leave_draft(transaction, command, script)
            return {
                "user_decision": command.decision.value,
                "rendered_script": script,
                "draft_template_id": str(draft_id) if draft_id else None,
                "redirect_path": None,
            }

        return await record_command(self._database, command, "fix_decision", effect)

    @activity.defn
    @explained
    async def attach_script(self, command: AttachScript) -> Recorded:
        """Give the fix a script with its parameters, in place of one it had. Declares nothing."""

        def store(row: Fix) -> None:
            row.ai_drafted_script = command.script
            row.ai_drafted_parameters = (
                None if command.parameters is None else redact_parameters(command.parameters)
            )

        async def effect(transaction: SessionTransaction) -> Json:
            return await change_fix(
                transaction,
                command.fix_id,
                SessionCommand.CHANGE_FIX,
                lambda fix, now: attach_script(fix),
                store=store,
            )

        return await record_command(self._database, command, "fix_script", effect)


def _line(decision: FixDecision, row: Fix) -> str:
    if decision is FixDecision.DISMISSED:
        return outcome_line(row.title, FixOutcome.DISMISSED, None)
    return finishing_line(row.title) if row.status is FixStatus.APPLIED_PARTIAL else applied_line(row.title)


async def _leave_draft(transaction: SessionTransaction, command: FixDecisionClick, script: str) -> UUID:
    """The draft of the fix that waits for review, with the script that was run now."""
    found = await transaction.db.execute(
        select(DraftTemplate).where(
            DraftTemplate.fix_id == command.fix_id, DraftTemplate.state == DraftState.PENDING
        )
    )
    row = found.scalar_one_or_none()
    if row is not None:
        row.script_body = script
    else:
        row = DraftTemplate(
            id=uuid4(),
            account_id=command.account_id,
            session_id=command.session_id,
            fix_id=command.fix_id,
            script_body=script,
            state=DraftState.PENDING,
            created_by=command.actor_id,
            created_at=transaction.now,
        )
        transaction.db.add(row)
    transaction.emit(EventType.DRAFT_READY, {"draft_template_id": str(row.id), "fix_id": str(command.fix_id)})
    return row.id
