"""Whatever is written to a ticketing system is in the audit log once, however often its step had to run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.psa import UNANSWERED
from infra.database.models import AuditEntry
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.test_spin_off import CREATE, _beside_ticket, _spin_off, _spin_offs
from tests.workflows.test_time_entries import begun_ago
from tests.workflows.ticket_on_psa import NOTE, TICKET, Ticket, configure
from tests.workflows.worked_session import WorkedSession
from workflows.ticket_writeback import steps as writeback_steps
from workflows.troubleshooting_session import steps as session_steps

pytestmark = pytest.mark.usefixtures("quick_retries")


@pytest.fixture
def give_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ticketing system that does not answer is tried for two seconds."""
    for module in (writeback_steps, session_steps):
        monkeypatch.setattr(module, "_PSA_GIVE_UP", timedelta(seconds=2))


EDITED = NOTE + "\n\nAnd the cable was replaced."


async def entries(session: WorkedSession) -> list[AuditEntry]:
    """Entries of the session's account, in the order in which they were made."""
    async with session.database.tenant(session.tenant.account_id) as db:
        rows = await db.execute(select(AuditEntry).order_by(AuditEntry.created_at))
        return list(rows.scalars())


@pytest.mark.parametrize("fault", [None, "lost_answer", "lost_request"])
async def test_note_time_and_status_are_recorded_once_each_with_who_confirmed_them(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, fault: str | None
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_time_entry=True)
    await begun_ago(session, 20)
    if fault is not None:
        for method, path in (("POST", "notes"), ("POST", "time"), ("PATCH", "tickets")):
            psa.add_fault(fault, method=method, path=path)
    await session.resolve(NOTE)
    told = await entries(session)
    assert [one.action for one in told] == [
        "ticket.note_posted",
        "ticket.time_logged",
        "ticket.status_changed",
    ]
    assert {(one.target_type, one.target_id, one.actor_id) for one in told} == {
        ("ticket", TICKET, session.tenant.user_id())
    }
    note, time, status = (one.after or {} for one in told)
    assert note["note_id"] == str(on_psa.new_notes[0]["id"])
    assert time["minutes"] == 30
    assert status["to"] == "Resolved"
    assert all(one["session_id"] == str(session.id) for one in (note, time, status))
    assert "Printed nothing" not in str([one.after for one in told]), (
        "the log tells of notes, not what they say"
    )


async def test_a_note_that_was_corrected_is_recorded_as_updated(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    await session.resolve(NOTE)
    await session.resolve(EDITED)
    assert on_psa.texts == [EDITED]
    assert [one.action for one in await entries(session)] == [
        "ticket.note_posted",
        "ticket.status_changed",
        "ticket.note_updated",
        "ticket.status_changed",
    ]


@pytest.mark.parametrize("fault", [None, "lost_answer"])
async def test_a_second_ticket_is_recorded_once(
    ticket_sessions: Sessions, psa: SimulatorServer, fault: str | None
) -> None:
    session = await _beside_ticket(ticket_sessions)
    if fault is not None:
        psa.add_fault(fault, method="POST", path=CREATE)
    await _spin_off(session)
    (told,) = await entries(session)
    assert (told.action, told.actor_id) == ("ticket.created", session.tenant.user_id())
    assert (told.after or {})["parent_ticket_id"] == TICKET


async def test_what_the_ticketing_system_refused_is_not_recorded_as_written(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("status", method="POST", path="notes", status=400, body={"message": "No."})
    await session.resolve(NOTE)
    assert await entries(session) == []


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "notes", "ticket.note_unconfirmed"),
        ("POST", "time", "ticket.time_unconfirmed"),
        ("PATCH", "tickets", "ticket.status_unconfirmed"),
    ],
)
async def test_a_write_that_was_never_answered_is_recorded_as_unconfirmed(
    ticket_sessions: Sessions, psa: SimulatorServer, give_up_soon: None, method: str, path: str, action: str
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_time_entry=True)
    await begun_ago(session, 20)
    psa.add_fault("lost_request", method=method, path=path, times=None)
    await session.resolve(NOTE)
    last = (await entries(session))[-1]
    assert (last.action, last.target_id, last.actor_id) == (action, TICKET, session.tenant.user_id())
    assert (last.after or {})["error_code"] in UNANSWERED
    psa.clear_faults()
    await session.retry_writeback()
    told = [one.action for one in await entries(session)]
    assert told.count(action) == 1
    assert told[-1] == "ticket.status_changed"


async def test_a_second_ticket_that_was_never_answered_is_recorded_as_unconfirmed(
    ticket_sessions: Sessions, psa: SimulatorServer, give_up_soon: None
) -> None:
    session = await _beside_ticket(ticket_sessions)
    psa.add_fault("lost_request", method="POST", path=CREATE, times=None)
    await _spin_off(session)
    (spin_off,) = await _spin_offs(session)
    (told,) = await entries(session)
    assert (told.action, told.target_id) == (
        "ticket.creation_unconfirmed",
        f"resolutionflow/{spin_off.id}",
    )
