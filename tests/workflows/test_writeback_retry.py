"""Retry: what is left is done, and nothing that is on the ticket already is done again."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from domain.vocabulary import FixStatus, SessionStatus, WritebackState, WritebackStep
from infra.database.models import Session, Writeback
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.replies import suggest
from tests.workflows.ticket_on_psa import BOARD_STATUSES, NOTE, PACKAGE, TICKET, Ticket, configure, shown_on
from tests.workflows.worked_session import WorkedSession, refusal_of

pytestmark = pytest.mark.usefixtures("quick_retries")


async def _latest(session: WorkedSession) -> Writeback:
    return (await session.rows(Writeback))[-1]


@pytest.mark.history("escalation-unverified-then-retry")
async def test_a_status_that_did_not_move_is_set_by_the_retry_without_a_second_package(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    await session.escalate(PACKAGE)
    first = await _latest(session)
    assert (first.state, first.observed_status_name) == (WritebackState.UNVERIFIED, "In Progress")
    assert (await session.row()).status is SessionStatus.REQUESTING_ESCALATION
    assert (await session.row()).escalated_at is None

    await session.retry_writeback()
    assert on_psa.texts == [PACKAGE]
    assert len(psa.requests("POST", "notes")) == 1
    assert on_psa.status == BOARD_STATUSES["escalated"]
    second = await _latest(session)
    assert (second.number, second.retry_of, second.state) == (2, 1, WritebackState.DONE)
    assert (second.note_id, second.markdown) == (first.note_id, PACKAGE)
    row = await session.row()
    assert (row.status, row.escalation_reason) == (SessionStatus.ESCALATED, "Prints nothing at all.")


async def test_a_refused_status_is_set_by_the_retry_and_the_session_resolved(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.require_on_close("subType")
    await session.resolve(NOTE, resolution_summary="The drum was dirty")
    assert (await _latest(session)).step is WritebackStep.SET_STATUS
    psa.configure(required_on_close=[])
    await session.retry_writeback()
    assert on_psa.texts == [NOTE]
    row = await session.row()
    assert (row.status, row.resolution_summary) == (SessionStatus.RESOLVED, "The drum was dirty")


async def test_a_note_that_was_refused_is_posted_by_the_retry(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(denied=["POST /service/tickets"])
    await session.resolve(NOTE)
    psa.configure(denied=[])
    await session.retry_writeback()
    assert on_psa.texts == [NOTE]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_retry_that_fails_can_be_retried(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path="tickets", times=2)
    await session.resolve(NOTE)
    await session.retry_writeback()
    assert (await _latest(session)).state is WritebackState.UNVERIFIED
    await session.retry_writeback()
    assert on_psa.texts == [NOTE]
    assert [row.retry_of for row in await session.rows(Writeback)] == [None, 1, 2]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_note_whose_answer_was_lost_for_good_is_found_by_the_retry(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("lost_answer", method="POST", path="notes")
    psa.add_fault("status", method="GET", path="[nN]otes", status=400, body={"message": "No."})
    await session.resolve(NOTE)
    assert (await _latest(session)).state is WritebackState.FAILED
    assert on_psa.texts == [NOTE]
    await session.retry_writeback()
    assert on_psa.texts == [NOTE]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_an_equal_note_that_stands_since_an_earlier_ending_is_not_taken_for_the_new_one(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.escalate(PACKAGE)
    await session.resolve(NOTE)
    psa.add_fault("lost_request", method="POST", path="notes")
    await session.escalate(PACKAGE)
    assert on_psa.texts == [PACKAGE, NOTE, PACKAGE]


async def test_later_settings_change_nothing_of_what_was_confirmed(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(denied=["POST /service/tickets"])
    await session.resolve(NOTE)
    psa.configure(denied=[])
    await configure(session, resolution_visibility="internal", auto_time_entry=True)
    await session.retry_writeback()
    assert [shown_on(note) for note in on_psa.new_notes] == [["resolution"]]
    assert on_psa.new_time == []


async def test_a_fix_run_meanwhile_counts_as_worked_when_the_retry_resolves(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start("Try this." + suggest("Clean the drum"), ticket_id=TICKET)
    psa.configure(denied=["POST /service/tickets"])
    await session.resolve(NOTE)
    psa.configure(denied=[])
    await session.apply(await session.active_fix())
    await session.retry_writeback()
    assert (await session.active_fix()).status is FixStatus.APPLIED_SUCCESS


async def test_a_retry_repeated_with_its_key_runs_once(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    await session.resolve(NOTE)
    first = await session.retry_writeback(command_id="one click")
    assert await session.retry_writeback(command_id="one click") == first
    assert len(await session.rows(Writeback)) == 2


async def test_there_is_nothing_to_retry_when_nothing_was_confirmed_or_all_went_well(
    ticket_sessions: Sessions,
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    assert (await refusal_of(session.retry_writeback())).type == "nothing_to_retry_writeback"
    await session.share("We are working on it.")
    assert (await refusal_of(session.retry_writeback())).type == "nothing_to_retry_writeback"
    await session.resolve(NOTE)
    assert (await refusal_of(session.retry_writeback())).type == "session_closed"


async def test_what_failed_on_another_ticket_is_not_posted_there_any_more(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(denied=["POST /service/tickets"])
    await session.resolve(NOTE)
    psa.configure(denied=[])
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(update(Session).where(Session.id == session.id).values(psa_ticket_id="48232"))
    assert (await refusal_of(session.retry_writeback())).type == "nothing_to_retry_writeback"
    assert on_psa.texts == []
