"""A refusal reaches its sender with its code and its kind, from however deep it comes."""

from __future__ import annotations

import pytest
from temporalio.api.enums.v1 import RetryState as ApiRetryState
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    RetryState,
    TerminatedError,
    TimeoutError,
    TimeoutType,
)

from domain.errors import RuleViolation, ViolationKind
from workflows.refusals import as_refusal, cause_of


def _activity_error(cause: BaseException | None) -> ActivityError:
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="worker",
        activity_type="step",
        activity_id="1",
        retry_state=RetryState(ApiRetryState.RETRY_STATE_NON_RETRYABLE_FAILURE),
    )
    error.__cause__ = cause
    return error


def test_a_broken_rule_is_final_and_keeps_code_kind_and_sentence() -> None:
    violation = RuleViolation("fix_final", "It is final.", ViolationKind.CONFLICT)
    refusal = as_refusal(violation)
    assert (refusal.type, refusal.message, list(refusal.details)) == (
        "fix_final",
        "It is final.",
        ["conflict"],
    )
    assert refusal.non_retryable


def test_the_reason_of_a_failed_step_is_the_steps_own() -> None:
    reason = ApplicationError("It is final.", "conflict", type="fix_final", non_retryable=True)
    assert cause_of(_activity_error(reason)) is reason


def test_the_reason_of_a_child_is_found_below_its_steps() -> None:
    reason = ApplicationError("Refused.", type="psa_rejected")
    child = ChildWorkflowError(
        "Child Workflow execution failed",
        namespace="default",
        workflow_id="w",
        run_id="r",
        workflow_type="t",
        initiated_event_id=1,
        started_event_id=2,
        retry_state=None,
    )
    child.__cause__ = _activity_error(reason)
    assert cause_of(child) is reason


@pytest.mark.parametrize(
    "cause",
    [
        None,
        TimeoutError("timed out", type=TimeoutType.START_TO_CLOSE, last_heartbeat_details=[]),
        TerminatedError("terminated"),
    ],
)
def test_a_step_without_a_reason_of_its_own_says_that_it_is_safe_to_try_again(
    cause: BaseException | None,
) -> None:
    found = cause_of(_activity_error(cause))
    assert found.type == "step_timed_out"
    assert "try again" in found.message
