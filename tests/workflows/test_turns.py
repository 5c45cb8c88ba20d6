"""Turns: one at a time, everything that waits together, failures shown, stops honoured."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from activities.turn import publisher
from domain.conversation import degraded_line
from domain.pilot import PilotRejected, PilotUnavailable
from domain.vocabulary import EventType, MessageRole, PilotProvider, SessionStatus, TurnState
from infra.database.models import Fact, Fix, LaneItem, ReplyChunk
from infra.pilots.playbook import PlaybookPilot
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.replies import promote, questions, suggest
from tests.workflows.worked_session import WorkedSession, refusal_of


async def test_messages_that_arrive_during_a_turn_go_together_into_the_next(sessions: Sessions) -> None:
    go_on = asyncio.Event()
    session = await sessions.start(("Looking.", go_on), "All three read.", settle=False)
    await session.turn_running()
    for text in ("first", "second", "third"):
        await session.say(text, settle=False)
    waiting = await session.snapshot()
    assert waiting.snapshot is not None
    assert len(waiting.snapshot.queued) == 3
    go_on.set()
    messages = await session.settled()
    assert [[one.text for one in context.inputs] for context in session.script.contexts[1:]] == [
        ["first", "second", "third"]
    ]
    assert await session.said(MessageRole.PILOT) == ["Looking.", "All three read."]
    assert {one.turn_state for one in messages} == {TurnState.DONE}


async def test_a_turn_never_begins_before_the_one_before_has_ended(sessions: Sessions) -> None:
    events = [asyncio.Event() for _ in range(3)]
    session = await sessions.start(*[(f"reply {n}", event) for n, event in enumerate(events)], settle=False)
    for number, event in enumerate(events):
        await _pilot_was_asked(session, number + 1)
        if number < 2:
            await session.say(f"message {number}", settle=False)
        assert session.script.turns == number + 1
        event.set()
    await session.settled()
    assert session.script.turns == 3
    assert await session.said(MessageRole.PILOT) == ["reply 0", "reply 1", "reply 2"]


@pytest.mark.history("paused-and-resumed")
async def test_a_message_makes_a_paused_session_active_and_is_answered(sessions: Sessions) -> None:
    session = await sessions.start("Hello.", "Welcome back.")
    await session.change("pause")
    assert (await session.row()).status is SessionStatus.PAUSED
    await session.say("I am back")
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert await session.said(MessageRole.PILOT) == ["Hello.", "Welcome back."]
    await session.change("pause")
    await session.change("resume")
    assert (await session.row()).status is SessionStatus.ACTIVE


@pytest.mark.history("degraded-turn")
@pytest.mark.usefixtures("quick_retries")
async def test_a_model_that_is_away_is_tried_again_then_the_playbook_answers_and_says_so(
    sessions: Sessions,
) -> None:
    away = PilotUnavailable("the model is overloaded")
    session = await sessions.start(away, away, away, away, "The model again.")
    row = await session.row()
    assert session.script.turns == 4
    assert row.pilot_degraded_reason == "the model is overloaded"
    assert row.pilot_provider is PilotProvider.PLAYBOOK
    assert await session.said(MessageRole.SYSTEM) == [degraded_line("the model is overloaded")]
    assert len(await session.said(MessageRole.PILOT)) == 1

    await session.say("and now?")
    row = await session.row()
    assert row.pilot_degraded_reason is None
    assert row.pilot_provider is PilotProvider.ANTHROPIC
    assert (await session.said(MessageRole.PILOT))[-1] == "The model again."


@pytest.mark.usefixtures("quick_retries")
async def test_a_model_that_comes_back_within_the_retries_answers_and_nothing_is_stored_twice(
    sessions: Sessions,
) -> None:
    reply = "Here I am." + questions("Is it plugged in?") + promote("The light is red")
    session = await sessions.start(("Half a sen", PilotUnavailable("cut off")), reply)
    assert await session.said(MessageRole.PILOT) == ["Here I am."]
    assert (await session.row()).pilot_degraded_reason is None
    assert len(await session.rows(LaneItem)) == len(await session.rows(Fact)) == 1


async def test_a_model_that_refuses_for_good_is_not_asked_again(sessions: Sessions) -> None:
    session = await sessions.start(PilotRejected("the key was revoked"))
    assert session.script.turns == 1
    assert (await session.row()).pilot_degraded_reason == "the key was revoked"
    await session.say("still there?")
    assert session.script.turns == 2, "the next message asks the model again"
    assert await session.said(MessageRole.SYSTEM) == [degraded_line("the key was revoked")], "said once"


@pytest.mark.history("failed-turn")
async def test_a_turn_that_nobody_could_answer_is_shown_and_can_be_run_again(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, context: object) -> object:
        raise RuntimeError("a defect")

    monkeypatch.setattr(PlaybookPilot, "stream_reply", broken)
    session = await sessions.start(PilotRejected("no such model"), "Now it works.")
    (message,) = await session.messages(MessageRole.ENGINEER)
    assert message.turn_state is TurnState.FAILED
    assert message.error_code == "internal_error"
    assert message.error_detail == "An unexpected error ended this step (RuntimeError)."
    (failed,) = await session.events(EventType.REPLY_FAILED)
    assert failed["code"] == "internal_error"
    assert failed["retryable"] is True

    await session.add_fact("The session takes commands")
    await session.retry()
    assert await session.said(MessageRole.PILOT) == ["Now it works."]
    (message,) = await session.messages(MessageRole.ENGINEER)
    assert (message.turn_state, message.error_code, message.error_detail) == (TurnState.DONE, None, None)
    refused = await refusal_of(session.retry())
    assert refused.type == "nothing_to_retry"


async def test_the_next_message_takes_the_failed_one_along(sessions: Sessions) -> None:
    session = await sessions.start(RuntimeError("a defect"), "Both read.")
    await session.say("second")
    assert [one.text for one in session.script.contexts[-1].inputs][1:] == ["second"]
    assert len(session.script.contexts[-1].inputs) == 2
    assert {one.turn_state for one in await session.settled()} == {TurnState.DONE}


@pytest.mark.history("stopped-turn")
async def test_stopping_keeps_the_prose_so_far_and_nothing_else_of_the_reply(sessions: Sessions) -> None:
    never = asyncio.Event()
    blocks = promote("never confirmed") + suggest("Never suggested") + questions("Never asked?")
    session = await sessions.start(
        ("The first half. ", blocks, '[SUGGEST_FIX]{"title": "half a', never), "Next.", settle=False
    )
    await _pilot_was_asked(session, 1)
    await session.stop()
    await session.settled()
    (reply,) = await session.messages(MessageRole.PILOT)
    assert reply.text.strip() == "The first half."
    assert reply.turn_state is TurnState.STOPPED
    (message,) = await session.messages(MessageRole.ENGINEER)
    assert message.turn_state is TurnState.STOPPED
    assert await session.rows(Fact) == []
    assert await session.rows(Fix) == []
    assert await session.rows(LaneItem) == []

    await session.say("go on")
    assert (await session.said(MessageRole.PILOT))[-1] == "Next."
    assert [one.text for one in session.script.contexts[-1].inputs] == ["go on"]
    refused = await refusal_of(session.stop())
    assert refused.type == "no_reply_running"


@pytest.mark.history("stopped-while-tried-again")
async def test_stopping_while_the_model_is_tried_again_does_not_bring_the_playbook(
    sessions: Sessions,
) -> None:
    """The engineer wanted no answer; the fallback would be one."""
    session = await sessions.start(PilotUnavailable("overloaded", retry_after=20), "Next.", settle=False)
    await _pilot_was_asked(session, 1)
    await session.stop()
    await session.settled()
    assert await session.said(MessageRole.PILOT) == []
    (message,) = await session.messages(MessageRole.ENGINEER)
    assert message.turn_state is TurnState.STOPPED
    (ended,) = await session.events(EventType.REPLY_FAILED)
    assert ended["code"] == "reply_stopped"
    await session.say("go on")
    assert await session.said(MessageRole.PILOT) == ["Next."]


async def test_a_reply_that_ends_in_an_error_after_the_stop_is_a_stopped_one(sessions: Sessions) -> None:
    """The stop is on its way while the model fails: still no playbook."""
    fail = asyncio.Event()
    session = await sessions.start((fail, PilotRejected("gone")), "Next.", settle=False)
    await _pilot_was_asked(session, 1)
    stopping = asyncio.create_task(session.stop())
    await session.handle.query("snapshot")
    fail.set()
    await stopping
    await session.settled()
    assert await session.said(MessageRole.PILOT) == []
    assert (await session.row()).pilot_degraded_reason is None
    (message,) = await session.messages(MessageRole.ENGINEER)
    assert message.turn_state is TurnState.STOPPED


async def test_a_reply_that_is_stopped_before_a_word_leaves_no_message_and_can_be_asked_for_again(
    sessions: Sessions,
) -> None:
    session = await sessions.start(("\n", asyncio.Event()), "An answer.", settle=False)
    await _pilot_was_asked(session, 1)
    await session.stop()
    await session.settled()
    assert await session.said(MessageRole.PILOT) == []
    (told,) = await session.events(EventType.REPLY_FAILED)
    assert (told["code"], told["retryable"]) == ("reply_stopped", True)

    await session.retry()
    assert await session.said(MessageRole.PILOT) == ["An answer."]
    assert len(session.script.contexts[-1].inputs) == 1


async def test_a_stopped_reply_is_not_asked_for_again_when_it_had_words_or_the_talk_went_on(
    sessions: Sessions,
) -> None:
    session = await sessions.start(
        ("Some words. ", asyncio.Event()), (asyncio.Event(),), "Next.", settle=False
    )
    await _pilot_was_asked(session, 1)
    await session.stop()
    await session.settled()
    assert (await refusal_of(session.retry())).type == "nothing_to_retry"
    await session.say("second", settle=False)
    await _pilot_was_asked(session, 2)
    await session.stop()
    await session.settled()
    await session.say("third")
    assert await session.said(MessageRole.PILOT) == ["Some words.", "Next."]
    assert (await refusal_of(session.retry())).type == "nothing_to_retry"


async def test_what_was_published_in_pieces_is_gone_when_the_turn_has_ended(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "FLUSH_INTERVAL", 0)
    go_on = asyncio.Event()
    session = await sessions.start(("A beginning. ", "A middle. ", go_on, "The end."), settle=False)

    async def published() -> bool:
        return "".join(await _pieces(session)).strip() == "A beginning. A middle."

    await until(published, what="the first pieces")
    go_on.set()
    await session.settled()
    assert await _pieces(session) == []
    assert await session.said(MessageRole.PILOT) == ["A beginning. A middle. The end."]


@pytest.mark.history("abandoned")
async def test_abandoning_stops_the_reply_and_answers_nothing_that_waited(sessions: Sessions) -> None:
    session = await sessions.start(("Half. ", asyncio.Event()), settle=False)
    await _pilot_was_asked(session, 1)
    await session.say("one more", settle=False)
    await session.change("abandon", reason="the client left")
    messages = await session.settled()
    assert (await session.row()).status is SessionStatus.ABANDONED
    assert {one.turn_state for one in messages if one.role is MessageRole.ENGINEER} == {TurnState.STOPPED}
    assert session.script.turns == 1
    refused = await refusal_of(session.say("anyone?"))
    assert refused.type == "session_closed"


async def _pilot_was_asked(session: WorkedSession, times: int) -> None:
    async def probe() -> bool:
        return session.script.turns >= times

    await until(probe, what="the call of the pilot")


async def _pieces(session: WorkedSession) -> list[str]:
    async with session.database.tenant(session.tenant.account_id) as db:
        found = await db.execute(
            select(ReplyChunk.text).where(ReplyChunk.session_id == session.id).order_by(ReplyChunk.position)
        )
        return list(found.scalars())
