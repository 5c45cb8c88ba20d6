"""When answers get lost the caller learns exactly what is known: whether a write may have happened."""

import asyncio

import pytest

from domain.psa import NoteVisibility, PsaUnavailable
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.psa.connectwise.transport import Timeouts
from infra.simulators.connectwise.server import SimulatorServer
from tests.psa.conftest import Connect

NOTES = r"/service/tickets/48231/notes$"
IMPATIENT = Timeouts(connect=5, read=1.5, total=10)


async def test_an_answer_lost_after_the_note_was_stored_leaves_the_effect_unknown(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("lost_answer", method="POST", path=NOTES)
    before = len(simulator.notes(48231))
    with pytest.raises(PsaUnavailable, match="broke before the answer") as caught:
        await psa.post_note("48231", "posted once", NoteVisibility.RESOLUTION)
    assert caught.value.effect_unknown
    assert len(simulator.notes(48231)) == before + 1
    assert [note.text for note in await psa.list_notes("48231")].count("posted once") == 1


async def test_a_request_lost_before_it_had_an_effect_looks_the_same_and_is_not_sent_again(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("lost_request", method="POST", path=NOTES)
    before = len(simulator.notes(48231))
    with pytest.raises(PsaUnavailable) as caught:
        await psa.post_note("48231", "lost", NoteVisibility.RESOLUTION)
    assert caught.value.effect_unknown
    assert len(simulator.notes(48231)) == before
    assert len(simulator.requests("POST", "/notes")) == 1


async def test_a_lost_read_has_no_effect_to_wonder_about(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("lost_answer", method="GET", path="/service/tickets/48231$")
    with pytest.raises(PsaUnavailable) as caught:
        await psa.get_ticket_row("48231")
    assert not caught.value.effect_unknown


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_on_a_write_leaves_its_effect_unknown(
    psa: ConnectWiseProvider, simulator: SimulatorServer, status: int
) -> None:
    simulator.add_fault("status", method="PATCH", status=status, body="failed", headers={"Retry-After": "3"})
    with pytest.raises(PsaUnavailable) as caught:
        await psa.set_status("48231", 105)
    assert (caught.value.effect_unknown, caught.value.retry_after) == (True, 3.0)


async def test_a_throttled_write_did_not_happen(psa: ConnectWiseProvider, simulator: SimulatorServer) -> None:
    simulator.add_fault("status", method="POST", path=NOTES, status=429, headers={"Retry-After": "30"})
    with pytest.raises(PsaUnavailable) as caught:
        await psa.post_note("48231", "text", NoteVisibility.INTERNAL)
    assert (caught.value.effect_unknown, caught.value.retry_after) == (False, 30.0)


async def test_a_psa_that_is_too_slow_is_given_up(connect: Connect, simulator: SimulatorServer) -> None:
    simulator.add_fault("slow", method="POST", path=NOTES, seconds=30)
    with pytest.raises(PsaUnavailable, match="did not answer in time") as caught:
        await connect(IMPATIENT).post_note("48231", "slow", NoteVisibility.INTERNAL)
    assert caught.value.effect_unknown
    assert simulator.notes(48231)[-1]["text"] == "slow", "the PSA had done it all the same"


async def test_a_psa_that_drips_its_answer_is_given_up(connect: Connect, simulator: SimulatorServer) -> None:
    simulator.add_fault("drip", path="/service/tickets/48231$", seconds=0.05)
    with pytest.raises(PsaUnavailable, match="did not answer in time"):
        await connect(Timeouts(connect=5, read=5, total=1.5)).get_ticket_row("48231")


async def test_after_a_fault_the_same_client_works_again(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("lost_request", path="/service/tickets/48231$", times=2)
    for _ in range(2):
        with pytest.raises(PsaUnavailable):
            await psa.get_ticket_row("48231")
    assert (await psa.get_ticket_row("48231")).id == "48231"


async def test_nothing_is_retried_by_the_client_itself(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("status", path="/service/tickets/48231$", status=503, times=None)
    with pytest.raises(PsaUnavailable):
        await psa.get_ticket_row("48231")
    assert len(simulator.requests("GET", "/service/tickets/48231")) == 1


async def test_a_server_that_stopped_is_unreachable_and_the_write_did_not_happen(connect: Connect) -> None:
    async with SimulatorServer() as other:
        psa = connect(host=other.url)
        await psa.get_ticket_row("48231")
    with pytest.raises(PsaUnavailable, match="cannot be reached") as caught:
        await psa.set_status("48231", 105)
    assert not caught.value.effect_unknown


async def test_a_failed_load_of_boards_is_not_remembered(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("status", path="/service/boards$", status=500)
    with pytest.raises(PsaUnavailable):
        await psa.boards()
    assert len(await psa.boards()) == 5


async def test_askers_at_the_same_time_share_one_request(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    answers = await asyncio.gather(*(psa.boards() for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert len(simulator.requests("GET", "/service/boards")) == 1


async def test_a_connection_that_was_closed_for_new_keys_is_one_to_try_again(
    connect: Connect, simulator: SimulatorServer
) -> None:
    """A step that is between two requests then goes on with the new keys."""
    psa = connect()
    await psa.get_ticket_row("48231")
    await psa.aclose()
    with pytest.raises(PsaUnavailable, match="changed meanwhile") as caught:
        await psa.post_note("48231", "text", NoteVisibility.INTERNAL)
    assert not caught.value.effect_unknown
    assert simulator.requests("POST", "notes") == []
