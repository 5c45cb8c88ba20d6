"""What the database said of a sign-in: asked once for many requests, and never kept past a change."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from api.security.standing import FRESH_SECONDS, Standing
from api.security.tokens import Identity
from domain.vocabulary import AccountRole
from infra.database.connection import Database

IDENTITY = Identity(uuid4(), uuid4(), AccountRole.ENGINEER, False, uuid4())


class Asked(Standing):
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(Database("postgresql+asyncpg://nobody@127.0.0.1:9/x"), clock=lambda: self.now)
        self.questions: list[asyncio.Future[Identity | None]] = []
        self._another = asyncio.Condition()

    async def _ask(self, identity: Identity) -> Identity | None:
        answer: asyncio.Future[Identity | None] = asyncio.get_running_loop().create_future()
        async with self._another:
            self.questions.append(answer)
            self._another.notify_all()
        return await answer

    async def asked(self, times: int) -> None:
        async with self._another:
            await self._another.wait_for(lambda: len(self.questions) >= times)


async def test_many_requests_at_once_ask_once_and_one_that_is_given_up_takes_nothing_from_the_others() -> (
    None
):
    standing = Asked()
    waiting = [asyncio.create_task(standing.of(IDENTITY)) for _ in range(20)]
    await standing.asked(1)
    waiting[0].cancel()
    await asyncio.sleep(0)
    standing.questions[0].set_result(IDENTITY)
    assert await asyncio.gather(*waiting[1:]) == [IDENTITY] * 19
    assert await standing.of(IDENTITY) == IDENTITY
    assert len(standing.questions) == 1


async def test_an_answer_to_a_question_from_before_a_change_is_not_kept() -> None:
    standing = Asked()
    before = asyncio.create_task(standing.of(IDENTITY))
    await standing.asked(1)
    standing.forget()
    after = asyncio.create_task(standing.of(IDENTITY))
    await standing.asked(2)
    standing.questions[0].set_result(IDENTITY)
    assert await before == IDENTITY
    standing.questions[1].set_result(None)
    assert await after is None
    assert await standing.of(IDENTITY) is None
    assert len(standing.questions) == 2


async def test_a_question_that_failed_is_asked_again() -> None:
    standing = Asked()
    failed = asyncio.create_task(standing.of(IDENTITY))
    await standing.asked(1)
    standing.questions[0].set_exception(OSError("away"))
    with pytest.raises(OSError, match="away"):
        await failed
    again = asyncio.create_task(standing.of(IDENTITY))
    await standing.asked(2)
    standing.questions[1].set_result(IDENTITY)
    assert await again == IDENTITY


async def test_while_a_database_that_hangs_is_asked_an_answer_grows_too_old_to_count() -> None:
    standing = Asked()
    first = asyncio.create_task(standing.of(IDENTITY))
    await standing.asked(1)
    standing.questions[0].set_result(IDENTITY)
    assert await first == IDENTITY
    for seconds, counts in ((10.0, True), (40.0, False)):
        standing.now = FRESH_SECONDS
        later = asyncio.create_task(standing.of(IDENTITY))
        await standing.asked(len(standing.questions) + 1)
        standing.now += seconds
        standing.questions[-1].set_exception(OSError("away"))
        if counts:
            assert await later == IDENTITY
        else:
            with pytest.raises(OSError, match="away"):
                await later
