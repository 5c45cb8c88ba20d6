"""A storm of one account's turns stands at the gate of the model; others pass it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client

from domain.commands import CommandAck
from domain.vocabulary import MessageRole
from infra import turn_gate
from infra.config import Settings
from tests.support.application import Application, running_worker
from tests.support.pilots import DirectedPilot
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import StopTurn

STORM = 6


@pytest.fixture
async def narrow(
    monkeypatch: pytest.MonkeyPatch, second_temporal: Client, settings: Settings, pilot: DirectedPilot
) -> AsyncIterator[None]:
    """A worker that makes three model calls at a time, two for one account."""
    monkeypatch.setattr(turn_gate, "AT_ONCE", 3)
    monkeypatch.setattr(turn_gate, "AT_ONCE_EACH", 2)
    monkeypatch.setattr(turn_gate, "BEAT", timedelta(milliseconds=100))
    async with running_worker(second_temporal, settings, pilot):
        yield


async def test_a_turn_of_another_account_passes_a_storm_and_the_storm_loses_none(
    narrow: None,
    second_sessions: Sessions,
    application: Application,
    pilot: DirectedPilot,
    second_temporal: Client,
) -> None:
    held = asyncio.Event()
    storm = await _storm(second_sessions, held)
    others = Sessions(application, await application.tenant(with_flows=False), pilot, second_temporal)
    for _ in range(3):
        passing = await others.start("At once.")
        assert await passing.said(MessageRole.PILOT) == ["At once."]
        assert _answering(storm) == 2, "the storm took more than its share, or was let at the model meanwhile"
    held.set()
    for session in storm:
        await session.settled()
        assert await session.said(MessageRole.PILOT) == ["Done."]
        assert session.script.turns == 1


async def test_a_turn_that_waits_can_be_stopped_and_keeps_nobody_out(
    narrow: None, second_sessions: Sessions
) -> None:
    held = asyncio.Event()
    storm = await _storm(second_sessions, held)
    waiting = [session for session in storm if not session.script.turns]
    for session in waiting[:-1]:
        await session.send("stop_turn", session.command(StopTurn), CommandAck)
        await session.settled()
        assert await session.said(MessageRole.PILOT) == []
    held.set()
    await waiting[-1].settled()
    assert await waiting[-1].said(MessageRole.PILOT) == ["Done."]
    assert _answering(storm) == 3


async def _storm(sessions: Sessions, held: asyncio.Event) -> list[WorkedSession]:
    """Sessions whose model answers when the test says so; as many of them are at it as may be."""
    storm = [await sessions.start([held, "Done."], settle=False) for _ in range(STORM)]

    async def all_run() -> bool:
        views = [await session.snapshot() for session in storm]
        return all(view.turn_running for view in views) and _answering(storm) == 2

    await until(all_run, what="a storm at the gate")
    return storm


def _answering(storm: list[WorkedSession]) -> int:
    return sum(session.script.turns for session in storm)
