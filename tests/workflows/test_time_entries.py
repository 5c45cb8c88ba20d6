"""The time worked is on the ticket once, in whole steps, and never costs the note."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from domain.conversation import time_refused_line
from domain.vocabulary import EventType, MessageRole, SessionStatus, WritebackState
from infra.database.models import MemberMapping, Session, SessionEvent, Writeback
from infra.database.resources import writeback_resource
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.ticket_on_psa import BOARD_STATUSES, NOTE, PACKAGE, TICKET, Ticket, configure
from tests.workflows.worked_session import WorkedSession

EDITED = NOTE + "\n\nAnd the cable was replaced."


async def begun_ago(session: WorkedSession, minutes: float) -> None:
    """Let everything of the session have happened so much earlier."""
    earlier = timedelta(minutes=minutes)
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(
            update(Session).where(Session.id == session.id).values(created_at=Session.created_at - earlier)
        )
        await db.execute(
            update(SessionEvent)
            .where(SessionEvent.session_id == session.id)
            .values(created_at=SessionEvent.created_at - earlier)
        )


async def latest(session: WorkedSession) -> Writeback:
    return (await session.rows(Writeback))[-1]


@pytest.mark.history("resolved-with-time-entry")
async def test_the_time_worked_is_logged_for_the_engineer_before_the_ticket_is_closed(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_time_entry=True)
    await begun_ago(session, 20)
    await session.resolve(NOTE)
    assert on_psa.logged_minutes == [30]
    (entry,) = on_psa.new_time
    assert entry["member"]["identifier"] == "mreyes"
    assert "Printed nothing." in (entry["internalNotes"] or entry["notes"])
    assert on_psa.status == BOARD_STATUSES["resolved"]
    paths = [request.path for request in psa.requests() if request.method in ("POST", "PATCH")]
    assert ["notes" in path or "time" in path for path in paths] == [True, True, False]
    assert [one["step"] for one in await session.events(EventType.WRITEBACK_PROGRESS)] == [
        "post_note",
        "log_time",
        "set_status",
        "verify",
        "record",
    ]
    assert writeback_resource(await latest(session)).logged_minutes == 30


@pytest.mark.parametrize(
    ("rounding", "minutes"), [("15min", [15]), ("30min", [30]), ("exact", [8]), ("none", [])]
)
async def test_the_time_is_rounded_as_the_account_wants_it(
    ticket_sessions: Sessions, on_psa: Ticket, rounding: str, minutes: list[int]
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_time_entry=True, time_rounding=rounding)
    await begun_ago(session, 7)
    await session.resolve(NOTE)
    assert on_psa.logged_minutes == minutes


@pytest.mark.parametrize("auto", [True, False])
@pytest.mark.parametrize(("asked", "minutes"), [(0, []), (42, [42])])
async def test_what_the_engineer_asks_for_counts(
    ticket_sessions: Sessions, on_psa: Ticket, auto: bool, asked: int, minutes: list[int]
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_time_entry=auto)
    await session.resolve(NOTE, log_minutes=asked)
    assert on_psa.logged_minutes == minutes
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_no_time_is_logged_unless_the_account_wants_it_and_never_for_an_update(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.escalate(PACKAGE)
    await configure(session, auto_time_entry=True)
    await session.share("We are working on it.")
    assert on_psa.new_time == []


async def test_an_engineer_whom_nobody_mapped_logs_as_the_keys_own_member(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(delete(MemberMapping))
    await session.resolve(NOTE, log_minutes=15)
    (entry,) = on_psa.new_time
    assert entry["member"]["identifier"] != "mreyes"


@pytest.mark.history("resolved-from-paused")
async def test_a_pause_is_no_time_worked_and_a_paused_session_is_resolved(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_time_entry=True, time_rounding="exact")
    await begun_ago(session, 10)
    await session.change("pause")
    await begun_ago(session, 100)
    await session.resolve(NOTE)
    assert on_psa.logged_minutes in ([10], [11])
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_a_pause_for_inactivity_counts_to_the_last_thing_that_was_done(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET, inactivity_seconds=1.0)
    await configure(session, auto_time_entry=True, time_rounding="exact")
    await session.until(lambda view: view.snapshot is not None and view.snapshot.status == "paused")
    pause = (await session.rows(SessionEvent))[-1]
    assert pause.type is EventType.SESSION_CHANGED
    async with session.database.tenant(session.tenant.account_id) as db:
        an_hour_later = pause.created_at + timedelta(hours=1)
        await db.execute(
            update(SessionEvent)
            .where(SessionEvent.session_id == session.id, SessionEvent.seq == pause.seq)
            .values(created_at=an_hour_later)
        )
    await session.resolve(NOTE)
    assert on_psa.logged_minutes == [1]


async def test_time_that_is_on_the_ticket_is_not_logged_again_by_the_next_ending(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, auto_time_entry=True, time_rounding="exact")
    await begun_ago(session, 30)
    await session.escalate(PACKAGE)
    assert on_psa.logged_minutes in ([30], [31])
    await session.resolve(NOTE)
    assert on_psa.logged_minutes[1:] == [1]


# --- whatever the ticketing system does ---

faults = pytest.mark.usefixtures("quick_retries")


@faults
@pytest.mark.parametrize("fault", ["lost_answer", "lost_request"])
async def test_a_line_that_breaks_leaves_one_entry(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, fault: str
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault(fault, method="POST", path="time/entries")
    await session.resolve(NOTE, log_minutes=25)
    assert on_psa.logged_minutes == [25]
    assert on_psa.texts == [NOTE]
    assert (await session.row()).status is SessionStatus.RESOLVED


@faults
async def test_an_entry_that_an_agreement_rounds_is_found_again_and_told_as_it_stands(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(hours_rounded_to=0.25)
    psa.add_fault("lost_answer", method="POST", path="time/entries")
    await session.resolve(NOTE, log_minutes=20)
    assert on_psa.logged_minutes == [30]
    assert writeback_resource(await latest(session)).logged_minutes == 30


@faults
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"default_work_role_fits": False}, "Work Role is not valid"),
        ({"denied": ["POST /time/entries"]}, "security permission"),
    ],
)
async def test_a_refused_entry_costs_neither_the_note_nor_the_status_and_is_told(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket, behaviour: dict[str, Any], words: str
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(**behaviour)
    await session.resolve(NOTE, log_minutes=25)
    assert (on_psa.texts, on_psa.new_time) == ([NOTE], [])
    assert on_psa.status == BOARD_STATUSES["resolved"]
    assert (await session.row()).status is SessionStatus.RESOLVED
    row = await latest(session)
    assert (row.state, row.error_code) == (WritebackState.DONE, None)
    resource = writeback_resource(row)
    assert resource.logged_minutes is None
    assert resource.time_error is not None
    assert words in resource.time_error.detail
    assert time_refused_line(resource.time_error.detail) in await session.said(MessageRole.SYSTEM)
    assert len(psa.requests("POST", "time/entries")) == 1, "a refusal is final"


@faults
async def test_an_entry_that_was_accepted_and_is_not_there_is_told(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="POST", path="time/entries")
    await session.resolve(NOTE, log_minutes=25)
    resource = writeback_resource(await latest(session))
    assert (resource.logged_minutes, on_psa.new_time) == (None, [])
    assert resource.time_error is not None
    assert resource.time_error.code == "psa_time_unverified"
    assert (await session.row()).status is SessionStatus.RESOLVED


async def unverified(session: WorkedSession, psa: SimulatorServer, **fields: Any) -> None:
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    await session.resolve(NOTE, **fields)
    assert (await latest(session)).state is WritebackState.UNVERIFIED


@faults
async def test_neither_a_retry_nor_another_confirm_logs_the_time_again(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    for go_on in ("retry", "confirm", "confirm with other minutes"):
        session = await ticket_sessions.start(ticket_id=TICKET)
        before = len(on_psa.new_time)
        await session.share("Begin", status_id=BOARD_STATUSES["in_progress"])
        await unverified(session, psa, log_minutes=25)
        if go_on == "retry":
            await session.retry_writeback()
        else:
            await session.resolve(EDITED, **({} if go_on == "confirm" else {"log_minutes": 40}))
        assert on_psa.logged_minutes[before:] == [25], go_on
        assert (await session.row()).status is SessionStatus.RESOLVED
        assert writeback_resource(await latest(session)).logged_minutes == 25


@faults
async def test_an_entry_whose_answer_was_lost_for_good_is_found_by_the_next_confirm(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await lost_for_good(session, psa)
    assert on_psa.logged_minutes == [25]
    await session.resolve(EDITED, log_minutes=40)
    assert on_psa.logged_minutes == [25]
    assert (await session.row()).status is SessionStatus.RESOLVED


@faults
async def test_who_wants_no_entry_after_a_lost_one_gets_no_second_one(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await lost_for_good(session, psa)
    await session.resolve(EDITED, log_minutes=0)
    assert on_psa.logged_minutes == [25]


async def lost_for_good(session: WorkedSession, psa: SimulatorServer) -> None:
    """The entry is made, nobody hears of it, and the step is ended by an operator's hand."""
    psa.add_fault("lost_answer", method="POST", path="time/entries")
    await session.resolve(NOTE, log_minutes=25)
    row = await latest(session)
    assert row.state is WritebackState.DONE
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(
            update(Writeback)
            .where(Writeback.id == row.id)
            .values(state="failed", time_entry_id=None, error_code="terminated", error_detail="Ended.")
        )
        await db.execute(
            update(Session).where(Session.id == session.id).values(status="active", closed_at=None)
        )
    await session.handle.terminate("lost")


@faults
async def test_a_refused_entry_is_tried_again_by_the_retry_of_the_rest(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.configure(default_work_role_fits=False)
    await unverified(session, psa, log_minutes=25)
    psa.configure(default_work_role_fits=True)
    await session.retry_writeback()
    assert on_psa.logged_minutes == [25]
    resource = writeback_resource(await latest(session))
    assert (resource.logged_minutes, resource.time_error) == (25, None)
