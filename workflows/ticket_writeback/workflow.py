"""Post the note, log the time worked, move the status, look whether the ticket took it, record how it ended.

Each step finds in the writeback's row what was done before, so that the whole can be run again from the start.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from domain.session_state import SessionSnapshot
    from domain.vocabulary import WritebackState, WritebackStep
    from workflows.refusals import cause_of
    from workflows.ticket_writeback import steps
    from workflows.ticket_writeback.messages import WORKFLOW_TYPE, EndWriteback, WritebackInput

UNVERIFIED = ("psa_status_unverified", "psa_note_unverified")
"""The PSA took everything and the ticket still looks different."""


@workflow.defn(name=WORKFLOW_TYPE)
class TicketWriteback:
    """One attempt to put an artifact on a ticket. Its result is the state of the session after it."""

    def __init__(self) -> None:
        self._step = WritebackStep.POST_NOTE

    @workflow.run
    async def run(self, request: WritebackInput) -> SessionSnapshot:
        try:
            self._at(WritebackStep.POST_NOTE)
            await steps.post_ticket_note(request)
            if request.log_time:
                self._at(WritebackStep.LOG_TIME)
                await steps.log_ticket_time(request)
            self._at(WritebackStep.SET_STATUS)
            await steps.set_ticket_status(request)
            self._at(WritebackStep.VERIFY)
            await steps.verify_ticket(request)
        except ActivityError as error:
            reason = cause_of(error)
            unverified = reason.type in UNVERIFIED
            return await steps.end_writeback(
                EndWriteback(
                    writeback=request,
                    state=WritebackState.UNVERIFIED if unverified else WritebackState.FAILED,
                    step=self._step,
                    error_code=reason.type or "psa_post_failed",
                    error_detail=reason.message,
                )
            )
        self._at(WritebackStep.RECORD)
        return await steps.end_writeback(
            EndWriteback(writeback=request, state=WritebackState.DONE, step=WritebackStep.RECORD)
        )

    def _at(self, step: WritebackStep) -> None:
        self._step = step
        workflow.set_current_details(f"**Step** {step.value}")
