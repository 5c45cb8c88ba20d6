"""One session that cannot be woken is no reason to let the others sleep."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, ValidationError
from temporalio.service import RPCError, RPCStatusCode

from api.session_gateway import SessionGateway
from api.session_waker import SessionWaker, Unfinished
from infra.database.connection import Database

SESSIONS = [Unfinished(uuid4(), uuid4(), uuid4(), last_seq=7, spin_offs=[]) for _ in range(20)]


class Gateway:
    """Every run is gone; waking the sessions named here raises."""

    def __init__(self, raises: dict[UUID, Exception]) -> None:
        self.raises = raises
        self.woken: list[UUID] = []

    async def wake(self, account_id: UUID, session_id: UUID, engineer_id: UUID) -> bool:
        if session_id in self.raises:
            raise self.raises[session_id]
        self.woken.append(session_id)
        return True


class OverTheseSessions(SessionWaker):
    async def _unfinished(self, now: datetime, quiet_for: timedelta) -> AsyncIterator[list[Unfinished]]:
        for start in range(0, len(SESSIONS), 10):
            yield SESSIONS[start : start + 10]


def waker_with(gateway: Gateway) -> SessionWaker:
    nothing = cast("Database", None)
    return OverTheseSessions(nothing, cast("SessionGateway", gateway), inactivity=timedelta(hours=8))


def not_understood() -> Exception:
    class View(BaseModel):
        known: int

    with pytest.raises(ValidationError) as caught:
        View.model_validate_json("{}")
    return caught.value


def refused(status: RPCStatusCode) -> Exception:
    return RPCError("no", status, b"")


@pytest.mark.parametrize(
    "failure",
    [not_understood(), refused(RPCStatusCode.RESOURCE_EXHAUSTED), refused(RPCStatusCode.NOT_FOUND)],
    ids=["another version", "too many signals", "ended meanwhile"],
)
async def test_a_session_that_cannot_be_woken_keeps_no_other_one_asleep(failure: Exception) -> None:
    gateway = Gateway({one.id: failure for one in SESSIONS[:9]})
    assert await waker_with(gateway).wake(datetime.now(UTC)) == 11
    assert gateway.woken == [one.id for one in SESSIONS[9:]]


@pytest.mark.parametrize(
    "failure",
    [refused(RPCStatusCode.UNAVAILABLE), RuntimeError("Failed client connect")],
    ids=["unavailable", "not connected"],
)
async def test_nobody_is_tried_while_temporal_is_away(failure: Exception) -> None:
    gateway: Any = Gateway(dict.fromkeys((one.id for one in SESSIONS), failure))
    with pytest.raises(type(failure)):
        await waker_with(gateway).wake(datetime.now(UTC))
