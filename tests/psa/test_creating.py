"""A new ticket opens as it was meant to, and one that an attempt without an answer created is found again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.psa import NewTicket, PsaCredentialsRejected, PsaRejected, PsaUnavailable
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer

SINCE = datetime.now(UTC) - timedelta(minutes=10)
NEW = NewTicket(
    summary='The "new" scanner [2nd floor] & co. scans nothing',
    description="Since this morning.\n\nIt hums.",
    reference="ours/1",
    board_id=3,
    company_id=254,
)


def _changed(**changes: Any) -> NewTicket:
    return NEW.model_copy(update=changes)


async def test_a_ticket_opens_on_its_board_for_its_company_with_its_text(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    created = await psa.create_ticket(NEW)
    assert (created.summary, created.board_id, created.status) == (NEW.summary, 3, "New")
    record = simulator.ticket(int(created.id))
    assert (record["company"]["id"], record["externalXRef"]) == (254, "ours/1")
    ticket = await psa.get_ticket(created.id)
    assert ticket.description == NEW.description
    assert not created.is_closed


async def test_without_a_board_the_psa_takes_its_own(psa: ConnectWiseProvider) -> None:
    assert (await psa.create_ticket(_changed(board_id=None))).board == "Help Desk"


async def test_a_psa_without_a_board_of_its_own_asks_for_one(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(default_board=None)
    with pytest.raises(PsaRejected, match="The board field is required"):
        await psa.create_ticket(_changed(board_id=None))


async def test_a_ticket_without_a_text_has_no_note(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    created = await psa.create_ticket(_changed(description="  "))
    assert simulator.notes(int(created.id)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [({"board_id": 77}, "Service Board 77 not found"), ({"company_id": 7}, "Company 7 not found")],
)
async def test_a_board_or_company_that_is_not_there_is_refused_in_the_psas_words(
    psa: ConnectWiseProvider, change: dict[str, int], words: str
) -> None:
    with pytest.raises(PsaRejected, match=words):
        await psa.create_ticket(_changed(**change))


async def test_a_key_that_may_not_create_tickets_is_told_so(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(denied=["POST /service/tickets"])
    with pytest.raises(PsaCredentialsRejected, match="You do not have security permission"):
        await psa.create_ticket(NEW)


async def test_a_ticket_whose_answer_was_lost_is_found_by_its_reference(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("lost_answer", method="POST", path="/service/tickets$")
    with pytest.raises(PsaUnavailable) as caught:
        await psa.create_ticket(NEW)
    assert caught.value.effect_unknown
    found = await psa.find_created_ticket(NEW, SINCE)
    assert found is not None
    assert simulator.ticket(int(found.id))["externalXRef"] == "ours/1"


async def test_nothing_is_found_where_nothing_was_created(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("lost_request", method="POST", path="/service/tickets$")
    with pytest.raises(PsaUnavailable):
        await psa.create_ticket(NEW)
    assert await psa.find_created_ticket(NEW, SINCE) is None


async def test_a_ticket_with_another_reference_is_another_ticket(psa: ConnectWiseProvider) -> None:
    await psa.create_ticket(_changed(reference="ours/2"))
    assert await psa.find_created_ticket(NEW, SINCE) is None
    mine = await psa.create_ticket(NEW)
    found = await psa.find_created_ticket(NEW, SINCE)
    assert found is not None
    assert found.id == mine.id


async def test_a_ticket_that_lost_its_reference_is_found_by_what_it_says(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    created = await psa.create_ticket(NEW)
    simulator.change_ticket(int(created.id), externalXRef=None)
    (note,) = simulator.notes(int(created.id))
    stored_otherwise = "Since this morning.  It hums."
    simulator.simulator.store.save("notes", {**note, "text": stored_otherwise})
    found = await psa.find_created_ticket(NEW, SINCE)
    assert found is not None
    assert found.id == created.id


@pytest.mark.parametrize(
    "other",
    [
        {"summary": NEW.summary + " today"},
        {"company_id": 251},
        {"description": "Something else."},
        {"description": None},
    ],
)
async def test_a_ticket_without_a_reference_that_says_something_else_is_not_ours(
    psa: ConnectWiseProvider, other: dict[str, Any]
) -> None:
    await psa.create_ticket(_changed(reference=None, **other))
    assert await psa.find_created_ticket(NEW, SINCE) is None


async def test_a_ticket_from_before_the_attempt_is_not_ours(psa: ConnectWiseProvider) -> None:
    await psa.create_ticket(NEW)
    assert await psa.find_created_ticket(NEW, datetime.now(UTC) + timedelta(minutes=1)) is None


async def test_a_key_that_may_not_read_notes_goes_by_the_summary(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    created = await psa.create_ticket(_changed(reference=None))
    simulator.configure(denied=[f"GET /service/tickets/{created.id}/notes"])
    found = await psa.find_created_ticket(NEW, SINCE)
    assert found is not None
    assert found.id == created.id


@pytest.mark.parametrize(("status", "unknown"), [(500, True), (429, False)])
async def test_a_psa_in_trouble_says_whether_the_ticket_may_be_there(
    psa: ConnectWiseProvider, simulator: SimulatorServer, status: int, unknown: bool
) -> None:
    simulator.add_fault("status", method="POST", path="/service/tickets$", status=status)
    with pytest.raises(PsaUnavailable) as caught:
        await psa.create_ticket(NEW)
    assert caught.value.effect_unknown is unknown
