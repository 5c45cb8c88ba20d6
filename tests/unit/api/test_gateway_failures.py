"""What the workflow engine answers, as the sender of a command is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import ValidationError
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api import session_gateway
from api.problems import ApiProblem
from api.session_gateway import SessionGateway
from domain.commands import CommandAck
from domain.errors import ViolationKind
from domain.session_state import SessionSnapshot
from domain.vocabulary import SessionStatus
from infra.config import Settings
from infra.temporal.payload_keys import PayloadUnreadable
from workflows.troubleshooting_session.messages import RetryTurn, SnapshotView

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
        await gateway.catch_up(SESSION, 7, SessionStatus.ACTIVE)
        assert engine.asked == 2


class Run:
    """A run that answers with one view after the other, the last one for ever."""

    def __init__(self, *views: SnapshotView) -> None:
        self.views = [*views]
        self.asked = 0
        self.told: list[str] = []

    def get_workflow_handle(self, workflow_id: str) -> Run:
        return self

    async def query(self, *arguments: Any, **options: Any) -> SnapshotView:
        self.asked += 1
        return self.views.pop(0) if len(self.views) > 1 else self.views[0]

    async def signal(self, name: str) -> None:
        self.told.append(name)


def view(seq: int, status: SessionStatus, *, writes: bool = False, turn: bool = False) -> SnapshotView:
    known = SessionSnapshot(
        seq=seq,
        status=status,
        state_version=1,
        engineer_id=ENGINEER,
        last_activity_at=datetime(2031, 2, 3, tzinfo=UTC),
        running_writeback=1 if writes else None,
    )
    return SnapshotView(snapshot=known, turn_running=turn, closing=False)


async def catch_up(run: Run) -> bool:
    """Of a session that is escalated, with nine events. Answers whether the run was waited for."""
    await SessionGateway(cast("Client", run), Settings()).catch_up(SESSION, 9, SessionStatus.ESCALATED)
    return run.asked > 1


ESCALATING, ESCALATED = SessionStatus.REQUESTING_ESCALATION, SessionStatus.ESCALATED


async def test_a_refusal_by_a_run_that_knows_everything_stands() -> None:
    assert not await catch_up(Run(view(9, ESCALATED)))


async def test_a_run_at_work_is_behind_only_where_the_session_stands_elsewhere_by_now() -> None:
    """The beginning of a turn and the steps of a writeback are events that it hears of in the end."""
    for at_work in (view(8, ESCALATED, writes=True), view(8, ESCALATED, turn=True)):
        assert not await catch_up(Run(at_work))
    run = Run(view(6, ESCALATING, writes=True), view(6, ESCALATING, writes=True), view(9, ESCALATED))
    assert await catch_up(run), "its writeback has ended in the rows, and the run hears of it in a moment"
    assert run.told == []


async def test_an_idle_run_that_has_missed_something_reads_its_rows() -> None:
    run = Run(view(6, ESCALATED), view(9, ESCALATED))
    assert await catch_up(run)
    assert run.told == ["read_rows"]


@pytest.mark.parametrize("behind", [view(6, ESCALATED), view(6, ESCALATING, writes=True)])
async def test_what_a_run_refuses_that_stays_behind_is_no_final_word(
    behind: SnapshotView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_gateway, "_LOOKS", 2)
    with pytest.raises(ApiProblem) as caught:
        await catch_up(Run(behind))
    assert (caught.value.status, caught.value.code) == (503, "session_catching_up")
    assert caught.value.headers["Retry-After"]
