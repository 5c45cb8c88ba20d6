"""The lane: answered, reopened, set aside, and every item itself for the life of the session."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from domain.commands import CommandAck
from domain.vocabulary import EventType, LaneItemStatus, MessageRole, SessionStatus
from infra.database.models import LaneItem
from tests.workflows.conftest import Sessions
from tests.workflows.replies import actions, questions
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.troubleshooting_session.messages import AnswerItems, ItemAnswer, ReopenItem

ASKS = "Tell me." + questions("Is the light on?", "Is there paper?") + actions("Look at the spooler")


async def answer(session: WorkedSession, *items: ItemAnswer) -> CommandAck:
    ack = await session.send("answer_items", session.command(AnswerItems, items=list(items)), CommandAck)
    await session.settled()
    return ack


async def reopen(session: WorkedSession, item_id: UUID) -> CommandAck:
    return await session.send("reopen_item", session.command(ReopenItem, item_id=item_id), CommandAck)


async def lane(session: WorkedSession) -> dict[str, LaneItem]:
    return {item.text: item for item in await session.rows(LaneItem)}


async def version(session: WorkedSession) -> int:
    return (await session.row()).state_version


async def test_several_answers_are_one_message_and_one_turn(sessions: Sessions) -> None:
    session = await sessions.start(ASKS, "Thanks.")
    light, paper, spooler = await session.rows(LaneItem)
    before = await version(session)
    await answer(
        session,
        ItemAnswer(item_id=light.id, answer="Yes"),
        ItemAnswer(item_id=paper.id, skipped=True),
        ItemAnswer(item_id=spooler.id, output="Stopped Spooler"),
    )
    assert session.script.turns == 2
    message = (await session.messages(MessageRole.ENGINEER))[-1]
    assert message.text == (
        "Is the light on?\nYes\n\nIs there paper?\nSkipped.\n\nLook at the spooler\n```\nStopped Spooler\n```"
    )
    assert [item.status.value for item in await session.rows(LaneItem)] == ["answered", "skipped", "answered"]
    assert await version(session) == before + 1


async def test_an_item_that_was_set_aside_is_opened_again_and_takes_an_answer(sessions: Sessions) -> None:
    session = await sessions.start(ASKS, "Only this." + questions("Is there paper?"), "Fine.", "Thanks.")
    light = (await lane(session))["Is the light on?"]
    await session.say("hm")
    assert (await lane(session))["Is the light on?"].status is LaneItemStatus.SET_ASIDE
    before = await version(session)
    await reopen(session, light.id)
    opened = (await lane(session))["Is the light on?"]
    assert (opened.id, opened.status, opened.answered_at) == (light.id, LaneItemStatus.OPEN, None)
    assert await version(session) == before + 1
    await answer(session, ItemAnswer(item_id=light.id, answer="It is off"))
    assert (await lane(session))["Is the light on?"].answer == "It is off"


async def test_an_item_that_was_set_aside_takes_an_answer_as_it_is(sessions: Sessions) -> None:
    session = await sessions.start(ASKS, "Only this." + questions("Is there paper?"), "Thanks.")
    await session.say("hm")
    aside = (await lane(session))["Look at the spooler"]
    assert aside.status is LaneItemStatus.SET_ASIDE
    await answer(session, ItemAnswer(item_id=aside.id, output="Stopped"))
    answered = (await lane(session))["Look at the spooler"]
    assert (answered.id, answered.status, answered.output) == (aside.id, LaneItemStatus.ANSWERED, "Stopped")
    assert session.script.contexts[-1].inputs[0].answers[0].output == "Stopped"


async def test_a_reopened_answer_stays_with_the_item_to_be_corrected(sessions: Sessions) -> None:
    session = await sessions.start(ASKS, "Thanks.")
    light, paper, _ = await session.rows(LaneItem)
    await answer(
        session, ItemAnswer(item_id=light.id, answer="Yes"), ItemAnswer(item_id=paper.id, skipped=True)
    )
    for item in (light, paper):
        await reopen(session, item.id)
    opened = await lane(session)
    assert [opened[item.text].status for item in (light, paper)] == [LaneItemStatus.OPEN] * 2
    assert (opened[light.text].answer, opened[light.text].answered_at) == ("Yes", None)
    assert opened[paper.text].answer is None


async def test_opening_an_open_item_changes_nothing_and_an_unknown_one_is_not_found(
    sessions: Sessions,
) -> None:
    session = await sessions.start(ASKS)
    (light, *_) = await session.rows(LaneItem)
    before = await version(session)
    await reopen(session, light.id)
    assert await version(session) == before
    refused = await refusal_of(reopen(session, uuid4()))
    assert (refused.type, refused.details) == ("item_not_found", ("not_found",))
    refused = await refusal_of(answer(session, ItemAnswer(item_id=uuid4(), answer="yes")))
    assert (refused.type, refused.details) == ("item_not_found", ("not_found",))


async def test_reopening_does_not_wake_a_paused_session_and_a_closed_one_refuses(sessions: Sessions) -> None:
    session = await sessions.start(ASKS, "Thanks.")
    (light, *_) = await session.rows(LaneItem)
    await answer(session, ItemAnswer(item_id=light.id, skipped=True))
    await session.change("pause")
    await reopen(session, light.id)
    assert (await session.row()).status is SessionStatus.PAUSED
    await session.change("abandon")
    assert (await refusal_of(reopen(session, light.id))).type == "session_closed"


@pytest.mark.history("reopened-item")
async def test_an_item_is_reopened_once_however_often_it_is_asked(sessions: Sessions) -> None:
    session = await sessions.start(ASKS, "Thanks.")
    (light, *_) = await session.rows(LaneItem)
    await answer(session, ItemAnswer(item_id=light.id, answer="Yes"))
    command = session.command(ReopenItem, item_id=light.id)
    first = await session.send("reopen_item", command, CommandAck)
    assert first.entity_id == light.id
    await answer(session, ItemAnswer(item_id=light.id, answer="No"))
    told = len(await session.events(EventType.LANE_CHANGED))
    for update_id in (command.command_id, str(uuid4())):
        assert await session.send("reopen_item", command, CommandAck, update_id=update_id) == first
    assert (await lane(session))[light.text].status is LaneItemStatus.ANSWERED, "the repeat opens nothing"
    assert len(await session.events(EventType.LANE_CHANGED)) == told


async def test_a_dismissed_item_never_comes_back_under_another_id(sessions: Sessions) -> None:
    session = await sessions.start(
        ASKS,
        "Fine." + questions("Is there ink?"),
        "Again." + questions("is the LIGHT on?", "Is  there paper?") + actions("LOOK at the spooler"),
        "And again." + questions("Is the light on?"),
        "Last." + actions("look at the spooler"),
    )
    first = {item.text: item.id for item in await session.rows(LaneItem)}
    skipped = first["Is the light on?"]
    await answer(session, ItemAnswer(item_id=skipped, skipped=True))
    assert (await lane(session))["Is there paper?"].status is LaneItemStatus.SET_ASIDE
    for text in ("and?", "and now?", "and then?"):
        await session.say(text)
        items = await session.rows(LaneItem)
        assert {item.text: item.id for item in items if item.text in first} == first
        assert len(items) == len(first) + 1
