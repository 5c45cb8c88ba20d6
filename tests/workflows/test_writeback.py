"""Confirm & post: the note is on the ticket once, the status is where it belongs, and the session knows it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from domain.conversation import posted_line
from domain.psa import NoteVisibility
from domain.vocabulary import (
    EventType,
    FixStatus,
    MessageRole,
    SessionStatus,
    TurnState,
    WritebackState,
    WritebackStep,
)
from infra.database.models import PsaConnection, Writeback
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.replies import suggest
from tests.workflows.ticket_on_psa import BOARD_STATUSES, NOTE, TICKET, Ticket, configure, shown_on
from tests.workflows.worked_session import refusal_of
from workflows.troubleshooting_session.handlers import artifacts as artifact_handlers


@pytest.mark.history("resolved-with-ticket")
async def test_the_note_is_posted_once_the_status_moves_and_the_session_is_resolved(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start("Try this." + suggest("Clean the drum"), ticket_id=TICKET)
    fix = await session.active_fix()
    await session.apply(fix)
    answer = await session.resolve(NOTE)
    assert not answer.pending
    assert on_psa.texts == [NOTE]
    assert on_psa.status == BOARD_STATUSES["resolved"]
    row = await session.row()
    assert row.status is SessionStatus.RESOLVED
    assert row.resolved_at == row.closed_at is not None
    assert row.resolution_summary == "Printed nothing."
    (writeback,) = await session.rows(Writeback)
    assert (writeback.state, writeback.step) == (WritebackState.DONE, WritebackStep.RECORD)
    assert writeback.note_id == str(on_psa.new_notes[0]["id"])
    assert (writeback.expected_status_id, writeback.observed_status_id) == (105, 105)
    assert (await session.said(MessageRole.SYSTEM))[-1] == posted_line(TICKET, "Resolved")
    assert [one["step"] for one in await session.events(EventType.WRITEBACK_PROGRESS)] == [
        "post_note",
        "set_status",
        "verify",
        "record",
    ]


async def test_confirming_says_that_a_verifying_fix_worked(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start("Try this." + suggest("Clean the drum"), ticket_id=TICKET)
    await session.apply(await session.active_fix())
    version = (await session.row()).state_version
    await session.resolve(NOTE)
    fix = await session.active_fix()
    assert fix.status is FixStatus.APPLIED_SUCCESS
    assert fix.verified_at is not None
    assert (await session.row()).state_version == version + 1
    assert "It worked: Clean the drum" in await session.said(MessageRole.SYSTEM)


async def test_confirming_says_nothing_of_a_fix_that_was_never_run(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start("Try this." + suggest("Clean the drum"), ticket_id=TICKET)
    await session.resolve(NOTE)
    fix = await session.active_fix()
    assert (fix.status, fix.applied_at) == (FixStatus.PROPOSED, None)


@pytest.mark.history("resolved-without-ticket")
async def test_without_a_ticket_the_note_is_kept_here_and_the_session_is_resolved(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    answer = await session.resolve(NOTE, resolution_summary="The drum was dirty")
    assert (answer.writeback_number, answer.pending) == (None, False)
    row = await session.row()
    assert (row.status, row.resolution_summary) == (SessionStatus.RESOLVED, "The drum was dirty")
    (writeback,) = await session.rows(Writeback)
    assert (writeback.markdown, writeback.state, writeback.ticket_id) == (NOTE, WritebackState.DONE, None)
    assert (await refusal_of(session.resolve(NOTE))).type == "session_closed"


async def test_confirming_twice_with_one_key_posts_one_note(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    first = await session.resolve(NOTE, command_id="one click")
    await session.handle.terminate("lost")
    assert await session.resolve(NOTE, command_id="one click") == first
    assert on_psa.texts == [NOTE]
    assert len(await session.rows(Writeback)) == 1


async def test_resolving_stops_the_reply_and_answers_nothing_that_waited(sessions: Sessions) -> None:
    session = await sessions.start(("Half. ", asyncio.Event()), settle=False)
    await session.turn_running()
    await session.say("one more thing", settle=False)
    await session.resolve(NOTE)
    messages = await session.settled()
    assert {one.turn_state for one in messages if one.role is MessageRole.ENGINEER} == {TurnState.STOPPED}
    view = await session.snapshot()
    assert view.snapshot is not None
    assert view.snapshot.queued == []


@pytest.mark.parametrize("visibility", list(NoteVisibility))
async def test_the_note_is_where_the_account_wants_its_notes(
    ticket_sessions: Sessions, on_psa: Ticket, visibility: NoteVisibility
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, resolution_visibility=visibility)
    await session.resolve(NOTE)
    assert shown_on(on_psa.new_notes[0]) == [visibility.value]


async def test_a_status_that_was_asked_for_is_set(ticket_sessions: Sessions, on_psa: Ticket) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.resolve(NOTE, status_id=BOARD_STATUSES["closed"])
    assert on_psa.status == BOARD_STATUSES["closed"]
    assert (await session.rows(Writeback))[0].observed_status_name == "Closed"


async def test_a_status_that_is_there_already_is_not_set_again(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.resolve(NOTE, status_id=BOARD_STATUSES["in_progress"])
    assert psa.requests("PATCH") == []
    assert on_psa.status == BOARD_STATUSES["in_progress"]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_status_of_another_board_is_left_out_and_the_reason_is_kept(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.resolve(NOTE, status_id=305)
    assert on_psa.status == BOARD_STATUSES["in_progress"]
    (writeback,) = await session.rows(Writeback)
    assert writeback.status_transition_skipped_reason == (
        "The chosen status does not exist on board “Help Desk”."
    )
    assert on_psa.texts == [NOTE]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_board_without_a_configured_status_keeps_its_status_and_the_reason_is_kept(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, status_map={})
    await session.resolve(NOTE)
    assert on_psa.status == BOARD_STATUSES["in_progress"]
    (writeback,) = await session.rows(Writeback)
    assert writeback.status_transition_skipped_reason == "No status is configured for board “Help Desk”."
    assert writeback.expected_status_id is None
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_one_status_for_all_boards_is_set_only_where_the_board_has_it(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    elsewhere = await ticket_sessions.start(ticket_id=TICKET)
    await configure(elsewhere, status_map={}, cw_resolved_status_id=305)
    await elsewhere.resolve(NOTE)
    (writeback,) = await elsewhere.rows(Writeback)
    assert writeback.state is WritebackState.DONE, "a status that cannot be set is not waited for"
    assert writeback.status_transition_skipped_reason == (
        "The configured status does not exist on board “Help Desk”."
    )
    here = await ticket_sessions.start(ticket_id=TICKET)
    await configure(here, cw_resolved_status_id=BOARD_STATUSES["closed"])
    await here.resolve(NOTE)
    assert on_psa.status == BOARD_STATUSES["closed"]


async def test_a_connection_that_was_removed_refuses_the_confirm_and_keeps_the_session(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(update(PsaConnection).values(is_active=False))
    refused = await refusal_of(session.resolve(NOTE))
    assert refused.type == "psa_connection_gone"
    assert on_psa.new_notes == []
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert await session.rows(Writeback) == []


async def test_a_slow_ticketing_system_does_not_hold_the_engineer_up(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact_handlers, "ANSWER_WITHIN", timedelta(seconds=0.2))
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("slow", method="POST", path="notes", seconds=1.5)
    answer = await session.resolve(NOTE)
    assert answer.pending
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert (await refusal_of(session.resolve(NOTE))).type == "writeback_running"
    assert (await refusal_of(session.change("abandon"))).type == "writeback_running"
    await session.add_fact("The session takes other commands meanwhile")
    await session.until(lambda view: view.closing)
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert on_psa.texts == [NOTE]
