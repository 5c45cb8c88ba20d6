"""How a failed step is told to the workflow: by type, final or worth another try."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError

from domain.errors import RuleViolation
from domain.psa import PsaError, PsaUnavailable
from infra.crash_points import CrashPoint, reached
from infra.database.faults import is_transient

_P = ParamSpec("_P")
_R = TypeVar("_R")

logger = structlog.get_logger()

_MARGIN = timedelta(seconds=5)
"""Between our own limit for an attempt and the server's."""


def refusal(violation: RuleViolation) -> ApplicationError:
    """A broken rule: final. `type` is the stable code, the only detail the kind of refusal."""
    return ApplicationError(violation.detail, violation.kind.value, type=violation.code, non_retryable=True)


def psa_failure(error: PsaError) -> ApplicationError:
    """What the PSA answered, in its own words: 429 and 5xx are tried again when it says so, the rest is final."""
    if isinstance(error, PsaUnavailable):
        delay = timedelta(seconds=min(error.retry_after, 300)) if error.retry_after is not None else None
        return ApplicationError(error.message, type=error.code, next_retry_delay=delay)
    return ApplicationError(error.message, type=error.code, non_retryable=True)


def explained(step: Callable[_P, Awaitable[_R]]) -> Callable[_P, Awaitable[_R]]:
    """Turn exceptions into failures the workflow can read.

    Refusals are final, transient faults are retried by the workflow's policy. Anything else is a defect: final, so
    that it is seen instead of repeated, and named by its type only, because a message could carry content.
    """

    @wraps(step)
    async def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            await reached(CrashPoint.BEFORE_STEP)
            result = await step(*args, **kwargs)
            await reached(CrashPoint.BEFORE_ANSWER)
            return result
        except RuleViolation as violation:
            raise refusal(violation) from violation
        except PsaError as error:
            raise psa_failure(error) from error
        except FailureError:
            raise
        except Exception as error:
            kind = type(error).__name__
            if is_transient(error):
                raise ApplicationError(
                    f"A part of the system is not reachable ({kind}).", type="unreachable"
                ) from None
            logger.exception("activity.defect", step=step.__name__, error=kind)
            raise ApplicationError(
                f"An unexpected error ended this step ({kind}).", type="internal_error", non_retryable=True
            ) from None

    return run


def in_time(step: Callable[_P, Awaitable[_R]]) -> Callable[_P, Awaitable[_R]]:
    """End an attempt before the server gives it up, so that the next one never meets it at work.

    Of several requests each may be slow: together they can outlast the attempt, and a note that the first one still
    posts is not there yet when the second one looks.
    """

    @wraps(step)
    async def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        limit = activity.info().start_to_close_timeout
        seconds = (limit - min(_MARGIN, limit / 2)).total_seconds() if limit is not None else None
        async with asyncio.timeout(seconds) as clock:
            try:
                return await step(*args, **kwargs)
            except asyncio.CancelledError:
                if clock.expired():
                    raise PsaUnavailable("The ticketing system did not answer in time.") from None
                raise

    return run
