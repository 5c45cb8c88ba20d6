"""What the engineer does with a suggested fix."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.commands import CommandAck
    from domain.sessions import SessionCommand
    from workflows.troubleshooting_session import record_steps, state
    from workflows.troubleshooting_session.handlers.base import SessionHandlers
    from workflows.troubleshooting_session.messages import (
        AttachScript,
        FixApplied,
        FixCommand,
        FixDecisionClick,
        FixOutcomeClick,
    )


class FixHandlers(SessionHandlers):
    """Messages about fixes. What the snapshot cannot judge is judged by the rows."""

    @workflow.update(description="Declare that the fix was run")
    async def fix_applied(self, command: FixApplied) -> CommandAck:
        return await self._record(record_steps.record_fix_applied, command)

    @fix_applied.validator
    def _may_apply(self, command: FixApplied) -> None:
        self._check(command, lambda: state.check_apply(self._snapshot, command.fix_id))

    @workflow.update(description="Say whether the fix worked")
    async def fix_outcome(self, command: FixOutcomeClick) -> CommandAck:
        return await self._record(record_steps.record_fix_outcome, command)

    @fix_outcome.validator
    def _may_judge(self, command: FixOutcomeClick) -> None:
        self._check(
            command,
            lambda: state.check_outcome(self._snapshot, command.fix_id, command.outcome, command.notes),
        )

    @workflow.update(description="Take a script path")
    async def fix_decision(self, command: FixDecisionClick) -> CommandAck:
        return await self._record(record_steps.record_fix_decision, command)

    @fix_decision.validator
    def _may_decide(self, command: FixDecisionClick) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FIX))

    @workflow.update(description="Give the fix a script; declares nothing")
    async def fix_script(self, command: AttachScript) -> CommandAck:
        return await self._record(record_steps.attach_script, command)

    @fix_script.validator
    def _may_attach(self, command: AttachScript) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FIX))

    @workflow.update(description="Not yet: forget the outcome that the pilot proposed")
    async def clear_outcome_proposal(self, command: FixCommand) -> CommandAck:
        return await self._record(record_steps.clear_outcome_proposal, command)

    @clear_outcome_proposal.validator
    def _may_clear(self, command: FixCommand) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FIX))

    @workflow.update(description="Finish a partial fix")
    async def resume_fix(self, command: FixCommand) -> CommandAck:
        return await self._record(record_steps.resume_fix, command)

    @resume_fix.validator
    def _may_finish(self, command: FixCommand) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FIX))

    @workflow.update(description="Take a dismissal back")
    async def restore_fix(self, command: FixCommand) -> CommandAck:
        return await self._record(record_steps.restore_fix, command)

    @restore_fix.validator
    def _may_restore_fix(self, command: FixCommand) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FIX))

    @workflow.update(description="Still checking: no reminder for a while")
    async def silence_nudge(self, command: FixCommand) -> CommandAck:
        return await self._record(record_steps.silence_nudge, command)

    @silence_nudge.validator
    def _may_silence(self, command: FixCommand) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FIX))
