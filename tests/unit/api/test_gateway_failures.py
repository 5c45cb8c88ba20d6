"""What the workflow engine answers, as the sender of a command is told."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import ValidationError
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.problems import ApiProblem
from api.session_gateway import SessionGateway
from domain.errors import ViolationKind
from infra.config import Settings
from infra.temporal.payload_keys import PayloadUnreadable
from workflows.troubleshooting_session.messages import CommandAck, RetryTurn

ACCOUNT, SESSION, ENGINEER = UUID(int=1), UUID(int=2), UUID(int=3)


class Engine:
    """A client whose every update ends in the given error."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def get_workflow_handle(self, workflow_id: str) -> Engine:
        assert workflow_id == f"session/{SESSION}"
        return self

    async def execute_update(self, *arguments: Any, **options: Any) -> None:
        self.asked += 1
        raise self.error

    async def query(self, *arguments: Any, **options: Any) -> None:
        self.asked += 1
        raise self.error


async def told(error: Exception) -> tuple[ApiProblem, Engine]:
    engine = Engine(error)
    gateway = SessionGateway(cast("Client", engine), Settings())
    command = RetryTurn(
        command_id="c", request_hash="", account_id=ACCOUNT, session_id=SESSION, actor_id=ENGINEER
    )
    with pytest.raises(ApiProblem) as caught:
        await gateway.send(
            "retry_turn",
            command,
            CommandAck,
            account_id=ACCOUNT,
            session_id=SESSION,
            engineer_id=ENGINEER,
            update_id="c",
        )
    return caught.value, engine


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RPCStatusCode.RESOURCE_EXHAUSTED, "session_busy"),
        (RPCStatusCode.FAILED_PRECONDITION, "session_busy"),
        (RPCStatusCode.UNAVAILABLE, "temporal_unavailable"),
    ],
)
async def test_an_engine_that_does_not_take_it_is_told_as_something_to_try_again(
    status: RPCStatusCode, code: str
) -> None:
    problem, _ = await told(RPCError("no", status, b""))
    assert (problem.status, problem.code) == (503, code)
    assert problem.headers["Retry-After"]


async def test_a_session_that_was_interrupted_under_the_command_can_be_sent_it_again() -> None:
    ended = WorkflowUpdateFailedError(WorkflowAlreadyStartedError("session/2", "TroubleshootingSession"))
    problem, _ = await told(ended)
    assert (problem.status, problem.code) == (503, "session_unavailable")


async def test_a_run_that_ends_under_a_command_hands_it_to_the_next_a_few_times() -> None:
    passed_on = ApplicationError("the run ended", type="AcceptedUpdateCompletedWorkflow")
    problem, engine = await told(WorkflowUpdateFailedError(passed_on))
    assert problem.status == 503
    assert engine.asked > 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (ViolationKind.INVALID, 400),
        (ViolationKind.FORBIDDEN, 403),
        (ViolationKind.NOT_FOUND, 404),
        (ViolationKind.CONFLICT, 409),
        (ViolationKind.UNPROCESSABLE, 422),
    ],
)
async def test_a_refusal_keeps_its_code_and_its_sentence(kind: ViolationKind, status: int) -> None:
    refusal = ApplicationError("A sentence that helps.", kind.value, type="a_code", non_retryable=True)
    problem, _ = await told(WorkflowUpdateFailedError(refusal))
    assert (problem.status, problem.code, problem.detail) == (status, "a_code", "A sentence that helps.")


async def test_a_defect_is_told_as_one() -> None:
    defect = ApplicationError("An unexpected error.", type="internal_error", non_retryable=True)
    problem, _ = await told(WorkflowUpdateFailedError(defect))
    assert (problem.status, problem.code) == (500, "internal_error")


async def test_a_run_whose_view_nobody_understands_is_left_alone() -> None:
    """As while two versions run: whoever asked because of a refusal still gets the refusal."""
    with pytest.raises(ValidationError) as caught:
        CommandAck.model_validate_json("{}")
    for unreadable in (caught.value, PayloadUnreadable("no key for it")):
        engine = Engine(unreadable)
        gateway = SessionGateway(cast("Client", engine), Settings())
        assert not await gateway.remind(SESSION, 7)
        assert not await gateway.catch_up(SESSION, 7)
        assert engine.asked == 2
