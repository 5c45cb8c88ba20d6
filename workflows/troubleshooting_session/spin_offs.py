"""Creating second tickets: each by one task, whoever asks for it, and never twice at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from temporalio.exceptions import ActivityError

from domain.session_state import SessionSnapshot
from workflows.refusals import cause_of
from workflows.troubleshooting_session import record_steps, steps
from workflows.troubleshooting_session.messages import CreateSpinOff, EndSpinOff, SessionInput


class SpinOffCreator:
    """Part of the session workflow. `apply` takes over the state that a ticket leaves."""

    def __init__(self, input_: SessionInput, apply: Callable[[SessionSnapshot], None]) -> None:
        self._input = input_
        self._apply = apply
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    @property
    def idle(self) -> bool:
        return not self._tasks

    @property
    def under_way(self) -> list[UUID]:
        return list(self._tasks)

    def create(self, spin_off_id: UUID) -> asyncio.Task[None]:
        """Have it created. The task ends when the ticket is there or could not be created; both is recorded."""
        task = self._tasks.get(spin_off_id)
        if task is None:
            task = asyncio.create_task(self._create(spin_off_id))
            self._tasks[spin_off_id] = task
        return task

    async def _create(self, spin_off_id: UUID) -> None:
        request = CreateSpinOff(
            account_id=self._input.account_id, session_id=self._input.session_id, spin_off_id=spin_off_id
        )
        try:
            self._apply(await steps.create_spin_off(request))
        except ActivityError as error:
            reason = cause_of(error)
            self._apply(
                await record_steps.end_spin_off(
                    EndSpinOff(
                        spin_off=request,
                        error_code=reason.type or "psa_post_failed",
                        error_detail=reason.message,
                    )
                )
            )
        finally:
            self._tasks.pop(spin_off_id, None)
