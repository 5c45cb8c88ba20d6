"""A message that its sender has stored already: the session takes it over without a step of its own."""

from __future__ import annotations

from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType

from domain.commands import CommandAck, Recorded
from domain.vocabulary import MessageRole
from infra.session_record.messages import ChangesMoreThanTheConversation, store_message
from tests.support.billable_actions import billable_actions
from tests.workflows.conftest import Sessions
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import EngineerMessage


async def _stored(session: WorkedSession, text: str) -> EngineerMessage:
    """The message as the API sends it: it is in the rows."""
    command = session.command(EngineerMessage, text=text)
    recorded = await store_message(session.database, command, text, [], may_move=False)
    return command.model_copy(update={"recorded": recorded})


async def _tell(session: WorkedSession, message: EngineerMessage) -> CommandAck:
    return await session.send("engineer_message", message, CommandAck)


@pytest.mark.history("messages-stored-before")
async def test_it_is_answered_and_costs_two_billable_actions(sessions: Sessions) -> None:
    session = await sessions.start()
    before = (await session.handle.fetch_history()).events
    for text in ("It prints again", "No, it does not"):
        message = await _stored(session, text)
        assert message.recorded is not None
        assert await _tell(session, message) == message.recorded.ack
        await session.settled()
    assert session.script.turns == 3
    assert (await session.said(MessageRole.ENGINEER))[1:] == ["It prints again", "No, it does not"]
    added = (await session.handle.fetch_history()).events[len(before) :]
    assert not [one for one in added if one.event_type == EventType.EVENT_TYPE_MARKER_RECORDED]
    assert billable_actions(added) == 2 * 2


async def test_messages_that_are_told_in_another_order_are_answered_once_and_as_they_were_said(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    first = await _stored(session, "First")
    second = await _stored(session, "Second")
    await _tell(session, second)
    await session.settled()
    await _tell(session, first)
    await session.settled()
    assert (await session.said(MessageRole.ENGINEER))[1:] == ["First", "Second"]
    assert session.script.turns == 2, "one reply to both"


async def test_one_that_is_told_twice_or_without_its_record_is_answered_once(sessions: Sessions) -> None:
    """Without it, as a worker sees it that is older than the record."""
    session = await sessions.start()
    message = await _stored(session, "It prints again")
    assert message.recorded is not None
    acks = [
        await session.send("engineer_message", one, CommandAck, update_id=str(uuid4()))
        for one in (message, message, message.model_copy(update={"recorded": None}))
    ]
    await session.settled()
    assert acks == [message.recorded.ack] * 3
    assert (await session.said(MessageRole.ENGINEER)).count("It prints again") == 1
    assert session.script.turns == 2


async def test_it_brings_back_a_session_that_lost_its_workflow_and_knows_all_that_is_stored(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    await session.handle.terminate("lost")
    untold = await _stored(session, "Said while nobody listened")
    message = await _stored(session, "And this")
    await _tell(session, message)
    await session.settled()
    assert (await session.said(MessageRole.ENGINEER))[1:] == ["Said while nobody listened", "And this"]
    assert session.script.turns == 2
    # A repeat of what the new run has only read from the rows.
    assert untold.recorded is not None
    assert await _tell(session, untold) == untold.recorded.ack
    await session.settled()
    assert session.script.turns == 2


async def test_where_it_would_wake_a_paused_session_nothing_is_stored(sessions: Sessions) -> None:
    session = await sessions.start()
    await session.change("pause")
    with pytest.raises(ChangesMoreThanTheConversation):
        await _stored(session, "Back again")
    assert (await session.said(MessageRole.ENGINEER))[1:] == []


async def test_one_that_was_stored_before_a_pause_is_found_and_not_judged_again(sessions: Sessions) -> None:
    session = await sessions.start()
    message = await _stored(session, "It prints again")
    await _tell(session, message)
    await session.settled()
    await session.change("pause")
    again: Recorded = await store_message(session.database, message, message.text, [], may_move=False)
    assert message.recorded is not None
    assert again.ack == message.recorded.ack
    assert again.snapshot.queued == []
