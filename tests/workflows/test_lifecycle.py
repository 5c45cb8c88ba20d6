"""A session that was closed goes on, and one that was escalated changes hands."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.commands import CommandAck
from domain.vocabulary import (
    AccountRole,
    EventType,
    FixStatus,
    MessageRole,
    SessionStatus,
    TurnState,
    WritebackState,
)
from infra.database.models import Fact, Message, User, Writeback
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import Application
from tests.support.waiting import until
from tests.workflows.conftest import TICKET, Sessions
from tests.workflows.replies import suggest
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.search_attributes import ENGINEER_ID, SESSION_STATUS
from workflows.troubleshooting_session.messages import (
    EscalateSession,
    PickUpSession,
    ReopenSession,
    WritebackAnswer,
)

NOTE = "## Problem\n\nPrinted nothing.\n\n## Resolution\n\nCleaned the drum."
SECOND_NOTE = "## Problem\n\nIt came back.\n\n## Resolution\n\nReplaced the drum."
PACKAGE = "## Problem\n\nPrinted nothing.\n\n## Suggested next steps\n\nReplace the drum."


async def reopen(session: WorkedSession, **fields: Any) -> CommandAck:
    return await session.send("reopen", session.command(ReopenSession, **fields), CommandAck)


async def pick_up(session: WorkedSession, actor_id: UUID, **fields: Any) -> CommandAck:
    command = session.command(PickUpSession, actor_id=actor_id, **fields)
    return await session.send("pick_up", command, CommandAck)


async def escalate(session: WorkedSession) -> None:
    command = session.command(EscalateSession, markdown=PACKAGE)
    answer = await session.send("escalate", command, WritebackAnswer)
    if answer.writeback_number is not None:
        session.writebacks_seen.add(answer.writeback_number)
    assert (await session.row()).status is SessionStatus.ESCALATED


def notes_of(psa: SimulatorServer) -> list[str]:
    return [note["text"] for note in psa.notes(int(TICKET))]


# --- reopening ---


@pytest.mark.history("reopened-and-resolved-again")
async def test_a_resolved_session_goes_on_as_it_was_and_is_resolved_again_with_a_note_of_its_own(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start("Try this." + suggest("Clean the drum"), "Go on.", ticket_id=TICKET)
    await session.add_fact("The drum is dirty")
    await session.apply(await session.active_fix())
    await session.resolve(NOTE)
    before = await session.row()
    assert before.status is SessionStatus.RESOLVED

    ack = await reopen(session)
    row = await session.row()
    assert row.status is SessionStatus.ACTIVE
    assert (row.closed_at, row.resolved_at, row.resolution_summary) == (None, None, None)
    assert row.state_version == before.state_version, "nothing that a note shows has changed"
    assert (await session.active_fix()).status is FixStatus.APPLIED_SUCCESS
    assert [fact.text for fact in await session.rows(Fact)] == ["The drum is dirty"]
    (line,) = [text for text in await session.said(MessageRole.SYSTEM) if text.startswith("Reopened by")]
    assert line.endswith("It was resolved.")
    assert (await session.events(EventType.SESSION_CHANGED))[-1] == {
        "status": "active",
        "state_version": row.state_version,
    }
    assert ack.seq > 0

    await session.say("It happened again")
    assert (await session.said(MessageRole.PILOT))[-1] == "Go on."
    await session.resolve(SECOND_NOTE)
    first, second = await session.rows(Writeback)
    assert (first.state, second.state) == (WritebackState.DONE, WritebackState.DONE)
    assert first.note_id != second.note_id
    assert (notes_of(psa).count(NOTE), notes_of(psa).count(SECOND_NOTE)) == (1, 1)
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_the_second_note_is_a_new_one_even_when_it_says_the_same(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.resolve(NOTE)
    await reopen(session)
    await session.resolve(NOTE)
    first, second = await session.rows(Writeback)
    assert first.note_id != second.note_id
    assert notes_of(psa).count(NOTE) == 2


async def test_an_abandoned_session_goes_on_and_forgets_why_it_was_given_up(sessions: Sessions) -> None:
    session = await sessions.start(("Half. ", asyncio.Event()), "Here again.", settle=False)
    await session.turn_running()
    await session.say("one that waits", settle=False)
    await session.change("abandon", reason="the client left")
    await session.settled()
    assert (await session.row()).abandon_reason == "the client left"
    await reopen(session)
    row = await session.row()
    assert (row.status, row.abandon_reason, row.closed_at) == (SessionStatus.ACTIVE, None, None)
    waited = [one for one in await session.rows(Message) if one.text == "one that waits"]
    assert [one.turn_state for one in waited] == [TurnState.STOPPED], (
        "what was given up is not answered by itself"
    )
    await session.say("the client is back")
    assert (await session.said(MessageRole.PILOT))[-1] == "Here again."


async def test_reopening_twice_with_one_key_is_one_reopening(sessions: Sessions) -> None:
    session = await sessions.start()
    await session.change("abandon")
    command = session.command(ReopenSession)
    first = await session.send("reopen", command, CommandAck)
    assert await session.send("reopen", command, CommandAck, update_id=str(uuid4())) == first
    lines = [text for text in await session.said(MessageRole.SYSTEM) if text.startswith("Reopened by")]
    assert len(lines) == 1
    refused = await refusal_of(reopen(session))
    assert (refused.type, refused.details) == ("wrong_state", ("conflict",))


async def test_a_session_that_was_closed_too_long_ago_stays_closed_and_says_what_to_do(
    sessions: Sessions,
) -> None:
    session = await sessions.start(linger_seconds=0)
    await session.change("abandon", reason="a duplicate")
    await session.ended()
    before = await session.row()
    refused = await refusal_of(reopen(session))
    assert (refused.type, refused.details) == ("reopen_window_over", ("conflict",))
    assert "Start a new session" in refused.message
    await session.ended()
    row = await session.row()
    assert (row.status, row.last_seq, row.abandon_reason) == (
        SessionStatus.ABANDONED,
        before.last_seq,
        "a duplicate",
    )


async def test_who_may_reopen_is_settled_by_the_session_not_by_the_sender(sessions: Sessions) -> None:
    """The window is the one the session was started with, whatever a command says."""
    session = await sessions.start(linger_seconds=0)
    await session.change("abandon")
    await session.ended()
    refused = await refusal_of(reopen(session, linger_seconds=10_000))
    assert refused.type == "reopen_window_over"


async def test_a_closed_session_whose_workflow_was_lost_is_reopened_from_its_rows(sessions: Sessions) -> None:
    session = await sessions.start("Hello.", "Again.")
    await session.change("abandon")
    await session.handle.terminate("lost")
    await reopen(session)
    assert (await session.row()).status is SessionStatus.ACTIVE
    await session.say("go on")
    assert (await session.said(MessageRole.PILOT))[-1] == "Again."
    assert len(session.run_ids) == 2


async def test_a_reopened_session_is_watched_again_for_inactivity_and_its_workflow_does_not_end(
    sessions: Sessions,
) -> None:
    session = await sessions.start(linger_seconds=2, inactivity_seconds=0.3)
    await session.change("abandon")
    await reopen(session)

    async def paused() -> bool:
        return (await session.row()).status is SessionStatus.PAUSED

    await until(paused, what="the pause")
    assert await session.is_running()
    assert len(session.run_ids) == 1


# --- picking up ---


@pytest.mark.history("picked-up")
async def test_another_engineer_picks_up_an_escalated_session_and_works_on_in_it(
    ticket_sessions: Sessions,
) -> None:
    session = await ticket_sessions.start("Hello.", "Go on.", ticket_id=TICKET)
    await escalate(session)
    version = (await session.row()).state_version
    owner = session.tenant.user_id(AccountRole.OWNER)
    await pick_up(session, owner)
    row = await session.row()
    assert (row.status, row.engineer_id) == (SessionStatus.ACTIVE, owner)
    assert row.started_by == session.tenant.user_id()
    assert row.state_version == version
    assert row.escalated_at is not None, "the briefing stays"
    name = (await session.said(MessageRole.SYSTEM))[-1].removeprefix("Picked up by ").removesuffix(".")
    assert name.startswith("Owner")
    assert (await session.events(EventType.SESSION_CHANGED))[-1] == {
        "status": "active",
        "state_version": version,
        "engineer": {"id": str(owner), "name": name},
    }
    view = await session.snapshot()
    assert view.snapshot is not None
    assert view.snapshot.engineer_id == owner
    attributes = (await session.handle.describe()).typed_search_attributes
    assert (attributes.get(ENGINEER_ID), attributes.get(SESSION_STATUS)) == (str(owner), "active")
    await session.say("I take over", actor_id=owner)
    assert (await session.said(MessageRole.PILOT))[-1] == "Go on."
    await session.resolve(NOTE)
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_of_two_engineers_who_pick_up_at_once_one_gets_it(sessions: Sessions) -> None:
    session = await sessions.start()
    await escalate(session)
    actors = [session.tenant.user_id(role) for role in (AccountRole.OWNER, AccountRole.ADMIN)]
    answers = await asyncio.gather(*(pick_up(session, actor) for actor in actors), return_exceptions=True)
    taken = [actor for actor, answer in zip(actors, answers, strict=True) if isinstance(answer, CommandAck)]
    (refused,) = [answer for answer in answers if not isinstance(answer, CommandAck)]
    assert isinstance(refused, WorkflowUpdateFailedError)
    assert isinstance(refused.cause, ApplicationError)
    assert (refused.cause.type, refused.cause.details) == ("wrong_state", ("conflict",))
    assert [(await session.row()).engineer_id] == taken
    lines = [text for text in await session.said(MessageRole.SYSTEM) if text.startswith("Picked up by")]
    assert len(lines) == 1


async def test_who_escalated_a_session_may_pick_it_up_again(sessions: Sessions) -> None:
    session = await sessions.start()
    await escalate(session)
    await pick_up(session, session.tenant.user_id())
    row = await session.row()
    assert (row.status, row.engineer_id) == (SessionStatus.ACTIVE, session.tenant.user_id())


async def test_picking_up_twice_with_one_key_is_one_handover(sessions: Sessions) -> None:
    session = await sessions.start()
    await escalate(session)
    command = session.command(PickUpSession, actor_id=session.tenant.user_id(AccountRole.OWNER))
    first = await session.send("pick_up", command, CommandAck)
    assert await session.send("pick_up", command, CommandAck, update_id=str(uuid4())) == first
    lines = [text for text in await session.said(MessageRole.SYSTEM) if text.startswith("Picked up by")]
    assert len(lines) == 1


async def test_an_escalated_session_whose_workflow_was_lost_is_picked_up_from_its_rows(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    await escalate(session)
    await session.handle.terminate("lost")
    owner = session.tenant.user_id(AccountRole.OWNER)
    await pick_up(session, owner)
    assert (await session.row()).engineer_id == owner


async def test_only_an_escalated_session_is_picked_up(sessions: Sessions) -> None:
    session = await sessions.start()
    before = await session.row()
    refused = await refusal_of(pick_up(session, session.tenant.user_id(AccountRole.OWNER)))
    assert (refused.type, refused.details) == ("wrong_state", ("conflict",))
    await session.change("abandon")
    refused = await refusal_of(pick_up(session, session.tenant.user_id(AccountRole.OWNER)))
    assert refused.type == "session_closed"
    assert (await session.row()).engineer_id == before.engineer_id


async def test_nobody_who_may_not_work_picks_up_or_reopens(
    ticket_sessions: Sessions, application: Application
) -> None:
    """The role is looked at again where it counts: a token outlives a role by up to fifteen minutes."""
    tenant = ticket_sessions.tenant
    stranger = await application.tenant(with_flows=False)
    async with application.database.admin() as db:
        await db.execute(
            update(User).where(User.id == tenant.user_id(AccountRole.ADMIN)).values(is_active=False)
        )
    forbidden, not_found = ("permission_denied", ("forbidden",)), ("actor_not_found", ("not_found",))
    nobodies = {
        tenant.user_id(AccountRole.VIEWER): forbidden,
        tenant.user_id(AccountRole.ADMIN): forbidden,
        stranger.user_id(): not_found,
    }
    session = await ticket_sessions.start()
    await escalate(session)
    before = await session.row()
    for nobody, told in nobodies.items():
        refused = await refusal_of(pick_up(session, nobody))
        assert (refused.type, refused.details) == told
    assert (await session.row()).last_seq == before.last_seq
    await session.change("abandon")
    for nobody, told in nobodies.items():
        refused = await refusal_of(reopen(session, actor_id=nobody))
        assert (refused.type, refused.details) == told
    assert (await session.row()).status is SessionStatus.ABANDONED
