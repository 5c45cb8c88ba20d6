"""When pieces of a reply go out: at once after a silence, together when they come fast, never for an instant reply."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.turn import publisher
from activities.turn.publisher import FLUSH_INTERVAL, PIECE_CHARACTERS, ReplyPublisher
from workflows.troubleshooting_session.messages import RunTurn


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


class Recorder:
    """Stands in for the database: keeps the notices of each transaction."""

    def __init__(self) -> None:
        self.transactions: list[list[dict[str, Any]]] = []

    @asynccontextmanager
    async def tenant(self, account_id: UUID) -> AsyncIterator[Recorder]:
        self.transactions.append([])
        yield self

    async def execute(self, statement: object, parameters: dict[str, Any]) -> None:
        self.transactions[-1].append(json.loads(parameters["notice"]))

    @property
    def texts(self) -> list[str]:
        return [notice["text"] for notices in self.transactions for notice in notices]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(publisher, "time", clock)
    return clock


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def reply(clock: Clock, recorder: Recorder) -> ReplyPublisher:
    request = RunTurn(account_id=uuid4(), session_id=uuid4(), turn_id=uuid4(), message_ids=[])
    return ReplyPublisher(recorder, request)  # type: ignore[arg-type]


async def test_a_reply_that_is_there_at_once_is_never_published_in_pieces(
    reply: ReplyPublisher, recorder: Recorder
) -> None:
    for word in ("It ", "is ", "complete."):
        await reply.add(word)
    assert recorder.texts == []
    assert not reply.published


async def test_a_piece_after_a_silence_goes_out_at_once(
    reply: ReplyPublisher, recorder: Recorder, clock: Clock
) -> None:
    for word in ("One", "two", "three"):
        clock.now += FLUSH_INTERVAL * 1.01
        await reply.add(word)
    assert recorder.texts == ["One", "two", "three"]
    assert reply.due_in() is None


async def test_pieces_that_come_fast_go_out_together(
    reply: ReplyPublisher, recorder: Recorder, clock: Clock
) -> None:
    clock.now += 1
    await reply.add("One ")
    for word in ("two ", "three ", "four "):
        clock.now += FLUSH_INTERVAL / 4
        await reply.add(word)
    assert recorder.texts == ["One "]
    assert reply.due_in() == pytest.approx(FLUSH_INTERVAL / 4)
    clock.now += FLUSH_INTERVAL / 4
    assert reply.due_in() == pytest.approx(0)
    await reply.flush()
    assert recorder.texts == ["One ", "two three four "]


async def test_pieces_follow_one_another_without_a_gap_and_fit_into_a_notification(
    reply: ReplyPublisher, recorder: Recorder, clock: Clock
) -> None:
    said = ["\u0001" * (PIECE_CHARACTERS * 2 + 5), "and more"]
    for text in said:
        clock.now += 1
        await reply.add(text)
    notices = [notice for notices in recorder.transactions for notice in notices]
    assert len(recorder.transactions) == 2, "a long piece is one transaction"
    assert "".join(notice["text"] for notice in notices) == "".join(said)
    position = 0
    for notice in notices:
        assert notice["offset"] == position
        position += len(notice["text"])
        assert len(json.dumps(notice, ensure_ascii=False).encode()) < 8_000


async def test_nothing_pending_costs_nothing(reply: ReplyPublisher, recorder: Recorder, clock: Clock) -> None:
    clock.now += 1
    await reply.add("")
    await reply.flush()
    assert recorder.transactions == []
