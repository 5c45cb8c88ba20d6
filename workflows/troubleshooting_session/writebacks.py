"""Following a writeback: its child workflow is started once, and the state it ends with taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError

from domain.session_state import SessionSnapshot
from domain.vocabulary import WritebackState, WritebackStep
from workflows.refusals import cause_of
from workflows.ticket_writeback import steps as writeback_steps
from workflows.ticket_writeback.messages import EndWriteback, WritebackInput
from workflows.troubleshooting_session import record_steps
from workflows.troubleshooting_session.messages import LoadSession, SessionInput

FOREIGN_WRITEBACK_EVERY = timedelta(seconds=2)
"""How often a writeback that an earlier run has started is looked for."""


class WritebackFollower:
    """Part of the session workflow. `loaded` answers its state, `apply` takes over a newer one."""

    def __init__(
        self,
        input_: SessionInput,
        loaded: Callable[[], SessionSnapshot],
        apply: Callable[[SessionSnapshot], None],
    ) -> None:
        self._input = input_
        self._loaded = loaded
        self._apply = apply
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.followed: int | None = None
        """Number of the writeback that is followed now."""

    def follow(self, number: int) -> None:
        """Start the child that posts and verifies, unless that is done already."""
        if number in self._tasks:
            return
        self.followed = number
        self._tasks[number] = asyncio.create_task(self._follow(number))

    async def ended_within(self, number: int | None, limit: timedelta) -> bool:
        """Whether the writeback ends within the limit; true at once for one that is not followed."""
        if number not in self._tasks:
            return True
        try:
            await workflow.wait_condition(
                lambda: number not in self._tasks, timeout=limit, timeout_summary="answer the engineer"
            )
        except TimeoutError:
            return False
        return True

    async def _follow(self, number: int) -> None:
        request = WritebackInput(
            account_id=self._input.account_id,
            session_id=self._input.session_id,
            number=number,
            log_time=self._loaded().writeback_logs_time,
        )
        try:
            while self._loaded().running_writeback == number:
                try:
                    self._apply(await writeback_steps.run_writeback(request))
                except WorkflowAlreadyStartedError:
                    await self._wait_for_foreign()
        except ChildWorkflowError as error:
            # Terminated by an operator, or a bug: the session must not stay locked by a writeback that is gone.
            reason = cause_of(error)
            self._apply(
                await writeback_steps.end_writeback(
                    EndWriteback(
                        writeback=request,
                        state=WritebackState.FAILED,
                        step=WritebackStep.RECORD,
                        error_code=reason.type or "writeback_failed",
                        error_detail=reason.message,
                    )
                )
            )
        finally:
            self._tasks.pop(number, None)
            self.followed = None

    async def _wait_for_foreign(self) -> None:
        """The child of an earlier run is still at work. Its row tells when it has ended.

        One that was ended by an operator leaves the row as it is, and is started again by the caller.
        """
        await workflow.sleep(
            FOREIGN_WRITEBACK_EVERY, summary="a writeback of an earlier run is still running"
        )
        look = LoadSession(
            account_id=self._input.account_id, session_id=self._input.session_id, take_over=False
        )
        self._apply((await record_steps.load_session(look)).snapshot)
