"""Others work on the ticket too, while a note is on its way: nothing of theirs is lost, and nothing is hidden."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.conversation import note_changed_line
from domain.vocabulary import MessageRole, SessionStatus, WritebackState, WritebackStep
from infra.database.models import Writeback
from infra.database.resources import writeback_resource
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.ticket_on_psa import BOARD_STATUSES, NOTE, PACKAGE, TICKET, Ticket
from tests.workflows.worked_session import WorkedSession, ticket
from workflows.ticket_writeback import steps as writeback_steps

EDITED = NOTE + "\n\nAnd the cable was replaced."
THEIRS = NOTE + "\n\nCalled the client."
NOTES = f"/service/tickets/{TICKET}/notes$"
STATUS = f"/service/tickets/{TICKET}$"

pytestmark = pytest.mark.usefixtures("quick_retries")


async def _latest(session: WorkedSession) -> Writeback:
    return (await session.rows(Writeback))[-1]


async def _edited_after_a_failed_attempt(
    session: WorkedSession, psa: SimulatorServer, on_psa: Ticket
) -> None:
    psa.add_fault("silent_no_change", method="PATCH", path=STATUS)
    await session.resolve(NOTE)
    assert (await _latest(session)).state is WritebackState.UNVERIFIED
    psa.simulator.store.save("notes", {**on_psa.new_notes[0], "text": THEIRS}, author="jo")


async def test_what_someone_wrote_into_the_note_outlives_a_retry_and_is_told_once(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await _edited_after_a_failed_attempt(session, psa, on_psa)
    psa.add_fault("silent_no_change", method="PATCH", path=STATUS)
    await session.retry_writeback()
    await session.retry_writeback()
    assert on_psa.texts == [THEIRS]
    assert (await session.row()).status is SessionStatus.RESOLVED
    assert (await session.said(MessageRole.SYSTEM)).count(note_changed_line(TICKET)) == 1


@pytest.mark.parametrize("insists", ["retry", "confirm"])
async def test_a_new_text_replaces_someone_elses_words_only_after_the_engineer_was_told(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, insists: str
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await _edited_after_a_failed_attempt(session, psa, on_psa)
    await session.resolve(EDITED)
    row = await _latest(session)
    assert (row.state, row.step, row.error_code) == (
        WritebackState.FAILED,
        WritebackStep.POST_NOTE,
        "psa_note_edited",
    )
    assert "Someone has changed the note" in (row.error_detail or "")
    assert on_psa.texts == [THEIRS]
    assert (await session.row()).status is SessionStatus.ACTIVE
    await (session.retry_writeback() if insists == "retry" else session.resolve(EDITED))
    assert on_psa.texts == [EDITED]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_new_text_that_the_ticketing_system_does_not_take_is_never_said_to_stand_there(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await _edited_after_a_failed_attempt(session, psa, on_psa)
    await session.resolve(EDITED)
    psa.add_fault("silent_no_change", method="PATCH", path="/notes/", times=2)
    for _ in range(2):
        await session.retry_writeback()
        row = await _latest(session)
        assert (row.state, row.error_code) == (WritebackState.UNVERIFIED, "psa_note_unverified")
        assert on_psa.texts == [THEIRS]
    await session.retry_writeback()
    assert on_psa.texts == [EDITED]


async def test_an_edited_text_that_is_not_taken_is_told(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path=STATUS)
    await session.resolve(NOTE)
    psa.add_fault("silent_no_change", method="PATCH", path="/notes/")
    await session.resolve(EDITED)
    row = await _latest(session)
    assert (row.state, row.error_code) == (WritebackState.UNVERIFIED, "psa_note_unverified")
    assert "still shows the earlier one" in (row.error_detail or "")
    await session.retry_writeback()
    assert on_psa.texts == [EDITED]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_equal_updates_of_two_sessions_on_one_ticket_are_two_notes(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    first, second = [await ticket_sessions.start(ticket_id=TICKET) for _ in range(2)]
    await first.share("We are working on it.")
    psa.add_fault("lost_request", method="POST", path=NOTES)
    await second.share("We are working on it.")
    assert len(on_psa.texts) == 2
    assert (await _latest(first)).note_id != (await _latest(second)).note_id


async def test_equal_time_of_two_sessions_on_one_ticket_is_logged_twice(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    first, second = [ticket_sessions.new() for _ in range(2)]
    for session in (first, second):
        await session.open(ticket=ticket(TICKET, "No print"))
        await session.settled()
    await first.resolve(NOTE, log_minutes=15)
    psa.add_fault("lost_request", method="POST", path="/time/entries$")
    await second.resolve(NOTE, log_minutes=15)
    assert on_psa.logged_minutes == [15, 15]


# --- the ticket is closed meanwhile ---


async def test_a_ticket_that_was_closed_meanwhile_is_not_opened_again_by_resolving(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("ticket_closed", method="POST", path=NOTES)
    await session.resolve(NOTE)
    assert on_psa.status == BOARD_STATUSES["closed"]
    row = await _latest(session)
    assert row.status_transition_skipped_reason == "The ticket is closed already: “Closed” was left as it is."
    assert (row.state, row.observed_status_name) == (WritebackState.DONE, "Closed")
    assert psa.requests("PATCH") == []


async def test_a_ticket_that_is_closed_after_its_status_moved_is_as_good_as_resolved(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("ticket_closed", method="GET", path=STATUS, after=f"PATCH {STATUS}")
    await session.resolve(NOTE)
    assert on_psa.status == BOARD_STATUSES["closed"]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_an_escalation_and_a_status_that_was_asked_for_open_a_closed_ticket_again(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("ticket_closed", method="POST", path=NOTES, times=2)
    await session.escalate(PACKAGE)
    assert on_psa.status == BOARD_STATUSES["escalated"]
    await session.resolve(NOTE, status_id=BOARD_STATUSES["resolved"])
    assert on_psa.status == BOARD_STATUSES["resolved"]


# --- looking is not possible for a while ---


async def test_a_ticketing_system_in_trouble_while_it_is_looked_at_is_waited_for(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("status", method="GET", path=STATUS, after=f"PATCH {STATUS}", status=503, times=6)
    await session.resolve(NOTE)
    assert (await _latest(session)).state is WritebackState.DONE
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_ticketing_system_that_stays_down_is_told_in_its_own_words_and_a_retry_ends_well(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writeback_steps, "_PSA_GIVE_UP", timedelta(seconds=2))
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault(
        "status", method="POST", path=NOTES, status=503, times=None, body={"message": "Maintenance."}
    )
    await session.resolve(NOTE)
    row = await _latest(session)
    assert (row.state, row.step, row.error_code) == (
        WritebackState.FAILED,
        WritebackStep.POST_NOTE,
        "psa_unavailable",
    )
    assert row.error_detail == "Maintenance."
    psa.clear_faults()
    monkeypatch.undo()
    await session.retry_writeback()
    assert on_psa.texts == [NOTE]


async def test_a_look_that_is_answered_404_is_no_proof_that_there_is_no_note(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    """As ConnectWise's cloud answers a key that is not accepted for a while."""
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("lost_answer", method="POST", path=NOTES)
    psa.add_fault("status", method="GET", path=NOTES, status=404)
    await session.resolve(NOTE)
    assert (await _latest(session)).state is WritebackState.FAILED
    await session.retry_writeback()
    assert on_psa.texts == [NOTE]


# --- the same of time ---


@pytest.mark.parametrize("status", [401, 404])
async def test_a_key_that_is_revoked_before_time_is_looked_for_leads_to_no_second_entry(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, status: int
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(auth_failure_status=status)
    psa.add_fault("lost_answer", method="POST", path="/time/entries$")
    psa.add_fault("key_revoked", method="GET", path="/time/entries$")
    await session.resolve(NOTE, log_minutes=15)
    row = await _latest(session)
    assert (row.state, row.step, row.time_error_code) == (
        WritebackState.FAILED,
        WritebackStep.LOG_TIME,
        None,
    )
    psa.configure(key_revoked=False)
    await session.retry_writeback()
    assert on_psa.logged_minutes == [15]
    assert (await session.row()).status is SessionStatus.RESOLVED


@pytest.mark.parametrize(("fault", "logged"), [(None, 15), ("lost_answer", None)])
async def test_a_key_that_may_add_time_and_not_read_it_leads_to_one_entry_and_says_what_is_not_known(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, fault: str | None, logged: int | None
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(denied=["GET /time/entries"])
    if fault is not None:
        psa.add_fault(fault, method="POST", path="/time/entries$")
    await session.resolve(NOTE, log_minutes=15)
    assert on_psa.logged_minutes == [15]
    resource: Any = writeback_resource(await _latest(session))
    assert (resource.logged_minutes, resource.time_error.code) == (logged, "psa_time_unverified")
    assert "cannot be read" in resource.time_error.detail
    assert (await session.row()).status is SessionStatus.RESOLVED
