"""Commands: each has one effect, whoever repeats it and however it is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHandle

from domain.commands import Command, CommandAck
from domain.vocabulary import EventType, FixOutcome, FixStatus, MessageRole, SessionStatus
from infra.database.models import Fact, Fix, Message, SessionEvent
from tests.support.application import Application
from tests.support.made_messages import make_message
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.replies import suggest
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.troubleshooting_session.messages import (
    AddFact,
    EngineerMessage,
    OpenSession,
    SignalledMessage,
    SignalledOutcome,
)
from workflows.troubleshooting_session.workflow import TroubleshootingSession

COMMANDS: list[tuple[str, type[Command], Any]] = [
    (name, kind, update.ret_type)
    for name, update in workflow._Definition.must_from_class(TroubleshootingSession).updates.items()
    for kind in update.arg_types or ()
    if name is not None and issubclass(kind, Command)
]
"""Every update that is a command, with the type of its answer."""


async def test_the_same_update_twice_has_one_effect_and_one_answer(sessions: Sessions) -> None:
    session = await sessions.start()
    command = session.command(AddFact, text="The spooler is stopped")
    first = await session.send("add_fact", command, CommandAck)
    second = await session.send("add_fact", command, CommandAck)
    assert first == second
    assert first.entity_id == (await session.rows(Fact))[0].id
    assert len(await session.rows(Fact)) == 1


async def test_a_command_repeated_under_another_update_id_gets_its_stored_answer(sessions: Sessions) -> None:
    """As after a new run of the workflow, which knows nothing of the updates of the run before."""
    session = await sessions.start()
    message = session.command(EngineerMessage, text="It prints again")
    first = await session.send("engineer_message", message, CommandAck)
    again = await session.send("engineer_message", message, CommandAck, update_id=str(uuid4()))
    await session.settled()
    assert first == again
    assert (await session.said(MessageRole.ENGINEER)).count("It prints again") == 1
    assert session.script.turns == 2


async def test_a_repeat_of_a_command_that_the_status_no_longer_allows_gets_its_first_answer(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    message = session.command(EngineerMessage, text="Last words")
    first = await session.send("engineer_message", message, CommandAck)
    await session.settled()
    await session.change("abandon")
    assert await session.send("engineer_message", message, CommandAck, update_id=str(uuid4())) == first
    refused = await refusal_of(session.say("New words"))
    assert (refused.type, refused.details) == ("session_closed", ("conflict",))


@pytest.mark.parametrize("names_something", [False, True], ids=["without an id", "with an id"])
async def test_any_command_under_the_id_of_another_one_gets_its_answer_and_does_nothing(
    sessions: Sessions, names_something: bool
) -> None:
    """Two requests under one key can both find it free; whoever comes second is told by the hash whose it is."""
    session = await sessions.start()
    taken = await (
        session.add_fact("It is on", command_id="taken")
        if names_something
        else session.change("pause", command_id="taken")
    )
    assert (taken.entity_id is not None) is names_something
    before = (await session.row()).last_seq
    known = {
        "command_id": "taken",
        "request_hash": "another",
        "account_id": session.tenant.account_id,
        "session_id": session.id,
        "actor_id": session.tenant.user_id(),
    }
    told = []
    for name, kind, result in COMMANDS:
        answer: Any = await session.send(name, make_message(kind, **known), result, update_id=name)
        assert answer.request_hash == taken.request_hash, name
        told.append(name)
    assert len(told) > 20
    await session.until(lambda view: not view.turn_running)
    assert (await session.row()).last_seq == before
    await session.add_fact("The session goes on")


async def test_the_opening_repeated_makes_no_second_session(sessions: Sessions) -> None:
    session = sessions.new()
    command = session.command(OpenSession, text="the door does not open")
    first = await session.send("open_session", command, CommandAck, fresh=True)
    again = await session.send("open_session", command, CommandAck, fresh=True, update_id=str(uuid4()))
    assert first == again
    await session.settled()
    assert await session.said(MessageRole.ENGINEER) == ["the door does not open"]
    other = session.command(OpenSession, text="another session under the same id")
    refused = await refusal_of(session.send("open_session", other, CommandAck))
    assert refused.type == "session_exists"


async def test_a_command_of_another_account_finds_no_session(
    sessions: Sessions, application: Application
) -> None:
    session = await sessions.start()
    stranger = await application.tenant(with_flows=False)
    before = len(await session.rows(SessionEvent))
    for fields in ({"account_id": stranger.account_id}, {"session_id": uuid4()}):
        refused = await refusal_of(session.add_fact("not yours", **fields))
        assert (refused.type, refused.details) == ("session_not_found", ("not_found",))
    assert len(await session.rows(SessionEvent)) == before


async def test_a_workflow_started_for_the_wrong_account_finds_no_rows(
    sessions: Sessions, application: Application
) -> None:
    session = await sessions.start()
    await session.handle.terminate("gone")
    stranger = await application.tenant(with_flows=False)
    as_stranger = WorkedSession(session.temporal, session.database, stranger)
    as_stranger.id = session.id
    refused = await refusal_of(as_stranger.say("let me in", settle=False))
    assert refused.type == "session_not_found"
    await session.handle.terminate("the stranger's")
    await session.say("still mine")
    assert (await session.said(MessageRole.ENGINEER))[-1] == "still mine"


async def test_a_command_to_a_session_that_never_was_is_refused_at_once(sessions: Sessions) -> None:
    nobody = sessions.new()
    refused = await refusal_of(nobody.say("hello?", settle=False))
    assert (refused.type, refused.details) == ("session_not_found", ("not_found",))
    await nobody.handle.signal("engineer_message", _signalled(nobody, "hello?"))
    await nobody.open("now it begins")
    await nobody.settled()
    assert await nobody.said(MessageRole.ENGINEER) == ["now it begins"]


async def test_what_the_status_does_not_allow_is_refused_before_anything_is_written(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    before = len(await session.rows(SessionEvent))
    for refused, code in (
        (session.change("resume"), "wrong_state"),
        (session.retry(), "nothing_to_retry"),
        (session.stop(), "no_reply_running"),
        (session.say("  \n ", settle=False), "message_empty"),
        (session.say("x" * 20_001, settle=False), "message_too_long"),
        (session.say("a\x00b", settle=False), "message_not_storable"),
        (session.apply(Fix(id=uuid4())), "fix_not_found"),
    ):
        assert (await refusal_of(refused)).type == code
    assert len(await session.rows(SessionEvent)) == before


# --- signals ---


@pytest.fixture
async def signalled(sessions: Sessions) -> WorkedSession:
    return await sessions.start("Try this." + suggest("Restart the spooler"), "Good.")


async def test_a_signalled_message_is_stored_and_answered_like_an_update(signalled: WorkedSession) -> None:
    await signalled.handle.signal("engineer_message", _signalled(signalled, "said by a robot"))
    await _event_count(signalled, EventType.REPLY_COMPLETED, 2)
    (message,) = [one for one in await signalled.rows(Message) if one.text == "said by a robot"]
    assert message.role is MessageRole.ENGINEER
    assert message.author_id == signalled.tenant.user_id()
    assert await signalled.said(MessageRole.PILOT) == ["Try this.", "Good."]


async def test_a_signalled_outcome_is_recorded_like_a_click(signalled: WorkedSession) -> None:
    fix = await signalled.active_fix()
    await _signal_outcome(signalled, fix.id, FixOutcome.APPLIED_FAILED, notes="still stopped")
    await _event_count(signalled, EventType.FIX_CHANGED, 1)
    fix = await signalled.active_fix()
    assert fix.status is FixStatus.APPLIED_FAILED
    assert fix.failure_reason == "still stopped"
    assert fix.applied_at is not None


async def test_a_repeated_signal_is_harmless(signalled: WorkedSession) -> None:
    fix = await signalled.active_fix()
    message = _signalled(signalled, "said twice")
    for _ in range(2):
        await signalled.handle.signal("engineer_message", message)
        await _signal_outcome(signalled, fix.id, FixOutcome.APPLIED_SUCCESS, command_id="the same click")
    await signalled.add_fact("after the signals")
    await signalled.settled()
    assert (await signalled.said(MessageRole.ENGINEER)).count("said twice") == 1
    assert len(await signalled.events(EventType.FIX_CHANGED)) == 1
    assert await signalled.events(EventType.COMMAND_REJECTED) == []


@pytest.mark.history("signals-and-a-refused-one")
async def test_a_signal_that_breaks_a_rule_stands_on_the_timeline_and_the_session_lives(
    sessions: Sessions,
) -> None:
    session = await sessions.start("Try this." + suggest("Restart the spooler"), "Good.")
    fix = await session.active_fix()
    await session.handle.signal("engineer_message", _signalled(session, "a valid one"))
    await _event_count(session, EventType.REPLY_COMPLETED, 2)
    await _signal_outcome(session, uuid4(), FixOutcome.APPLIED_SUCCESS)
    await _signal_outcome(session, fix.id, FixOutcome.APPLIED_PARTIAL, notes="  ")
    await session.handle.signal("engineer_message", _signalled(session, " "))
    await _event_count(session, EventType.COMMAND_REJECTED, 3)
    rejected = await session.events(EventType.COMMAND_REJECTED)
    assert sorted((one["command"], one["code"]) for one in rejected) == [
        ("engineer_message", "message_empty"),
        ("outcome_click", "fix_not_found"),
        ("outcome_click", "partial_notes_required"),
    ]
    assert all(one["detail"].endswith(".") for one in rejected)
    assert (await session.active_fix()).status is FixStatus.PROPOSED
    await session.say("and on we go")
    assert await session.is_running()


async def test_no_signal_however_broken_ends_the_workflow(sessions: Sessions) -> None:
    session = await sessions.start()
    long_id = "x" * 5_000
    unknown_actor = SignalledMessage(command_id=str(uuid4()), actor_id=uuid4(), text="who am I?")
    await session.handle.signal("engineer_message", _signalled(session, "hello", command_id=long_id))
    await session.handle.signal("engineer_message", unknown_actor)
    await session.handle.signal("engineer_message", {"nonsense": True})
    await session.handle.signal("outcome_click", "not even an object")
    await session.handle.signal("no_such_signal", 1)
    await _event_count(session, EventType.COMMAND_REJECTED, 2)
    assert len(await session.messages(MessageRole.ENGINEER)) == 1
    await session.say("it still answers")
    assert await session.is_running()


async def test_a_signal_to_a_closed_session_is_refused_on_its_timeline(sessions: Sessions) -> None:
    session = await sessions.start()
    await session.change("abandon")
    await session.handle.signal("engineer_message", _signalled(session, "too late"))
    await _event_count(session, EventType.COMMAND_REJECTED, 1)
    (rejected,) = await session.events(EventType.COMMAND_REJECTED)
    assert rejected["code"] == "session_closed"
    assert (await session.row()).status is SessionStatus.ABANDONED


async def test_the_snapshot_shows_what_the_workflow_decides_with(sessions: Sessions) -> None:
    session = await sessions.start("Try this." + suggest("Restart the spooler"))
    fix = await session.active_fix()
    await session.apply(fix)
    view = await session.snapshot()
    row = await session.row()
    assert view.snapshot is not None
    assert view.snapshot.active_fix is not None
    assert view.snapshot.active_fix.id == fix.id
    assert view.snapshot.active_fix.applied_at == (await session.active_fix()).applied_at
    assert (view.snapshot.seq, view.snapshot.state_version) == (row.last_seq, row.state_version)
    assert view.snapshot.status is SessionStatus.ACTIVE
    assert not view.turn_running
    assert not view.closing


def _signalled(session: WorkedSession, text: str, command_id: str | None = None) -> SignalledMessage:
    return SignalledMessage(
        command_id=command_id or str(uuid4()), actor_id=session.tenant.user_id(), text=text
    )


async def _signal_outcome(
    session: WorkedSession,
    fix_id: UUID,
    outcome: FixOutcome,
    notes: str | None = None,
    command_id: str | None = None,
) -> None:
    handle: WorkflowHandle[object, object] = session.handle
    await handle.signal(
        "outcome_click",
        SignalledOutcome(
            command_id=command_id or str(uuid4()),
            actor_id=session.tenant.user_id(),
            fix_id=fix_id,
            outcome=outcome,
            notes=notes,
        ),
    )


async def _event_count(session: WorkedSession, type_: EventType, count: int) -> None:
    async def probe() -> bool:
        return len(await session.events(type_)) >= count

    await until(probe, what=f"{count} events {type_.value}")
