"""A conflict may be judged by what was before: it is final when it is told twice, and never when it is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from pydantic import BaseModel

from api.problems import ApiProblem
from api.session_commands import SessionCommands, request_hash
from domain.commands import CommandAck
from domain.vocabulary import SessionStatus
from infra.database.models import SessionEvent
from workflows.troubleshooting_session.messages import PickUpSession, WritebackAnswer

R = TypeVar("R", bound=BaseModel)

ACCOUNT, SESSION, USER = UUID(int=1), UUID(int=2), UUID(int=3)
TAKEN = CommandAck(seq=10, request_hash="")


class Desk:
    """Everything that a command needs: a workflow that answers one thing after the other, and what is stored."""

    recorded: SessionEvent | None = None
    """The event of the command."""
    recorded_meanwhile: SessionEvent | None = None
    """The same, from when the session has caught up."""

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
        self.recorded = self.recorded or self.recorded_meanwhile

    @asynccontextmanager
    async def tenant(self, account_id: UUID) -> AsyncIterator[Desk]:
        yield self

    async def execute(self, statement: object) -> Desk:
        return self

    def scalar_one_or_none(self) -> SessionEvent | None:
        return self.recorded

    def one_or_none(self) -> object:
        return SimpleNamespace(last_seq=9, status=SessionStatus.ESCALATED)


async def send(desk: Desk, result: type[R]) -> R:
    identity = SimpleNamespace(account_id=ACCOUNT, user_id=USER)
    commands = SessionCommands(cast("Any", desk), cast("Any", identity), SESSION, "key")
    return await commands.send("pick_up", commands.command(PickUpSession, "pick_up", None), result)


async def pick_up(desk: Desk) -> CommandAck:
    return await send(desk, CommandAck)


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


def event(by: UUID = USER, **result: object) -> SessionEvent:
    """As the step stores it that takes the command."""
    return SessionEvent(seq=26, request_hash=request_hash("pick_up", None, by), result=result)


@pytest.mark.parametrize("status", [404, 409, 422])
async def test_what_is_recorded_is_answered_although_it_is_refused_when_it_is_judged_again(
    status: int,
) -> None:
    """As after the death of a server that takes an update to its workflow a second time."""
    desk = Desk(refusal(status), TAKEN)
    desk.recorded = event(id=str(SESSION))
    answer = await pick_up(desk)
    assert (answer.seq, answer.request_hash, answer.entity_id) == (26, desk.recorded.request_hash, SESSION)
    assert desk.answers == [TAKEN], "the workflow is not asked again"


async def test_a_confirmation_that_is_recorded_is_answered_with_the_place_of_its_event() -> None:
    desk = Desk(refusal(409))
    desk.recorded = event(number=3)
    answer = await send(desk, WritebackAnswer)
    assert (answer.seq, answer.pending) == (26, False)


async def test_a_command_that_is_recorded_while_its_session_catches_up_is_not_refused_either() -> None:
    desk = Desk(refusal(409), refusal(409))
    desk.recorded_meanwhile = event()
    assert (await pick_up(desk)).seq == 26


async def test_what_somebody_else_has_recorded_under_the_key_is_no_answer() -> None:
    desk = Desk(refusal(404))
    desk.recorded = event(by=ACCOUNT)
    with pytest.raises(ApiProblem):
        await pick_up(desk)


async def test_a_server_that_is_away_is_told_at_once() -> None:
    desk = Desk(refusal(503))
    desk.recorded = event()
    with pytest.raises(ApiProblem) as caught:
        await pick_up(desk)
    assert caught.value.status == 503
