"""Senders that do not wait: the same transitions, and a refusal goes to the timeline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.commands import Command, Recorded
    from domain.errors import RuleViolation
    from workflows.troubleshooting_session import record_steps, state
    from workflows.troubleshooting_session.handlers.base import C, SessionHandlers
    from workflows.troubleshooting_session.messages import (
        EngineerMessage,
        FixOutcomeClick,
        RejectedCommand,
        SignalledMessage,
        SignalledOutcome,
    )

# Characters of a command id that fit into its column.
COMMAND_ID_LIMIT = 200


class SignalHandlers(SessionHandlers):
    """Signals of the same meaning as updates."""

    @workflow.signal(name="engineer_message", description="Say something, without waiting for an answer")
    async def engineer_message_signalled(self, message: SignalledMessage) -> None:
        await self._record_signal(
            record_steps.store_message,
            EngineerMessage(**self._from_signal(message.command_id, message), text=message.text),
            "engineer_message",
            lambda: state.check_text(self._snapshot, message.text),
        )

    @workflow.signal(
        name="outcome_click", description="Say whether the fix worked, without waiting for an answer"
    )
    async def outcome_clicked(self, click: SignalledOutcome) -> None:
        await self._record_signal(
            record_steps.record_fix_outcome,
            FixOutcomeClick(
                **self._from_signal(click.command_id, click),
                fix_id=click.fix_id,
                outcome=click.outcome,
                notes=click.notes,
            ),
            "outcome_click",
            lambda: state.check_outcome(self._snapshot, click.fix_id, click.outcome, click.notes),
        )

    def _from_signal(self, command_id: str, signal: SignalledMessage | SignalledOutcome) -> dict[str, Any]:
        return {
            "command_id": command_id,
            "request_hash": "",
            "account_id": self._input.account_id,
            "session_id": self._input.session_id,
            "actor_id": signal.actor_id,
        }

    async def _record_signal(
        self, step: Callable[[C], Awaitable[Recorded]], command: C, name: str, check: Callable[[], None]
    ) -> None:
        """Like an update, but a refusal goes to the timeline: a signal never fails the workflow."""
        try:
            await self._wait_until_loaded()
        except ApplicationError:
            workflow.logger.warning("signal to a session that does not exist", extra={"signal": name})
            return
        try:
            if command.command_id not in self._seen:
                check()
            await self._record(step, command)
        except RuleViolation as violation:
            await self._reject(command, name, violation.code, violation.detail)
        except ApplicationError as refusal:
            await self._reject(command, name, refusal.type or "refused", refusal.message)

    async def _reject(self, command: Command, name: str, code: str, detail: str) -> None:
        rejected = RejectedCommand(
            command_id=command.command_id[:COMMAND_ID_LIMIT],
            request_hash=command.request_hash,
            account_id=command.account_id,
            session_id=command.session_id,
            actor_id=command.actor_id,
            command_name=name,
            code=code,
            detail=detail,
        )
        try:
            self._apply(await record_steps.record_rejected_command(rejected))
        except ApplicationError as error:
            # Leaving a signal handler, a failure would end the workflow.
            workflow.logger.error("a refused signal was not recorded", extra={"code": error.type})
