"""A session that is worked while at times nobody is there to answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from infra.database.models import Message
from tests.support.waiting import until
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import SnapshotView

T = TypeVar("T")

WITHIN = 300.0
_NOBODY_THERE = (
    RPCStatusCode.CANCELLED,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.UNAVAILABLE,
    # What the server says of a run whose workers have died one after the other, until a task of it has ended well.
    RPCStatusCode.FAILED_PRECONDITION,
)


class PatientSession(WorkedSession):
    """Sends again what nobody has answered in time, under the same id, as the API does."""

    async def send(self, *args: Any, **kwargs: Any) -> Any:
        return await _patiently(lambda: super(PatientSession, self).send(*args, **kwargs))

    async def snapshot(self) -> SnapshotView:
        return await _patiently(lambda: super(PatientSession, self).snapshot())

    async def settled(self, *, within: float = WITHIN) -> list[Message]:
        return await super().settled(within=within)

    async def until(self, check: Callable[[SnapshotView], bool], *, within: float = WITHIN) -> SnapshotView:
        return await super().until(check, within=within)


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    async def answered() -> T | None:
        try:
            return await call()
        except RPCTimeoutOrCancelledError:
            return None
        except RPCError as error:
            if error.status in _NOBODY_THERE:
                return None
            raise

    return await until(answered, within=WITHIN, what="an answer of some worker")
