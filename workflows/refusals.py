"""Failures of activities as failures of the message that asked for them."""

from temporalio.exceptions import ActivityError, ApplicationError, ChildWorkflowError

from domain.errors import STEP_TIMED_OUT, RuleViolation, ViolationKind


def as_refusal(violation: RuleViolation) -> ApplicationError:
    """A broken rule as the caller of an update sees it: `type` is the code, the detail the kind."""
    return ApplicationError(violation.detail, violation.kind.value, type=violation.code, non_retryable=True)


def is_refusal(failure: ApplicationError) -> bool:
    """Whether a rule refused it: trying again gives the same answer."""
    return bool(failure.details) and failure.details[0] in {kind.value for kind in ViolationKind}


def cause_of(error: ActivityError | ChildWorkflowError) -> ApplicationError:
    """The reason behind a failed activity or child: its own failure, or one that says that it timed out."""
    cause = error.cause
    while cause is not None and not isinstance(cause, ApplicationError) and cause.__cause__ is not None:
        cause = cause.__cause__ if isinstance(cause.__cause__, Exception) else None
    if isinstance(cause, ApplicationError):
        return cause
    return ApplicationError(
        "The step did not finish in time. It is safe to try again.", type=STEP_TIMED_OUT, non_retryable=True
    )
