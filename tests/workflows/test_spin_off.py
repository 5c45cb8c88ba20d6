"""A second ticket is created once, whatever the ticketing system or a worker does meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain.commands import CommandAck
from domain.conversation import spun_off_line
from domain.vocabulary import EventType, MessageRole, SpinOffState
from infra.database.models import PsaConnection, SpinOffTicket, TicketSnapshot
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import running_worker
from tests.support.holding import Held
from tests.workflows.conftest import TICKET, Sessions
from tests.workflows.test_worker_death import doomed_worker
from tests.workflows.worked_session import WorkedSession, refusal_of, ticket
from workflows.troubleshooting_session import messages

COMPANY = 254
SUMMARY = "The scanner is broken too"
CREATE = r"/service/tickets$"

pytestmark = pytest.mark.usefixtures("quick_retries")


def _ask(session: WorkedSession, **fields: Any) -> messages.SpinOffTicket:
    return session.command(
        messages.SpinOffTicket, **{"summary": SUMMARY, "description": "It scans nothing.", **fields}
    )


async def _spin_off(session: WorkedSession, **fields: Any) -> CommandAck:
    return await session.send("spin_off_ticket", _ask(session, **fields), CommandAck)


async def _spin_offs(session: WorkedSession) -> list[SpinOffTicket]:
    async with session.database.tenant(session.tenant.account_id) as db:
        found = await db.execute(
            select(SpinOffTicket)
            .where(SpinOffTicket.session_id == session.id)
            .order_by(SpinOffTicket.created_at)
        )
        return list(found.scalars())


def _created(psa: SimulatorServer, summary: str = SUMMARY) -> list[dict[str, Any]]:
    return [one for one in psa.simulator.store.all("tickets") if one["summary"] == summary]


async def _beside_ticket(sessions: Sessions) -> WorkedSession:
    """A session on a ticket of that company, on the Help Desk board."""
    session = await sessions.start(ticket_id=TICKET)
    async with session.database.tenant(session.tenant.account_id) as db:
        row = await db.get_one(TicketSnapshot, (session.tenant.connection_id, TICKET))
        row.document = row.document | {"company_id": COMPANY}
    return session


@pytest.mark.history("second-ticket")
async def test_a_second_ticket_stands_beside_the_first_with_its_board_and_company(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _beside_ticket(ticket_sessions)
    before = await session.row()
    ack = await _spin_off(session)
    (created,) = _created(psa)
    assert (created["company"]["id"], created["board"]["id"]) == (COMPANY, 1)
    assert [note["text"] for note in psa.notes(created["id"])] == ["It scans nothing."]
    (row,) = await _spin_offs(session)
    assert (row.id, row.state, row.ticket_id) == (ack.entity_id, SpinOffState.DONE, str(created["id"]))
    assert row.parent_ticket_id == TICKET
    assert (await session.said(MessageRole.SYSTEM))[-1] == spun_off_line(str(created["id"]), SUMMARY)
    told = [one["spin_off"] for one in await session.events(EventType.TICKET_SPUN_OFF)]
    assert [one["state"] for one in told] == ["running", "done"]
    assert told[-1]["ticket_id"] == str(created["id"])
    after = await session.row()
    assert after.state_version == before.state_version, "no note tells of another ticket"
    assert after.psa_ticket_id == TICKET


async def test_without_a_ticket_the_named_board_and_company_are_taken(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await ticket_sessions.start()
    await _spin_off(session, board_id=3, company_id=251)
    (created,) = _created(psa)
    assert (created["company"]["id"], created["board"]["id"]) == (251, 3)


async def test_a_repeated_request_creates_no_second_ticket(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _beside_ticket(ticket_sessions)
    command = _ask(session)
    first = await session.send("spin_off_ticket", command, CommandAck)
    again = await session.send("spin_off_ticket", command, CommandAck, update_id="again")
    assert first == again
    assert len(_created(psa)) == 1
    assert len(await _spin_offs(session)) == 1


async def test_the_same_name_may_be_given_to_another_ticket_once_the_first_is_there(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _beside_ticket(ticket_sessions)
    await _spin_off(session)
    await _spin_off(session)
    assert len(_created(psa)) == 2
    assert len({row.ticket_id for row in await _spin_offs(session)}) == 2


@pytest.mark.parametrize("fault", ["lost_answer", "lost_request"])
async def test_a_line_that_breaks_leaves_one_ticket(
    ticket_sessions: Sessions, psa: SimulatorServer, fault: str
) -> None:
    session = await _beside_ticket(ticket_sessions)
    psa.add_fault(fault, method="POST", path=CREATE, times=2)
    await _spin_off(session)
    (created,) = _created(psa)
    (row,) = await _spin_offs(session)
    assert (row.state, row.ticket_id) == (SpinOffState.DONE, str(created["id"]))


async def test_a_ticket_that_carries_no_reference_is_found_by_what_it_says(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    """As where a rule of the PSA clears the field."""
    session = await _beside_ticket(ticket_sessions)
    psa.add_fault("lost_answer", method="POST", path=CREATE)
    psa.add_fault("status", method="GET", path=CREATE, status=500)
    asking = asyncio.create_task(_spin_off(session))
    await psa.request_arrived("GET", "/service/tickets")
    (created,) = _created(psa)
    psa.change_ticket(created["id"], externalXRef=None)
    await asking
    assert len(_created(psa)) == 1
    (row,) = await _spin_offs(session)
    assert row.ticket_id == str(created["id"])


@pytest.mark.parametrize(
    ("status", "headers"), [(500, {}), (429, {"Retry-After": "1"}), (503, {"Retry-After": "0"})]
)
async def test_a_ticketing_system_in_trouble_is_tried_again(
    ticket_sessions: Sessions, psa: SimulatorServer, status: int, headers: dict[str, str]
) -> None:
    session = await _beside_ticket(ticket_sessions)
    psa.add_fault("status", method="POST", path=CREATE, status=status, headers=headers)
    await _spin_off(session)
    assert len(_created(psa)) == 1


async def test_a_refusal_is_told_in_the_ticketing_systems_words_and_is_final(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _beside_ticket(ticket_sessions)
    await _spin_off(session, board_id=77)
    (row,) = await _spin_offs(session)
    assert (row.state, row.error_code, row.ticket_id) == (SpinOffState.FAILED, "psa_rejected", None)
    assert row.error_detail is not None
    assert "Service Board 77 not found" in row.error_detail
    assert len(psa.requests("POST", "/service/tickets")) == 1
    told = [one["spin_off"] for one in await session.events(EventType.TICKET_SPUN_OFF)]
    assert told[-1]["state"] == "failed"
    assert told[-1]["error"] == {"code": "psa_rejected", "detail": row.error_detail}
    assert await session.is_running()


async def test_a_second_click_after_a_failure_finds_what_the_first_had_created(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    """The first gave up without an answer; the ticket was there. The words may have been edited since."""
    session = await _beside_ticket(ticket_sessions)
    psa.add_fault("lost_answer", method="POST", path=CREATE)
    psa.add_fault("status", method="GET", path=CREATE, status=403, body={"message": "Not now."})
    await _spin_off(session)
    (failed,) = await _spin_offs(session)
    assert failed.state is SpinOffState.FAILED
    await _spin_off(session, summary=SUMMARY.upper(), description="It scans nothing at all.")
    assert len(_created(psa)) + len(_created(psa, SUMMARY.upper())) == 1
    _, second = await _spin_offs(session)
    assert (second.state, second.ticket_id) == (SpinOffState.DONE, str(_created(psa)[0]["id"]))


async def test_a_second_click_after_a_refusal_creates_the_ticket(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _beside_ticket(ticket_sessions)
    await _spin_off(session, board_id=77)
    await _spin_off(session)
    assert len(_created(psa)) == 1


async def test_a_double_click_creates_one_ticket(
    ticket_sessions: Sessions, psa: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await _beside_ticket(ticket_sessions)
    creating = Held(monkeypatch, ConnectWiseProvider, "create_ticket")
    first = asyncio.create_task(_spin_off(session))
    await creating.begun()
    refused = await refusal_of(_spin_off(session, summary=f"  {SUMMARY.lower()} "))
    assert (refused.type, refused.details) == ("spin_off_running", ("conflict",))
    creating.release()
    await first
    assert len(_created(psa)) == 1


async def test_the_session_goes_on_while_a_second_ticket_is_being_created(
    ticket_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await _beside_ticket(ticket_sessions)
    creating = Held(monkeypatch, ConnectWiseProvider, "create_ticket")
    asking = asyncio.create_task(_spin_off(session))
    await creating.begun()
    await session.say("meanwhile")
    assert [row.state for row in await _spin_offs(session)] == [SpinOffState.RUNNING]
    creating.release()
    await asking
    assert [row.state for row in await _spin_offs(session)] == [SpinOffState.DONE]


async def test_another_worker_finds_the_ticket_that_a_killed_one_had_created(
    second_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = second_sessions.new()
    settings, pilot = second_sessions.application.settings, second_sessions.pilot
    async with doomed_worker(session) as doomed:
        await session.open(ticket=ticket(TICKET, "The printer prints nothing"))
        psa.add_fault("slow", method="POST", path=CREATE, seconds=30)
        asking = asyncio.create_task(_spin_off(session, company_id=COMPANY))
        await psa.request_arrived("POST", "/service/tickets")
        doomed.kill()
        await doomed.wait()
        async with running_worker(session.temporal, settings, pilot):
            await asyncio.wait_for(asking, 80)
            await session.settled(within=80)
    (created,) = _created(psa)
    (row,) = await _spin_offs(session)
    assert (row.state, row.ticket_id) == (SpinOffState.DONE, str(created["id"]))
    assert len(await session.events(EventType.TICKET_SPUN_OFF)) == 2


@pytest.mark.parametrize(
    ("named", "code"), [({"company_id": COMPANY}, "board_required"), ({"board_id": 1}, "company_required")]
)
async def test_without_a_ticket_board_and_company_must_be_named(
    ticket_sessions: Sessions, named: dict[str, int], code: str
) -> None:
    session = await ticket_sessions.start()
    refused = await refusal_of(_spin_off(session, **named))
    assert (refused.type, refused.details) == (code, ("unprocessable",))
    assert await _spin_offs(session) == []


async def test_without_a_ticketing_system_there_is_nowhere_to_create_it(sessions: Sessions) -> None:
    session = await sessions.start()
    refused = await refusal_of(_spin_off(session, board_id=1, company_id=COMPANY))
    assert (refused.type, refused.details) == ("psa_not_connected", ("conflict",))


async def test_a_connection_that_was_removed_creates_nothing(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _beside_ticket(ticket_sessions)
    async with session.database.tenant(session.tenant.account_id) as db:
        row = await db.get_one(PsaConnection, session.tenant.connection_id)
        row.is_active = False
    assert (await refusal_of(_spin_off(session))).type == "psa_connection_gone"
    assert psa.requests() == []


async def test_a_closed_session_takes_no_second_ticket(ticket_sessions: Sessions) -> None:
    session = await _beside_ticket(ticket_sessions)
    await session.change("abandon")
    assert (await refusal_of(_spin_off(session))).type == "session_closed"


async def test_one_that_was_forgotten_with_its_workflow_stands_in_nobodys_way(
    ticket_sessions: Sessions, psa: SimulatorServer
) -> None:
    session = await _beside_ticket(ticket_sessions)
    async with session.database.tenant(session.tenant.account_id) as db:
        db.add(
            SpinOffTicket(
                id=uuid4(),
                account_id=session.tenant.account_id,
                session_id=session.id,
                connection_id=session.tenant.connection_id,
                summary=SUMMARY,
                company_id=COMPANY,
                state=SpinOffState.RUNNING,
                created_by=session.tenant.user_id(),
                created_at=datetime.now(UTC) - timedelta(hours=1),
            )
        )
    await _spin_off(session)
    assert len(_created(psa)) == 1
    forgotten, asked = await _spin_offs(session)
    assert (forgotten.state, forgotten.error_code) == (SpinOffState.FAILED, "interrupted")
    assert asked.state is SpinOffState.DONE


async def test_a_connection_that_is_not_there_is_not_found(ticket_sessions: Sessions) -> None:
    session = await ticket_sessions.start()
    refused = await refusal_of(_spin_off(session, board_id=1, company_id=COMPANY, psa_connection_id=uuid4()))
    assert (refused.type, refused.details) == ("connection_not_found", ("not_found",))
