"""Turns of a session: one at a time, the playbook where there is no model, a stop that keeps what was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from domain.session_state import SessionSnapshot
from workflows.refusals import cause_of
from workflows.troubleshooting_session import record_steps, steps
from workflows.troubleshooting_session.messages import CloseTurn, RunTurn, SessionInput

NO_MODEL = ("pilot_unavailable", "pilot_rejected")
"""The model cannot answer, whatever it is asked: the playbook takes the turn."""


class TurnRunner:
    """Part of the session workflow. `apply` takes over the state a turn leaves, `show` tells operators."""

    def __init__(
        self, input_: SessionInput, apply: Callable[[SessionSnapshot], None], show: Callable[[], None]
    ) -> None:
        self._input = input_
        self._apply = apply
        self._show = show
        self._stopping = False
        self.current: workflow.ActivityHandle[SessionSnapshot] | None = None
        """The activity that answers now."""

    @property
    def running(self) -> bool:
        return self.current is not None

    async def run(self, message_ids: Sequence[UUID]) -> None:
        """Let the pilot answer these messages. Never raises: a turn that failed is shown and can be retried."""
        request = RunTurn(
            account_id=self._input.account_id,
            session_id=self._input.session_id,
            turn_id=workflow.uuid4(),
            message_ids=list(message_ids),
        )
        self._stopping = False
        try:
            self._apply(await self._attempt(request))
        except ActivityError as error:
            stopped = self._stopping or is_cancelled_exception(error)
            reason = cause_of(error)
            self._apply(
                await record_steps.close_turn(
                    CloseTurn(
                        account_id=request.account_id,
                        session_id=request.session_id,
                        turn_id=request.turn_id,
                        message_ids=request.message_ids,
                        stopped=stopped,
                        code=reason.type or "reply_failed",
                        detail=reason.message,
                    )
                )
            )
        finally:
            self.current = None
            self._show()

    def stop(self) -> None:
        """Ask the running turn to end; what was said so far becomes the reply."""
        if self.current is not None:
            self._stopping = True
            self.current.cancel()

    async def stopped(self, turn: workflow.ActivityHandle[SessionSnapshot] | None) -> None:
        """Stop the turn if it still runs, and wait until it has ended."""
        if turn is None or turn is not self.current:
            return
        self.stop()
        await workflow.wait_condition(lambda: self.current is not turn)

    async def _attempt(self, request: RunTurn) -> SessionSnapshot:
        try:
            return await self._start(request)
        except ActivityError as error:
            reason = cause_of(error)
            # Whoever stopped the reply wants no other one, also when the model failed before the stop reached it.
            if self._stopping or is_cancelled_exception(error) or reason.type not in NO_MODEL:
                raise
            return await self._start(
                request.model_copy(update={"use_fallback": True, "degraded_reason": reason.message})
            )

    async def _start(self, request: RunTurn) -> SessionSnapshot:
        self.current = steps.start_chat_turn(request)
        self._show()
        return await self.current
