"""A session is its rows. Losing its workflow loses nothing, whatever it was doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.client import WorkflowUpdateFailedError

from activities.session_record.conversation import ConversationActivities
from activities.session_record.spin_off import SpinOffRecordActivities
from activities.writeback.record import WritebackRecordActivities
from api import session_waker
from api.session_gateway import SessionGateway
from api.session_waker import SessionWaker
from domain.commands import CommandAck
from domain.vocabulary import (
    EventType,
    FixOutcome,
    FixStatus,
    MessageRole,
    SessionStatus,
    TurnState,
    WritebackState,
)
from infra.config import Settings
from infra.database.effect_locks import EffectLocks
from infra.database.models import Fact, Writeback
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from infra.temporal import one_at_a_time
from tests.support.application import Application
from tests.support.waiting import until
from tests.workflows.conftest import TICKET, Sessions
from tests.workflows.replies import promote, suggest
from tests.workflows.ticket_on_psa import NOTE, Ticket
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.ticket_writeback.messages import writeback_workflow_id
from workflows.troubleshooting_session import workflow as session_workflow
from workflows.troubleshooting_session import writebacks
from workflows.troubleshooting_session.messages import EngineerMessage, ResolveSession, SpinOffTicket


@pytest.mark.history("rehydrated")
async def test_an_active_session_goes_on_where_it_was(sessions: Sessions) -> None:
    session = await sessions.start(
        "Try this." + suggest("Restart the spooler") + promote("It is on"), "Good."
    )
    fix = await session.active_fix()
    await session.apply(fix)
    before = await session.snapshot()
    await session.handle.terminate("lost")
    await session.say("it prints")
    after = await session.snapshot()
    assert before.snapshot is not None
    assert after.snapshot is not None
    assert after.snapshot.active_fix == before.snapshot.active_fix
    assert after.snapshot.state_version == before.snapshot.state_version
    assert after.snapshot.messages_since_apply == 1
    assert await session.said(MessageRole.PILOT) == ["Try this.", "Good."]
    assert len(await session.rows(Fact)) == 1
    await session.judge(fix, FixOutcome.APPLIED_SUCCESS)
    assert (await session.active_fix()).status is FixStatus.APPLIED_SUCCESS


@pytest.mark.history("opened-but-never-told")
async def test_a_new_session_whose_opening_command_was_lost_after_it_was_stored_goes_on(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Server and worker died together: the rows are there, the sender has its answer, the new run was told nothing."""
    monkeypatch.setattr(session_workflow, "LOOK_AFTER", timedelta(milliseconds=200))
    never = asyncio.Event()
    session = await sessions.start(("Half a re", never), "The answer.", settle=False)
    await session.turn_running()
    await session.handle.terminate("lost")
    await session.start_untold()
    await session.settled()
    assert await session.said(MessageRole.PILOT) == ["The answer."]
    await session.add_fact("It takes commands")
    assert [fact.text for fact in await session.rows(Fact)] == ["It takes commands"]


AT_ONCE = -timedelta(seconds=2)


@pytest.fixture
def waker_of(
    application: Application, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[[WorkedSession], SessionWaker]:
    """A waker that looks after one session; the others of this server belong to other tests."""

    def make(session: WorkedSession) -> SessionWaker:
        ours = f"AND s.id = '{session.id}' ORDER BY"
        find = text(session_waker._FIND.text.replace("ORDER BY", ours))
        monkeypatch.setattr(session_waker, "_FIND", find)
        return SessionWaker(
            application.database,
            SessionGateway(application.temporal, settings),
            inactivity=timedelta(minutes=settings.inactivity_minutes),
        )

    return make


@pytest.mark.history("reminded-of-its-rows")
async def test_a_message_that_was_stored_and_lost_on_its_way_to_a_run_that_lives_gets_its_reply(
    sessions: Sessions, application: Application, waker_of: Callable[[WorkedSession], SessionWaker]
) -> None:
    """Server and worker died together: the row is there, its sender has the answer, the run was told nothing."""
    session = await sessions.start("Hello.", "The answer.")
    waker = waker_of(session)
    assert await waker.wake(datetime.now(UTC), quiet_for=AT_ONCE) == 0, "nothing is unfinished"
    stored = session.command(EngineerMessage, text="and this")
    await ConversationActivities(application.database).store_message(stored)
    assert await waker.wake(datetime.now(UTC), quiet_for=AT_ONCE) == 1
    await session.settled()
    assert await session.said(MessageRole.PILOT) == ["Hello.", "The answer."]


async def test_a_note_that_was_confirmed_and_lost_on_its_way_to_a_run_that_lives_is_posted_once(
    ticket_sessions: Sessions,
    application: Application,
    on_psa: Ticket,
    waker_of: Callable[[WorkedSession], SessionWaker],
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    waker = waker_of(session)
    confirmed = session.command(ResolveSession, markdown=NOTE)
    begun = await WritebackRecordActivities(application.database).begin_resolution(confirmed)
    assert begun.writeback_number is not None
    session.writebacks_seen.add(begun.writeback_number)
    assert await waker.wake(datetime.now(UTC), quiet_for=AT_ONCE) == 1

    async def resolved() -> bool:
        return (await session.row()).status is SessionStatus.RESOLVED

    await until(resolved, what="the end of the writeback")
    assert await waker.wake(datetime.now(UTC), quiet_for=AT_ONCE) == 0
    assert on_psa.texts == [NOTE]


async def test_a_verifying_fix_is_still_verifying(sessions: Sessions) -> None:
    session = await sessions.start("Try this." + suggest("Restart the spooler"))
    fix = await session.active_fix()
    await session.apply(fix)
    applied_at = (await session.active_fix()).applied_at
    await session.handle.terminate("lost")
    await session.apply(fix)
    assert (await session.active_fix()).applied_at == applied_at


@pytest.mark.history("rehydrated-paused")
async def test_a_paused_session_is_still_paused_and_wakes_up_by_a_message(sessions: Sessions) -> None:
    session = await sessions.start("Hello.", "Back.")
    await session.change("pause")
    await session.handle.terminate("lost")
    assert (await refusal_of(session.change("pause"))).type == "wrong_state"
    await session.say("go on")
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert (await session.said(MessageRole.PILOT))[-1] == "Back."


@pytest.mark.history("rehydrated-while-replying")
async def test_a_message_that_had_no_reply_gets_one(sessions: Sessions) -> None:
    never = asyncio.Event()
    session = await sessions.start(("Half a re", never), "The answer.", "More.", settle=False)
    await session.turn_running()
    await session.say("and this", settle=False)
    await session.handle.terminate("lost")
    await session.add_fact("Any command brings it back")
    messages = await session.settled()
    asked = [[one.text for one in context.inputs] for context in session.script.contexts]
    assert len(asked[1]) == 2
    assert asked[1][-1] == "and this"
    assert await session.said(MessageRole.PILOT) == ["The answer."]
    assert {one.turn_state for one in messages if one.turn_state} == {TurnState.DONE}


async def test_the_reply_of_a_lost_run_is_not_stored_beside_the_new_one(sessions: Sessions) -> None:
    """The model of the lost run goes on talking for a while; what it says is nobody's answer any more."""
    late = asyncio.Event()
    session = await sessions.start(
        ("First. ", late, promote("Said too late") + "The end."), "The answer.", settle=False
    )
    await session.turn_running()
    await session.handle.terminate("lost")
    await session.add_fact("Any command brings it back")
    late.set()
    await session.settled()
    assert await session.said(MessageRole.PILOT) == ["The answer."]
    assert [fact.text for fact in await session.rows(Fact)] == ["Any command brings it back"]
    assert len(await session.events(EventType.REPLY_COMPLETED)) == 1


@pytest.mark.history("rehydrated-after-a-failed-turn")
async def test_a_failed_message_can_still_be_retried(sessions: Sessions) -> None:
    session = await sessions.start(RuntimeError("a defect"), "Now.")
    await session.handle.terminate("lost")
    await session.retry()
    assert await session.said(MessageRole.PILOT) == ["Now."]


async def test_commands_of_the_lost_run_are_still_known(sessions: Sessions) -> None:
    session = await sessions.start()
    first = await session.add_fact("Said once", command_id="the same")
    await session.handle.terminate("lost")
    assert await session.add_fact("Said once", command_id="the same") == first
    assert len(await session.rows(Fact)) == 1


@pytest.mark.history("rehydrated-under-a-writeback")
async def test_a_writeback_goes_on_without_the_session_and_posts_one_note(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    before = len(psa.notes(int(TICKET)))
    psa.add_fault("slow", method="POST", path="notes", seconds=1)
    confirming = asyncio.create_task(session.resolve())
    await psa.request_arrived("POST", "notes")
    await session.handle.terminate("lost")
    with pytest.raises(Exception, match="failed"):
        await confirming
    refused = await refusal_of(session.resolve())
    assert refused.type == "writeback_running"
    await _writeback_ended(session)
    await session.until(lambda view: view.snapshot is not None and view.snapshot.running_writeback is None)
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert len(psa.notes(int(TICKET))) == before + 1


@pytest.mark.history("rehydrated-with-a-lost-writeback")
async def test_a_writeback_that_was_lost_with_the_session_is_run_again_and_posts_one_note(
    ticket_sessions: Sessions, psa: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    before = len(psa.notes(int(TICKET)))
    psa.add_fault("slow", method="PATCH", path="tickets", seconds=5)
    confirming = asyncio.create_task(session.resolve())
    await psa.request_arrived("PATCH", "tickets")
    await session.handle.terminate("lost")
    await session.temporal.get_workflow_handle(writeback_workflow_id(session.id, 1)).terminate("lost")
    with pytest.raises(Exception, match="failed"):
        await confirming
    await session.add_fact("Any command brings it back")
    await _writeback_ended(session)
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert len(psa.notes(int(TICKET))) == before + 1


@pytest.mark.history("rehydrated-beside-a-writeback")
async def test_a_writeback_of_an_earlier_run_that_an_operator_ends_is_run_again(
    ticket_sessions: Sessions, psa: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    before = len(psa.notes(int(TICKET)))
    psa.add_fault("status", method="PATCH", path="tickets", status=503, times=None)
    confirming = asyncio.create_task(session.resolve())
    await psa.request_arrived("PATCH", "tickets")
    await session.handle.terminate("lost")
    with pytest.raises(Exception, match="failed"):
        await confirming
    monkeypatch.setattr(writebacks, "FOREIGN_WRITEBACK_EVERY", timedelta(seconds=0.2))
    await session.add_fact("Any command brings it back")
    psa.clear_faults()
    await session.temporal.get_workflow_handle(writeback_workflow_id(session.id, 1)).terminate("by hand")
    await _writeback_ended(session)
    await session.until(lambda view: view.closing)
    assert len(psa.notes(int(TICKET))) == before + 1


@pytest.mark.history("writeback-ended-by-an-operator")
async def test_a_writeback_that_an_operator_ends_does_not_lock_the_session(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    before = len(psa.notes(int(TICKET)))
    psa.add_fault("status", method="PATCH", path="tickets", status=503, times=None)
    confirming = asyncio.create_task(session.resolve())
    await psa.request_arrived("PATCH", "tickets")
    await session.temporal.get_workflow_handle(writeback_workflow_id(session.id, 1)).terminate("by hand")
    await confirming
    (writeback,) = await session.rows(Writeback)
    assert writeback.state is WritebackState.FAILED
    assert writeback.error_detail
    assert (await session.row()).status is SessionStatus.ACTIVE
    psa.clear_faults()
    await session.resolve()
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert len(psa.notes(int(TICKET))) == before + 1


@pytest.mark.parametrize("late", ["post_note", "log_time"])
async def test_what_an_ended_writeback_still_does_is_not_done_again_by_the_next_attempt(
    ticket_sessions: Sessions, on_psa: Ticket, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """An operator ends a workflow; the request that a worker has under way knows nothing of it."""
    monkeypatch.setattr(one_at_a_time, "AGAIN_AFTER", timedelta(milliseconds=20))
    stands, looked, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    real, hold = getattr(ConnectWiseProvider, late), EffectLocks.hold

    async def late_effect(*arguments: Any) -> Any:
        if stands.is_set():
            return await real(*arguments)
        stands.set()
        await go_on.wait()
        try:
            return await real(*arguments)
        finally:
            done.set()

    @asynccontextmanager
    async def tell(*arguments: Any) -> AsyncIterator[bool]:
        async with hold(*arguments) as ours:
            if not ours:
                looked.set()
            yield ours

    monkeypatch.setattr(ConnectWiseProvider, late, late_effect)
    monkeypatch.setattr(EffectLocks, "hold", tell)
    session = await ticket_sessions.start(ticket_id=TICKET)
    confirming = asyncio.create_task(session.resolve(NOTE, log_minutes=15))
    await asyncio.wait_for(stands.wait(), 30)
    await session.temporal.get_workflow_handle(writeback_workflow_id(session.id, 1)).terminate("by hand")
    await confirming
    assert (await session.rows(Writeback))[0].state is WritebackState.FAILED
    again = asyncio.create_task(session.retry_writeback())
    await asyncio.wait({again, asyncio.create_task(looked.wait())}, return_when=asyncio.FIRST_COMPLETED)
    go_on.set()
    await again
    await asyncio.wait_for(done.wait(), 30)
    await _writeback_ended(session)
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert on_psa.texts == [NOTE]
    assert on_psa.logged_minutes == [15]


@pytest.mark.history("rehydrated-with-a-second-ticket")
async def test_a_second_ticket_that_was_being_created_is_there_once(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("slow", method="POST", path=r"/service/tickets$", seconds=2)
    command = session.command(SpinOffTicket, summary="The scanner is broken too", company_id=254)
    asking = asyncio.create_task(session.send("spin_off_ticket", command, CommandAck))
    await psa.request_arrived("POST", "/service/tickets")
    await session.handle.terminate("lost")
    with pytest.raises(WorkflowUpdateFailedError):
        await asking
    await session.add_fact("Any command brings it back")

    async def created() -> bool:
        told = await session.events(EventType.TICKET_SPUN_OFF)
        return [one["spin_off"]["state"] for one in told] == ["running", "done"]

    await until(created, what="the second ticket")
    tickets = [one for one in psa.simulator.store.all("tickets") if one["summary"] == command.summary]
    assert len(tickets) == 1
    await session.send("spin_off_ticket", command, CommandAck)
    assert len(await session.events(EventType.TICKET_SPUN_OFF)) == 2


async def test_a_second_ticket_that_was_asked_for_and_lost_on_its_way_to_a_run_that_knows_newer_state_is_created_once(
    ticket_sessions: Sessions,
    application: Application,
    psa: SimulatorServer,
    waker_of: Callable[[WorkedSession], SessionWaker],
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    waker = waker_of(session)
    command = session.command(SpinOffTicket, summary="The badge reader is broken too", company_id=254)
    await SpinOffRecordActivities(application.database).begin_spin_off(command)
    await session.add_fact("What is stored after it is told to the run")
    assert await waker.wake(datetime.now(UTC), quiet_for=AT_ONCE) == 1

    async def created() -> bool:
        told = await session.events(EventType.TICKET_SPUN_OFF)
        return [one["spin_off"]["state"] for one in told] == ["running", "done"]

    await until(created, what="the second ticket")
    assert await waker.wake(datetime.now(UTC), quiet_for=AT_ONCE) == 0
    tickets = [one for one in psa.simulator.store.all("tickets") if one["summary"] == command.summary]
    assert len(tickets) == 1


async def _writeback_ended(session: WorkedSession) -> None:
    async def probe() -> bool:
        return (await session.rows(Writeback))[-1].state is not WritebackState.RUNNING

    await until(probe, what="the end of the writeback")
