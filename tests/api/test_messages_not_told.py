"""A message is stored before its session's workflow hears of it: one that is never told is answered all the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.problems import unavailable
from api.session_gateway import SessionGateway
from api.session_waker import SessionWaker
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey, Json
from tests.support.problems import assert_problem

AT_ONCE = timedelta(seconds=-2)
"""How long a session has been quiet that the waker is to look at now."""


class Line:
    """The way from the API to the workflows, which can be cut."""

    def __init__(self) -> None:
        self.cut = False


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line()
    send = SessionGateway.send

    async def perhaps(self: SessionGateway, *rest: Any, **options: Any) -> Any:
        if line.cut:
            raise unavailable("temporal_unavailable", "The workflow engine cannot be reached.")
        return await send(self, *rest, **options)

    monkeypatch.setattr(SessionGateway, "send", perhaps)
    return line


async def _say_untold(desk: Desk, line: Line, journey: Journey, text: str, key: str | None = None) -> None:
    line.cut = True
    headers = {"Idempotency-Key": key} if key else {}
    answer = await desk.engineer.post(journey.path("/messages"), json={"text": text}, headers=headers)
    assert_problem(answer, 503, "temporal_unavailable")
    line.cut = False


def _said(body: Json, role: str = "engineer") -> list[str]:
    return [message["text"] for message in body["messages"] if message["role"] == role]


async def test_it_is_there_and_a_repeat_has_it_answered(desk: Desk, line: Line) -> None:
    journey = await Journey.start(desk.engineer, text="The scanner sends no mail")
    replies = len(_said(await journey.detail(), "pilot"))
    key = f"key-{uuid4()}"
    await _say_untold(desk, line, journey, "Since Monday", key)
    body = await journey.detail()
    assert (_said(body)[-1], body["messages"][-1]["turn_state"]) == ("Since Monday", "queued")

    answers = await asyncio.gather(
        *(
            desk.engineer.post(
                journey.path("/messages"), json={"text": "Since Monday"}, headers={"Idempotency-Key": key}
            )
            for _ in range(5)
        )
    )
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["message_id"] for answer in answers} == {body["messages"][-1]["id"]}
    body = await journey.settled()
    assert _said(body).count("Since Monday") == 1
    assert len(_said(body, "pilot")) == replies + 1


async def test_one_that_nobody_repeats_is_told_by_the_waker(
    desk: Desk, line: Line, application: Application
) -> None:
    journey = await Journey.start(desk.engineer, text="The scanner sends no mail")
    replies = len(_said(await journey.detail(), "pilot"))
    await _say_untold(desk, line, journey, "Since Monday")
    settings = application.settings
    waker = SessionWaker(
        application.database,
        SessionGateway(application.temporal, settings),
        inactivity=timedelta(minutes=settings.inactivity_minutes),
    )
    assert await waker.wake(datetime.now(UTC), quiet_for=AT_ONCE) >= 1
    body = await journey.settled()
    assert _said(body).count("Since Monday") == 1
    assert len(_said(body, "pilot")) == replies + 1


async def test_the_next_message_takes_it_along(desk: Desk, line: Line) -> None:
    journey = await Journey.start(desk.engineer, text="The scanner sends no mail")
    replies = len(_said(await journey.detail(), "pilot"))
    await _say_untold(desk, line, journey, "Since Monday")
    body = await journey.say("All of them")
    assert _said(body)[-2:] == ["Since Monday", "All of them"]
    assert len(_said(body, "pilot")) == replies + 1


async def test_its_key_is_not_for_other_words(desk: Desk, line: Line) -> None:
    journey = await Journey.start(desk.engineer, text="The scanner sends no mail")
    key = f"key-{uuid4()}"
    await _say_untold(desk, line, journey, "Since Monday", key)
    other = await desk.engineer.post(
        journey.path("/messages"), json={"text": "Since Tuesday"}, headers={"Idempotency-Key": key}
    )
    assert_problem(other, 422, "idempotency_key_reused")
    body = await journey.say("All of them")
    assert _said(body)[-2:] == ["Since Monday", "All of them"]
