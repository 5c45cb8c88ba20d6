"""Where a session stands: pausing, closing, reopening, and who works on it."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.commands import CommandAck
    from domain.sessions import SessionCommand
    from workflows.troubleshooting_session import record_steps, state
    from workflows.troubleshooting_session.handlers.base import SessionHandlers
    from workflows.troubleshooting_session.messages import ChangeStatus, PickUpSession, ReopenSession


class LifecycleHandlers(SessionHandlers):
    """Messages that move a session's status without a note."""

    @workflow.update(description="Pause the session")
    async def pause(self, command: ChangeStatus) -> CommandAck:
        return await self._record(record_steps.pause_session, command)

    @pause.validator
    def _may_pause(self, command: ChangeStatus) -> None:
        self._check(command, self._status_allows(SessionCommand.PAUSE))

    @workflow.update(description="Make a paused session active")
    async def resume(self, command: ChangeStatus) -> CommandAck:
        return await self._record(record_steps.resume_session, command)

    @resume.validator
    def _may_resume(self, command: ChangeStatus) -> None:
        self._check(command, self._status_allows(SessionCommand.RESUME))

    @workflow.update(description="Close the session without a note")
    async def abandon(self, command: ChangeStatus) -> CommandAck:
        return await self._record(record_steps.abandon_session, command)

    @abandon.validator
    def _may_abandon(self, command: ChangeStatus) -> None:
        self._check(command, lambda: state.check_closing(self._snapshot, SessionCommand.ABANDON))

    @workflow.update(description="Go on with a closed session")
    async def reopen(self, command: ReopenSession) -> CommandAck:
        within = command.model_copy(update={"linger_seconds": self._input.linger_seconds})
        return await self._record(record_steps.reopen_session, within)

    @reopen.validator
    def _may_reopen(self, command: ReopenSession) -> None:
        self._check(command, self._status_allows(SessionCommand.REOPEN))

    @workflow.update(description="Take over an escalated session")
    async def pick_up(self, command: PickUpSession) -> CommandAck:
        return await self._record(record_steps.pick_up_session, command)

    @pick_up.validator
    def _may_pick_up(self, command: PickUpSession) -> None:
        self._check(command, self._status_allows(SessionCommand.PICK_UP))
