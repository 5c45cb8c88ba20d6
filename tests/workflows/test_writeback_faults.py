"""Whatever the ticketing system does, there is one note, and the session is closed only when the ticket shows it."""

from __future__ import annotations

import pytest

from domain.vocabulary import SessionStatus, WritebackState, WritebackStep
from infra.database.models import Writeback
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.ticket_on_psa import BOARD_STATUSES, NOTE, TICKET, Ticket
from tests.workflows.worked_session import WorkedSession

EDITED = NOTE + "\n\nAnd the cable was replaced."

pytestmark = pytest.mark.usefixtures("quick_retries")


@pytest.mark.parametrize("fault", ["lost_answer", "lost_request"])
@pytest.mark.parametrize(("method", "path"), [("POST", "notes"), ("PATCH", "tickets")])
async def test_a_line_that_breaks_leaves_one_note_and_the_right_status(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, fault: str, method: str, path: str
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault(fault, method=method, path=path)
    await session.resolve(NOTE)
    assert on_psa.texts == [NOTE]
    assert on_psa.status == BOARD_STATUSES["resolved"]
    assert (await session.row()).status is SessionStatus.RESOLVED


@pytest.mark.history("answers-lost")
async def test_a_note_whose_answers_are_lost_again_and_again_is_there_once(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("lost_answer", method="POST", path="notes", times=2)
    psa.add_fault("lost_request", method="GET", path="[nN]otes")
    await session.resolve(NOTE)
    assert on_psa.texts == [NOTE]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, {"code": "Error", "message": "Something broke."}, {}),
        (502, "<html><body>Bad Gateway</body></html>", {}),
        (429, {"message": "Too many requests."}, {"Retry-After": "1"}),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "notes"), ("PATCH", "tickets")])
async def test_a_ticketing_system_in_trouble_is_tried_again(
    ticket_sessions: Sessions,
    psa: SimulatorServer,
    on_psa: Ticket,
    status: int,
    body: object,
    headers: dict[str, str],
    method: str,
    path: str,
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("status", method=method, path=path, status=status, body=body, headers=headers)
    await session.resolve(NOTE)
    assert len(psa.requests(method, "tickets")) == 2
    assert on_psa.texts == [NOTE]
    assert (await session.row()).status is SessionStatus.RESOLVED


@pytest.mark.history("unverified-then-resolved")
async def test_a_status_that_did_not_move_is_told_and_confirming_again_updates_the_same_note(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    await session.resolve(NOTE)
    first = await _latest(session)
    assert (first.state, first.step) == (WritebackState.UNVERIFIED, WritebackStep.VERIFY)
    assert (first.expected_status_name, first.observed_status_name) == ("Resolved", "In Progress")
    assert first.error_code == "psa_status_unverified"
    assert first.error_detail is not None
    assert "still shows “In Progress” instead of “Resolved”" in first.error_detail
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert on_psa.texts == [NOTE]

    await session.resolve(EDITED)
    assert on_psa.texts == [EDITED]
    assert on_psa.status == BOARD_STATUSES["resolved"]
    assert (await session.row()).status is SessionStatus.RESOLVED
    second = await _latest(session)
    assert (second.number, second.state, second.note_id) == (2, WritebackState.DONE, first.note_id)


@pytest.mark.history("status-moved-back")
async def test_a_rule_that_moves_the_status_back_is_told(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("revert_status", method="PATCH", path="tickets")
    await session.resolve(NOTE)
    assert (await _latest(session)).state is WritebackState.UNVERIFIED
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert on_psa.status == BOARD_STATUSES["in_progress"]


@pytest.mark.history("note-not-shown")
async def test_a_note_that_was_accepted_and_is_not_there_is_told_and_posted_by_confirming_again(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="POST", path="notes")
    await session.resolve(NOTE)
    first = await _latest(session)
    assert (first.state, first.error_code) == (WritebackState.UNVERIFIED, "psa_note_unverified")
    assert on_psa.texts == []
    await session.resolve(NOTE)
    assert on_psa.texts == [NOTE]
    assert (await session.row()).status is SessionStatus.RESOLVED


@pytest.mark.history("refused-then-resolved")
async def test_a_refusal_is_told_in_the_ticketing_systems_own_words_and_the_note_is_not_posted_again(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.require_on_close("subType")
    await session.resolve(NOTE)
    first = await _latest(session)
    assert (first.state, first.step, first.error_code) == (
        WritebackState.FAILED,
        WritebackStep.SET_STATUS,
        "psa_rejected",
    )
    assert first.error_detail is not None
    assert "The subType field is required" in first.error_detail
    assert len(psa.requests("PATCH")) == 1, "a refusal is final"
    assert (await session.row()).status is SessionStatus.ACTIVE
    assert on_psa.texts == [NOTE]

    psa.configure(required_on_close=[])
    await session.resolve(NOTE)
    assert on_psa.texts == [NOTE]
    assert len(psa.requests("POST", "notes")) == 1
    assert (await session.row()).status is SessionStatus.RESOLVED


@pytest.mark.history("note-forbidden")
async def test_a_key_that_may_not_write_notes_is_told_and_nothing_else_is_done(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(denied=["POST /service/tickets"])
    await session.resolve(NOTE)
    writeback = await _latest(session)
    assert (writeback.state, writeback.step) == (WritebackState.FAILED, WritebackStep.POST_NOTE)
    assert writeback.error_code == "psa_credentials_rejected"
    assert on_psa.texts == []
    assert on_psa.status == BOARD_STATUSES["in_progress"]
    assert psa.requests("PATCH") == []


async def test_a_note_that_someone_deleted_is_posted_again_by_confirming_again(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    await session.resolve(NOTE)
    psa.simulator.store.delete("notes", on_psa.new_notes[0]["id"])
    await session.resolve(EDITED)
    assert on_psa.texts == [EDITED]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def _latest(session: WorkedSession) -> Writeback:
    return (await session.rows(Writeback))[-1]
