"""Steps that only write to the database: one marker in history instead of three events, no queue in between.

They are tried until the database is back, because what an engineer said must not be lost; a step that can never
succeed says so itself (non-retryable).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from workflows.refusals import cause_of

_T = TypeVar("_T")

# A transaction takes milliseconds; ten seconds cover a checkpoint or a failover of the database.
_TIMEOUT = timedelta(seconds=10)
_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), backoff_coefficient=2, maximum_interval=timedelta(seconds=5)
)


async def database_step(name: str, argument: object, result: type[_T], summary: str) -> _T:
    """Raises the ApplicationError of the step: the refusal of a rule, or what went wrong for good."""
    try:
        return await workflow.execute_local_activity(  # type: ignore[no-any-return]
            name,
            argument,
            result_type=result,
            start_to_close_timeout=_TIMEOUT,
            retry_policy=_RETRY,
            summary=summary,
        )
    except ActivityError as error:
        # The failure of a local activity mostly comes as it is; some come wrapped, like those of other activities.
        raise cause_of(error) from error
