"""Which activity does a step of a session, with which timeout, retries, queue and summary."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityHandle

from workflows.database_steps import database_step
from workflows.task_queues import LLM
from workflows.troubleshooting_session.messages import (
    AddFact,
    AnswerItems,
    ChangeStatus,
    CloseTurn,
    EngineerMessage,
    FixApplied,
    FixOutcomeClick,
    LoadedSession,
    LoadSession,
    OpenSession,
    PauseIdleSession,
    PreviewReady,
    PreviewRequest,
    Recorded,
    RejectedCommand,
    ResolutionBegun,
    ResolveSession,
    RetryTurn,
    RunTurn,
    SessionSnapshot,
)

# The model may think for minutes, but a worker that died is noticed by its missing heartbeat.
_TURN_TIMEOUT = timedelta(minutes=4)
_TURN_HEARTBEAT = timedelta(seconds=15)
_TURN_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=20),
    maximum_attempts=4,
)

# A note is one call and at most one correction.
_NOTE_TIMEOUT = timedelta(minutes=3)
_NOTE_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_attempts=2)


async def load_session(request: LoadSession) -> LoadedSession:
    return await database_step("load_session", request, LoadedSession, "read the session from its rows")


async def open_session(command: OpenSession) -> Recorded:
    return await database_step("open_session", command, Recorded, "open the session")


async def store_message(command: EngineerMessage) -> Recorded:
    return await database_step("store_message", command, Recorded, "store the engineer's message")


async def record_answers(command: AnswerItems) -> Recorded:
    return await database_step(
        "record_answers", command, Recorded, f"store {len(command.items)} lane answers"
    )


async def record_fix_applied(command: FixApplied) -> Recorded:
    return await database_step("record_fix_applied", command, Recorded, "fix applied")


async def record_fix_outcome(command: FixOutcomeClick) -> Recorded:
    return await database_step(
        "record_fix_outcome", command, Recorded, f"fix outcome: {command.outcome.value}"
    )


async def add_fact(command: AddFact) -> Recorded:
    return await database_step("add_fact", command, Recorded, "add a fact")


async def pause_session(command: ChangeStatus) -> Recorded:
    return await database_step("pause_session", command, Recorded, "pause")


async def resume_session(command: ChangeStatus) -> Recorded:
    return await database_step("resume_session", command, Recorded, "resume")


async def abandon_session(command: ChangeStatus) -> Recorded:
    return await database_step("abandon_session", command, Recorded, "abandon")


async def pause_idle_session(request: PauseIdleSession) -> SessionSnapshot:
    return await database_step(
        "pause_idle_session", request, SessionSnapshot, "pause: nobody is working on it"
    )


async def requeue_failed_turn(command: RetryTurn) -> Recorded:
    return await database_step("requeue_failed_turn", command, Recorded, "run the failed turn again")


async def record_rejected_command(command: RejectedCommand) -> SessionSnapshot:
    return await database_step(
        "record_rejected_command", command, SessionSnapshot, f"refused {command.command_name}: {command.code}"
    )


async def close_turn(request: CloseTurn) -> SessionSnapshot:
    ending = "stopped" if request.stopped else f"failed: {request.code}"
    return await database_step("close_turn", request, SessionSnapshot, f"turn {ending}")


async def begin_resolution(command: ResolveSession) -> ResolutionBegun:
    return await database_step("begin_resolution", command, ResolutionBegun, "resolution confirmed")


def start_chat_turn(request: RunTurn) -> ActivityHandle[SessionSnapshot]:
    """Start the turn; cancelling the handle stops the reply, and the prose so far is its result."""
    count = len(request.message_ids)
    who = "playbook instead of the model" if request.use_fallback else "pilot"
    return workflow.start_activity(
        "chat_turn",
        request,
        result_type=SessionSnapshot,
        task_queue=LLM,
        start_to_close_timeout=_TURN_TIMEOUT,
        heartbeat_timeout=_TURN_HEARTBEAT,
        retry_policy=_TURN_RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=f"turn: {who}, {count} message{'s' if count != 1 else ''}",
        priority=Priority(fairness_key=str(request.account_id)),
    )


async def generate_note(request: PreviewRequest) -> PreviewReady:
    return await workflow.execute_activity(  # type: ignore[no-any-return]
        "generate_note",
        request,
        result_type=PreviewReady,
        task_queue=LLM,
        start_to_close_timeout=_NOTE_TIMEOUT,
        retry_policy=_NOTE_RETRY,
        summary=f"preview: {request.kind.value}",
        priority=Priority(fairness_key=str(request.account_id)),
    )
