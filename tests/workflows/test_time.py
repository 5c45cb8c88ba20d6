"""What happens when nobody does anything, on the real clock with times of less than a second."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from domain.vocabulary import MessageRole, SessionStatus
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.worked_session import WorkedSession


@pytest.mark.history("paused-by-inactivity")
async def test_a_session_on_which_nobody_works_is_paused_and_says_so(sessions: Sessions) -> None:
    session = await sessions.start(inactivity_seconds=0.3)
    await _until_status(session, SessionStatus.PAUSED)
    (line,) = await session.said(MessageRole.SYSTEM)
    assert line.startswith("Paused after")
    await session.say("I am back")
    assert (await session.said(MessageRole.PILOT))[-1] == "I see."
    await _until_status(session, SessionStatus.PAUSED)


async def test_a_session_is_not_paused_while_the_pilot_answers(sessions: Sessions) -> None:
    go_on = asyncio.Event()
    session = await sessions.start(("Thinking.", go_on), settle=False, inactivity_seconds=0.2)
    await session.turn_running()
    idle = (await session.row()).last_activity_at

    async def long_after() -> bool:
        async with session.database.tenant(session.tenant.account_id) as db:
            now: datetime = (await db.execute(select(func.clock_timestamp()))).scalar_one()
            return now - idle > timedelta(seconds=0.6)

    await until(long_after)
    assert (await session.row()).status is SessionStatus.ACTIVE
    go_on.set()
    await _until_status(session, SessionStatus.PAUSED)
    assert (await session.said(MessageRole.PILOT)) == ["Thinking."]


async def test_a_closed_session_ends_its_workflow_after_the_linger_and_not_before(sessions: Sessions) -> None:
    session = await sessions.start(linger_seconds=0.5)
    await session.change("abandon")
    view = await session.snapshot()
    assert view.closing
    assert await session.is_running()
    await session.ended()
    row = await session.row()
    assert row.status is SessionStatus.ABANDONED
    description = await session.handle.describe()
    assert description.close_time is not None
    assert row.closed_at is not None
    assert (description.close_time - row.closed_at).total_seconds() >= 0.5


async def test_a_session_whose_workflow_has_ended_still_answers_a_preview(sessions: Sessions) -> None:
    session = await sessions.start(linger_seconds=0)
    await session.change("abandon")
    await session.ended()
    ready = await session.preview()
    assert ready.state_version == (await session.row()).state_version


async def _until_status(session: WorkedSession, status: SessionStatus) -> None:
    async def probe() -> bool:
        return (await session.row()).status is status

    await until(probe, what=f"the status {status.value}")
