"""Steps on queues of their own: which activity, with which timeout, retries and summary. See also `record_steps`."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityHandle

from domain.session_state import SessionSnapshot
from workflows.task_queues import LLM, PSA
from workflows.troubleshooting_session.messages import (
    CreateSpinOff,
    PreviewReady,
    PreviewRequest,
    RefreshTicket,
    RunTurn,
    SynthesisedText,
    SynthesiseFact,
    WriteDigest,
)

_T = TypeVar("_T")

# A worker that died is noticed by its missing heartbeat, whatever it did with the model. One comes each second; ten
# missing are no hiccup, and of the half minute in which a session is to be usable again as much is left.
_MODEL_HEARTBEAT = timedelta(seconds=10)

# The model's own limits end a reply within minutes; the rest is for turns that wait in the worker for their account's
# turn.
_TURN_TIMEOUT = timedelta(minutes=15)
_TURN_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=20),
    maximum_attempts=4,
)

# Written behind the turns of the account; it may wait for them.
_DIGEST_TIMEOUT = timedelta(minutes=10)

# A note is one call and at most one correction.
_NOTE_TIMEOUT = timedelta(minutes=3)
_NOTE_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_attempts=2)

# A synthesis is one short call of the fast model.
_SHORT_CALL_TIMEOUT = timedelta(seconds=45)

# One read or write of a PSA that may be slow; a PSA that is down is tried for a quarter of an hour.
_PSA_TIMEOUT = timedelta(seconds=60)
_PSA_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=60)
)
_PSA_GIVE_UP = timedelta(minutes=15)


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
        heartbeat_timeout=_MODEL_HEARTBEAT,
        retry_policy=_TURN_RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=f"turn: {who}, {count} message{'s' if count != 1 else ''}",
        priority=Priority(fairness_key=str(request.account_id)),
    )


async def generate_note(request: PreviewRequest) -> PreviewReady:
    return await _model_step(
        "generate_note", request, PreviewReady, f"preview: {request.kind.value}", _NOTE_TIMEOUT
    )


async def synthesise_fact(request: SynthesiseFact) -> SynthesisedText:
    return await _model_step(
        "synthesise_fact", request, SynthesisedText, "synthesise a fact", _SHORT_CALL_TIMEOUT
    )


async def write_digest(request: WriteDigest) -> SessionSnapshot:
    return await _model_step(
        "write_digest", request, SessionSnapshot, "digest of the earlier conversation", _DIGEST_TIMEOUT
    )


async def refresh_ticket(request: RefreshTicket) -> SessionSnapshot:
    return await _psa_step("refresh_ticket", request, "read the changed ticket")


async def create_spin_off(request: CreateSpinOff) -> SessionSnapshot:
    return await _psa_step("create_spin_off", request, "create the second ticket, once")


async def _model_step(
    name: str,
    request: PreviewRequest | SynthesiseFact | WriteDigest,
    result: type[_T],
    summary: str,
    timeout: timedelta,
) -> _T:
    return await workflow.execute_activity(  # type: ignore[no-any-return]
        name,
        request,
        result_type=result,
        task_queue=LLM,
        start_to_close_timeout=timeout,
        heartbeat_timeout=_MODEL_HEARTBEAT,
        retry_policy=_NOTE_RETRY,
        summary=summary,
        priority=Priority(fairness_key=str(request.account_id)),
    )


async def _psa_step(name: str, request: RefreshTicket | CreateSpinOff, summary: str) -> SessionSnapshot:
    return await workflow.execute_activity(  # type: ignore[no-any-return]
        name,
        request,
        result_type=SessionSnapshot,
        task_queue=PSA,
        start_to_close_timeout=_PSA_TIMEOUT,
        schedule_to_close_timeout=_PSA_GIVE_UP,
        retry_policy=_PSA_RETRY,
        summary=summary,
        priority=Priority(fairness_key=str(request.account_id)),
    )
