"""A session is one to everybody, however many runs its workflow has had and whatever a worker remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from domain.commands import CommandAck
from domain.vocabulary import FixOutcome, FixStatus, MessageRole, SessionStatus, TurnState
from infra.database.models import Fact, LaneItem
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import running_worker
from tests.workflows.conftest import SUGGEST_CONTINUE_AFTER, TICKET, Sessions
from tests.workflows.replies import promote, questions, suggest
from tests.workflows.ticket_on_psa import NOTE, Ticket
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import AnswerItems, EngineerMessage, ItemAnswer


@pytest.fixture
async def with_worker(second_sessions: Sessions) -> AsyncIterator[Sessions]:
    async with running_worker(
        second_sessions.temporal, second_sessions.application.settings, second_sessions.pilot
    ):
        yield second_sessions


@pytest.mark.history("continued-as-new")
async def test_no_message_is_lost_or_changes_its_place_when_the_workflow_continues_as_new(
    with_worker: Sessions,
) -> None:
    session = await with_worker.start()
    texts = [f"message {number}" for number in range(30)]
    commands = [session.command(EngineerMessage, text=text) for text in texts]
    acks = [await session.send("engineer_message", command, CommandAck) for command in commands]
    messages = await session.settled()
    assert await session.current_run() != session.run_ids[0], "this server soon asks for a new run"
    assert (await session.said(MessageRole.ENGINEER))[1:] == texts
    asked = [one.text for context in session.script.contexts for one in context.inputs]
    assert asked[1:] == texts, "each is answered once, in order"
    assert {one.turn_state for one in messages} == {TurnState.DONE}
    again = [await session.send("engineer_message", command, CommandAck) for command in commands[::10]]
    assert again == acks[::10], "answered from the rows, by a run that never saw them"
    assert len(await session.said(MessageRole.ENGINEER)) == 31


@pytest.mark.history("slow-step-and-messages")
async def test_messages_are_answered_while_a_slow_step_keeps_the_run_from_ending(
    with_worker: Sessions,
) -> None:
    written = asyncio.Event()
    session = await with_worker.start(notes=((written, "A note."),))
    previewing = asyncio.create_task(session.preview())
    texts = [f"message {number}" for number in range(12)]
    for text in texts:
        await session.say(text)
    assert (await _events(session)) > SUGGEST_CONTINUE_AFTER
    assert await session.current_run() == session.run_ids[0], "the preview is still being written"
    # What comes in the very moment in which the run ends goes along.
    written.set()
    await asyncio.gather(previewing, *(session.say(f"late {number}", settle=False) for number in range(4)))
    await session.say("the last")
    assert await session.current_run() != session.run_ids[0]
    said = (await session.said(MessageRole.ENGINEER))[1:]
    assert said[:12] == texts
    assert sorted(said[12:-1]) == [f"late {number}" for number in range(4)]
    asked = [one.text for context in session.script.contexts for one in context.inputs]
    assert asked[1:] == said, "each is answered once, in order"


@pytest.mark.history("update-shared-over-many-messages")
async def test_no_run_ends_under_a_note_on_its_way(with_worker: Sessions, psa: SimulatorServer) -> None:
    on_psa = Ticket(psa)
    session = await with_worker.start(ticket_id=TICKET)
    psa.add_fault("slow", method="POST", path="notes", seconds=4)
    sharing = asyncio.create_task(session.share("We are on it."))
    await psa.request_arrived("POST", "notes")
    while await _events(session) <= SUGGEST_CONTINUE_AFTER:
        await session.add_fact(f"Fact {uuid4()}")
    await session.say("and on")
    assert await session.current_run() == session.run_ids[0], "a note is on its way"
    await sharing
    await session.say("posted?")
    assert await session.current_run() != session.run_ids[0]
    assert on_psa.texts == ["We are on it."]
    assert len(await session.said(MessageRole.PILOT)) == 3


async def _events(session: WorkedSession) -> int:
    return (await session.handle.describe()).history_length


async def test_the_state_is_carried_whole(with_worker: Sessions) -> None:
    session = await with_worker.start("Try this." + suggest("Restart the spooler"), "Good.")
    fix = await session.active_fix()
    await session.apply(fix)
    while await session.current_run() == session.run_ids[0]:
        await session.say("still checking")
    carried = (await session.snapshot()).snapshot
    said = len(await session.said(MessageRole.ENGINEER))
    await session.handle.terminate("read it anew from the rows")
    await session.add_fact("Any command brings it back")
    read = (await session.snapshot()).snapshot
    assert carried is not None
    assert read is not None
    changed = {"seq", "state_version", "last_activity_at"}
    assert read.model_dump(exclude=changed) == carried.model_dump(exclude=changed)
    assert carried.active_fix is not None
    assert carried.messages_since_apply == said - 1
    await session.judge(fix, FixOutcome.APPLIED_SUCCESS)
    assert (await session.active_fix()).status is FixStatus.APPLIED_SUCCESS


async def test_the_whole_way_works_with_a_worker_that_remembers_nothing(
    second_sessions: Sessions, psa: SimulatorServer
) -> None:
    """Without its cache a worker replays the history for every single task."""
    on_psa = Ticket(psa)
    async with running_worker(
        second_sessions.temporal,
        second_sessions.application.settings,
        second_sessions.pilot,
        max_cached_workflows=0,
    ):
        answers = ["Tell me." + questions("Is the light on?"), "", ""]
        session = await second_sessions.start(*answers, ticket_id=TICKET)
        (item,) = await session.rows(LaneItem)
        session.script.answers = [
            answers[0],
            "Then this." + promote("The light is on", item.id) + suggest("Clean the drum"),
            "Good.",
        ]
        answer = session.command(AnswerItems, items=[ItemAnswer(item_id=item.id, answer="Yes")])
        await session.send("answer_items", answer, CommandAck)
        await session.settled()
        await session.change("pause")
        await session.say("back again")
        await session.add_fact("The drum is two years old")
        fix = await session.active_fix()
        await session.apply(fix)
        await session.judge(fix, FixOutcome.APPLIED_SUCCESS)
        await session.preview()
        assert not (await session.resolve(NOTE)).pending
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert on_psa.texts == [NOTE]
    assert len(await session.rows(Fact)) == 2
    assert await session.said(MessageRole.PILOT) == ["Tell me.", "Then this.", "Good."]
