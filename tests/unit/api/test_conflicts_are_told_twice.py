"""A conflict may be judged by what was before: it is final when it is told twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from api.problems import ApiProblem
from api.session_commands import SessionCommands
from domain.vocabulary import SessionStatus
from workflows.troubleshooting_session.messages import CommandAck, PickUpSession

ACCOUNT, SESSION, USER = UUID(int=1), UUID(int=2), UUID(int=3)
TAKEN = CommandAck(seq=10, request_hash="")


class Desk:
    """Everything that a command needs: a workflow that answers one thing after the other, and the session's row."""

    def __init__(self, *answers: CommandAck | ApiProblem) -> None:
        self.answers = [*answers]
        self.waited_for: list[tuple[int, SessionStatus]] = []
        self.gateway = self.database = self

    async def send(self, *arguments: Any, **options: Any) -> CommandAck:
        answer = self.answers.pop(0)
        if isinstance(answer, ApiProblem):
            raise answer
        return answer

    async def catch_up(self, session_id: UUID, last_seq: int, status: SessionStatus) -> None:
        self.waited_for.append((last_seq, status))

    @asynccontextmanager
    async def tenant(self, account_id: UUID) -> AsyncIterator[Desk]:
        yield self

    async def execute(self, statement: object) -> Desk:
        return self

    def one_or_none(self) -> object:
        return SimpleNamespace(last_seq=9, status=SessionStatus.ESCALATED)


async def pick_up(desk: Desk) -> CommandAck:
    identity = SimpleNamespace(account_id=ACCOUNT, user_id=USER)
    commands = SessionCommands(cast("Any", desk), cast("Any", identity), SESSION, "key")
    return await commands.send("pick_up", commands.command(PickUpSession, "pick_up", None), CommandAck)


def refusal(status: int) -> ApiProblem:
    return ApiProblem(status, "wrong_state", "It is not escalated.")


async def test_what_the_workflow_has_learnt_since_it_refused_counts() -> None:
    """Also where it had learnt it before anybody could ask: nobody knows by what it had judged."""
    desk = Desk(refusal(409), TAKEN)
    assert await pick_up(desk) == TAKEN
    assert desk.waited_for == [(9, SessionStatus.ESCALATED)]


async def test_a_conflict_that_is_told_twice_is_final() -> None:
    desk = Desk(refusal(409), refusal(409), TAKEN)
    with pytest.raises(ApiProblem) as caught:
        await pick_up(desk)
    assert (caught.value.status, len(desk.answers)) == (409, 1)


async def test_what_is_no_conflict_is_told_at_once() -> None:
    desk = Desk(refusal(422), TAKEN)
    with pytest.raises(ApiProblem) as caught:
        await pick_up(desk)
    assert (caught.value.status, desk.waited_for) == (422, [])
