"""Which activity does a step of a writeback, with which timeout, retries, queue and summary."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

from domain.session_state import SessionSnapshot
from workflows.database_steps import database_step
from workflows.task_queues import PSA, SESSIONS
from workflows.ticket_writeback.messages import (
    WORKFLOW_TYPE,
    EndWriteback,
    WritebackInput,
    writeback_workflow_id,
)

# A step with its few requests to a PSA that may be slow; each of them and the step itself give up sooner than this.
_PSA_CALL = timedelta(seconds=60)
# An engineer waits, so the first repeats come quickly; a PSA that is down is tried for a quarter of an hour.
_PSA_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=60)
)
_PSA_GIVE_UP = timedelta(minutes=15)


async def run_writeback(request: WritebackInput) -> SessionSnapshot:
    """Run the child workflow to its end. It outlives its parent: a note on its way is never cut off."""
    return await workflow.execute_child_workflow(  # type: ignore[no-any-return]
        WORKFLOW_TYPE,
        request,
        id=writeback_workflow_id(request.session_id, request.number),
        task_queue=SESSIONS,
        result_type=SessionSnapshot,
        parent_close_policy=workflow.ParentClosePolicy.ABANDON,
        static_summary=f"post and verify, attempt {request.number}",
    )


async def post_ticket_note(request: WritebackInput) -> None:
    await _psa_step("post_ticket_note", request, "post the note, once")


async def log_ticket_time(request: WritebackInput) -> None:
    await _psa_step("log_ticket_time", request, "log the time worked, once")


async def set_ticket_status(request: WritebackInput) -> None:
    await _psa_step("set_ticket_status", request, "move the ticket's status")


async def verify_ticket(request: WritebackInput) -> None:
    await _psa_step("verify_ticket", request, "re-read the ticket and compare")


async def _psa_step(name: str, request: WritebackInput, summary: str) -> None:
    await workflow.execute_activity(
        name,
        request,
        task_queue=PSA,
        start_to_close_timeout=_PSA_CALL,
        schedule_to_close_timeout=_PSA_GIVE_UP,
        retry_policy=_PSA_RETRY,
        summary=summary,
        priority=Priority(fairness_key=str(request.account_id)),
    )


async def end_writeback(request: EndWriteback) -> SessionSnapshot:
    return await database_step("end_writeback", request, SessionSnapshot, f"writeback {request.state.value}")
