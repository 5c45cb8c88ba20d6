"""The ticket of a session: linked later or changed, and read again when the ticketing system says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.commands import CommandAck
from domain.conversation import linked_line
from domain.psa import TicketDetail
from domain.vocabulary import EventType, MessageRole, SessionStatus
from infra.database.models import PsaConnection, TicketSnapshot
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.holding import Held
from tests.support.waiting import until
from tests.workflows.conftest import TICKET, Sessions
from tests.workflows.worked_session import WorkedSession, refusal_of, ticket
from workflows.search_attributes import TICKET_REF
from workflows.troubleshooting_session.messages import LinkTicket, TicketChanged

OTHER = "48232"

pytestmark = pytest.mark.usefixtures("quick_retries")


async def _keep(session: WorkedSession, detail: TicketDetail) -> None:
    """Store a ticket as the API does before it sends the link."""
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.merge(
            TicketSnapshot(
                account_id=session.tenant.account_id,
                connection_id=session.tenant.connection_id,
                ticket_id=detail.id,
                document=detail.model_dump(mode="json"),
                fetched_at=datetime.now(UTC),
            )
        )


def _link(session: WorkedSession, ticket_id: str = TICKET, **fields: Any) -> LinkTicket:
    return session.command(
        LinkTicket,
        **{"psa_connection_id": session.tenant.connection_id, "psa_ticket_id": ticket_id, **fields},
    )


async def _linked(session: WorkedSession, ticket_id: str = TICKET, summary: str = "No print") -> CommandAck:
    await _keep(session, ticket(ticket_id, summary))
    return await session.send("link_ticket", _link(session, ticket_id), CommandAck)


@pytest.mark.history("ticket-linked-later")
async def test_a_session_takes_a_ticket_later_and_keeps_its_title(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start()
    before = await session.row()
    await _linked(session)
    after = await session.row()
    assert (after.psa_connection_id, after.psa_ticket_id) == (session.tenant.connection_id, TICKET)
    assert after.ticket is not None
    assert (after.ticket["ref"], after.ticket["summary"]) == (TICKET, "No print")
    assert (after.title, after.problem_summary) == (before.title, before.problem_summary)
    assert after.state_version == before.state_version + 1
    assert await session.said(MessageRole.SYSTEM) == [linked_line(TICKET, "No print", None)]
    (told,) = await session.events(EventType.TICKET_CHANGED)
    assert (told["psa_ticket_id"], told["ticket"]["summary"]) == (TICKET, "No print")
    assert (await session.events(EventType.SESSION_CHANGED))[-1] == {
        "status": "active",
        "state_version": after.state_version,
    }
    assert (await session.snapshot()).snapshot.ticket_ref == TICKET  # type: ignore[union-attr]
    await session.say("and now?")
    context = session.script.contexts[-1].ticket
    assert context is not None
    assert context.ref == TICKET


async def test_operators_find_the_session_by_its_ticket(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start()
    await _linked(session)

    async def found() -> bool:
        description = await session.handle.describe()
        return description.typed_search_attributes.get(TICKET_REF) == TICKET

    await until(found, what="the ticket in the search attributes")


async def test_another_ticket_takes_the_place_of_the_first(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await _linked(session, OTHER, "The other one")
    row = await session.row()
    assert row.psa_ticket_id == OTHER
    assert row.ticket is not None
    assert row.ticket["ref"] == OTHER
    assert (await session.said(MessageRole.SYSTEM))[-1] == linked_line(OTHER, "The other one", TICKET)


async def test_the_same_ticket_again_changes_nothing_and_is_told(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start()
    await _linked(session)
    before, lines = await session.row(), await session.said(MessageRole.SYSTEM)
    await session.send("link_ticket", _link(session), CommandAck)
    after = await session.row()
    assert after.state_version == before.state_version
    assert await session.said(MessageRole.SYSTEM) == lines
    assert len(await session.events(EventType.TICKET_CHANGED)) == 2


async def test_a_repeated_link_has_one_effect_and_one_answer(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start()
    await _keep(session, ticket(TICKET, "No print"))
    command = _link(session)
    first = await session.send("link_ticket", command, CommandAck)
    await _linked(session, OTHER)
    assert await session.send("link_ticket", command, CommandAck, update_id="again") == first
    assert (await session.row()).psa_ticket_id == OTHER


async def test_two_sessions_may_work_on_one_ticket(ticket_sessions: Sessions) -> None:
    first, second = await ticket_sessions.start(ticket_id=TICKET), await ticket_sessions.start()
    await _linked(second)
    assert (await first.row()).psa_ticket_id == (await second.row()).psa_ticket_id == TICKET


async def test_a_ticket_that_was_never_read_cannot_be_linked(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start()
    refused = await refusal_of(session.send("link_ticket", _link(session), CommandAck))
    assert (refused.type, refused.details) == ("ticket_not_found", ("not_found",))
    assert (await session.row()).psa_ticket_id is None


async def test_a_ticket_of_a_connection_that_was_removed_cannot_be_linked(
    ticket_sessions: Sessions,
) -> None:
    session = await ticket_sessions.start()
    await _disconnect(session)
    refused = await refusal_of(_linked(session))
    assert (refused.type, refused.details) == ("psa_connection_gone", ("conflict",))


async def test_a_closed_session_takes_no_ticket(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start()
    await session.change("abandon")
    assert (await refusal_of(_linked(session))).type == "session_closed"


async def test_the_ticket_is_not_changed_while_a_note_is_on_the_way_to_it(
    ticket_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    posting = Held(monkeypatch, ConnectWiseProvider, "post_note")
    resolving = asyncio.create_task(session.resolve())
    await posting.begun()
    assert (await refusal_of(_linked(session, OTHER))).type == "writeback_running"
    posting.release()
    await resolving
    row = await session.row()
    assert (row.psa_ticket_id, row.status) == (TICKET, SessionStatus.RESOLVED)


# --- read again ---


async def _from_psa(sessions: Sessions, psa: SimulatorServer) -> WorkedSession:
    """A session whose ticket was read as it stands in the simulator."""
    session = await sessions.start(ticket_id=TICKET)
    await _signal(session)
    await _heard(session, 1)
    return session


async def _signal(session: WorkedSession, ticket_id: str = TICKET) -> None:
    await session.handle.signal("ticket_changed", TicketChanged(psa_ticket_id=ticket_id))


async def _heard(session: WorkedSession, times: int) -> None:
    async def told() -> bool:
        return len(await session.events(EventType.TICKET_CHANGED)) >= times

    await until(told, what="the changed ticket")


@pytest.mark.history("ticket-refreshed")
async def test_a_note_written_in_the_ticketing_system_is_in_the_next_turns_context(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    before = await session.row()
    psa.write_note(int(TICKET), "It is the tray, says the client.")
    await _signal(session)
    await _heard(session, 2)
    assert (await session.row()).state_version == before.state_version, "no note tells of it"
    await session.say("any news?")
    context = session.script.contexts[-1].ticket
    assert context is not None
    assert "It is the tray, says the client." in [note.text for note in context.notes]
    assert context.description is not None
    assert [device.type for device in context.configurations] == ["Managed Workstation"]
    assert 1 <= len(context.related) <= 5


async def test_what_a_note_tells_of_the_ticket_makes_previews_old_and_its_status_does_not(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    before = (await session.row()).state_version
    psa.change_ticket(int(TICKET), status={"id": 104, "name": "Escalated"})
    await _signal(session)
    await _heard(session, 2)
    row = await session.row()
    assert row.ticket is not None
    assert (row.ticket["status"], row.state_version) == ("Escalated", before)
    psa.change_ticket(int(TICKET), summary="Cannot sign in at all")
    await _signal(session)
    await _heard(session, 3)
    row = await session.row()
    assert row.ticket is not None
    assert (row.ticket["summary"], row.state_version) == ("Cannot sign in at all", before + 1)


async def test_a_ticket_that_reads_as_before_is_not_told(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    before = await session.row()
    await _signal(session)
    await until(lambda: _refreshed(session, 2), what="the ticket to be read")
    assert len(await session.events(EventType.TICKET_CHANGED)) == 1
    assert (await session.row()).last_seq == before.last_seq


async def test_a_change_of_another_ticket_is_none_of_ours(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    psa.forget_requests()
    await _signal(session, OTHER)
    await session.say("next")
    assert psa.requests() == []


async def test_many_changes_at_once_are_read_together(
    ticket_sessions: Sessions, psa: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    reading = Held(monkeypatch, ConnectWiseProvider, "get_ticket")
    await _signal(session)
    await reading.begun()
    for _ in range(5):
        await _signal(session)
    await session.snapshot()  # by now the workflow has heard of all of them
    psa.write_note(int(TICKET), "The last of five")
    reading.release()
    await until(lambda: _holds_note(session, "The last of five"), what="the latest note")
    await until(lambda: _refreshed(session, 3), what="the end of reading")
    assert reading.calls == 2, "one that ran, and one for all that came meanwhile"


@pytest.mark.parametrize("fault", ["lost_answer", "status"])
async def test_a_ticketing_system_in_trouble_is_read_again(
    ticket_sessions: Sessions, psa: SimulatorServer, fault: str
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    psa.write_note(int(TICKET), "Written meanwhile")
    psa.add_fault(fault, method="GET", path=f"/service/tickets/{TICKET}$", status=500)
    await _signal(session)
    await until(lambda: _holds_note(session, "Written meanwhile"), what="the note")


async def test_parts_that_cannot_be_read_this_time_stay_as_they_were_known(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    known = await _known(session)
    assert known.configurations
    psa.configure(denied=[f"GET /service/tickets/{TICKET}/configurations"])
    psa.write_note(int(TICKET), "Written meanwhile")
    await _signal(session)
    await _heard(session, 2)
    now = await _known(session)
    assert now.configurations == known.configurations
    assert now.notes[-1].text == "Written meanwhile"


async def test_a_connection_that_was_removed_costs_only_the_news(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    before = await session.row()
    await _disconnect(session)
    psa.forget_requests()
    await _signal(session)
    await until(lambda: _refreshed(session, 2), what="the refusal")
    await session.say("it goes on")
    assert psa.requests() == []
    assert (await session.row()).ticket == before.ticket
    assert await session.is_running()


async def test_a_ticket_that_is_gone_costs_only_the_news(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _from_psa(ticket_sessions, psa)
    before = await _known(session)
    psa.configure(invisible_tickets=[int(TICKET)])
    await _signal(session)
    await until(lambda: _refreshed(session, 2), what="the refusal")
    await session.say("it goes on")
    assert await _known(session) == before


async def test_a_signal_to_a_session_without_a_ticket_is_ignored(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start()
    await _signal(session)
    await session.say("next")
    assert psa.requests() == []


async def _refreshed(session: WorkedSession, times: int) -> bool:
    """Read so often, and every time to the end."""
    events = (await session.handle.fetch_history()).events
    begun = [
        one.event_id
        for one in events
        if one.activity_task_scheduled_event_attributes.activity_type.name == "refresh_ticket"
    ]
    ended = [
        one
        for one in events
        if one.activity_task_completed_event_attributes.scheduled_event_id in begun
        or one.activity_task_failed_event_attributes.scheduled_event_id in begun
    ]
    return len(ended) == len(begun) == times


async def _known(session: WorkedSession) -> TicketDetail:
    async with session.database.tenant(session.tenant.account_id) as db:
        row = await db.get_one(TicketSnapshot, (session.tenant.connection_id, TICKET))
        return TicketDetail.model_validate(row.document)


async def _holds_note(session: WorkedSession, text: str) -> bool:
    return text in [note.text for note in (await _known(session)).notes]


async def _disconnect(session: WorkedSession) -> None:
    async with session.database.tenant(session.tenant.account_id) as db:
        connection_id: UUID | None = session.tenant.connection_id
        row = (await db.execute(select(PsaConnection).where(PsaConnection.id == connection_id))).scalar_one()
        row.is_active = False
