"""A worker that dies in the middle of a reply costs some seconds, and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select

from domain.vocabulary import EventType, MessageRole, TurnState
from infra import worker as worker_module
from infra.database.models import Artifact, Fact, ReplyChunk, Turn
from tests.support.application import running_worker
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.replies import promote
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session import steps


def test_a_dead_worker_is_noticed_within_fifteen_seconds() -> None:
    assert timedelta(seconds=15) >= steps._MODEL_HEARTBEAT


@pytest.mark.history("worker-died")
async def test_another_worker_takes_the_turn_over_and_the_reply_is_stored_once(
    second_sessions: Sessions,
) -> None:
    session = second_sessions.new()
    async with doomed_worker(session) as doomed, _resets(session) as resets:
        script = second_sessions.pilot.direct(f"for {session.id}", "The answer." + promote("It is on"))
        await session.open(f"for {session.id}: the printer prints nothing")
        await until(lambda: _pieces(session), what="the first pieces of the reply")
        doomed.kill()
        await doomed.wait()
        async with running_worker(
            session.temporal, second_sessions.application.settings, second_sessions.pilot
        ):
            messages = await session.settled(within=40)
            await session.say("thank you")

            async def told() -> bool:  # a notice takes its own way, and may come after what is read from rows
                return bool(resets)

            await until(told, what="the word that readers start over")
    assert script.turns == 2
    assert await session.said(MessageRole.PILOT) == ["The answer.", "The answer."]
    assert {one.turn_state for one in messages} == {TurnState.DONE}
    assert [fact.text for fact in await session.rows(Fact)] == ["It is on"]
    assert resets == [str(session.id)]
    assert await _pieces(session) == []
    assert len(await session.events(EventType.REPLY_STARTED)) == 2, "one for each turn"
    async with session.database.tenant(session.tenant.account_id) as db:
        turns = (await db.execute(select(Turn).where(Turn.session_id == session.id))).scalars().all()
    assert sorted((turn.state, turn.attempt) for turn in turns) == [(TurnState.DONE, 1), (TurnState.DONE, 2)]


async def test_another_worker_writes_the_note_that_a_dead_one_was_writing(second_sessions: Sessions) -> None:
    session = second_sessions.new()
    async with doomed_worker(session) as doomed:
        second_sessions.pilot.direct(f"for {session.id}", "The answer.")
        await session.open(f"for {session.id}: the printer prints nothing")
        preview = asyncio.create_task(session.preview())

        async def being_written() -> bool:
            described = await session.handle.describe()
            return any(
                one.activity_type.name == "generate_note" and one.last_worker_identity
                for one in described.raw_description.pending_activities
            )

        await until(being_written, what="the note being written")
        doomed.kill()
        await doomed.wait()
        async with running_worker(
            session.temporal, second_sessions.application.settings, second_sessions.pilot
        ):
            async with asyncio.timeout(60):  # of the three minutes that a note may take
                assert (await preview).from_cache is False
            await session.settled(within=40)
    assert len(await session.rows(Artifact)) == 1


async def test_a_worker_that_is_shut_down_hands_its_turn_over(
    second_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "GRACEFUL_SHUTDOWN", timedelta(seconds=0.1))
    pilot, settings = second_sessions.pilot, second_sessions.application.settings
    async with running_worker(second_sessions.temporal, settings, pilot):
        session = await second_sessions.start(("Half a re", asyncio.Event()), "The answer.", settle=False)
        await session.turn_running()

        async def asked() -> bool:
            return session.script.turns == 1

        await until(asked)
    async with running_worker(second_sessions.temporal, settings, pilot):
        await session.settled()
    assert await session.said(MessageRole.PILOT) == ["The answer."]


@asynccontextmanager
async def doomed_worker(session: WorkedSession) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.workflows.doomed_worker",
        env={
            **os.environ,
            "TEMPORAL_ADDRESS": session.temporal.service_client.config.target_host,
            "DATABASE_URL": session.database.url,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):  # a loaded machine imports slowly
            while b"polling" not in await process.stdout.readline():
                assert process.returncode is None
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _resets(session: WorkedSession) -> AsyncIterator[list[str]]:
    """The sessions whose readers were told that an attempt is void."""
    told: list[str] = []

    def heard(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        notice = json.loads(str(payload))
        if notice["kind"] == "reset":
            told.append(notice["session_id"])

    connection = await asyncpg.connect(session.database.url.replace("+asyncpg", ""))
    try:
        await connection.add_listener("reply_deltas", heard)
        yield told
    finally:
        await connection.close()


async def _pieces(session: WorkedSession) -> list[str]:
    async with session.database.tenant(session.tenant.account_id) as db:
        found = await db.execute(select(ReplyChunk.text).where(ReplyChunk.session_id == session.id))
        return list(found.scalars())
