"""In the simulated PSA other people work too: they edit, close, delete and revoke while a request is on its way."""

from __future__ import annotations

import httpx
import pytest

from domain.psa import NoteVisibility, PsaCredentialsRejected, PsaNotFound, PsaUnavailable
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise import happenings
from infra.simulators.connectwise.server import SimulatorServer

NOTES = "/service/tickets/48231/notes$"
TICKET = "/service/tickets/48231$"


async def test_a_connection_that_breaks_in_the_body_breaks_after_the_effect(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("reset_in_body", method="POST", path=NOTES)
    before = len(simulator.notes(48231))
    with pytest.raises(PsaUnavailable, match="broke before the answer was complete") as caught:
        await psa.post_note("48231", "posted once", NoteVisibility.INTERNAL)
    assert caught.value.effect_unknown
    assert len(simulator.notes(48231)) == before + 1


async def test_a_reset_in_the_body_sends_a_status_and_only_a_part_of_the_body(
    http: httpx.AsyncClient, simulator: SimulatorServer
) -> None:
    simulator.add_fault("reset_in_body", method="GET", path=TICKET)
    received = b""

    async def read() -> None:
        nonlocal received
        async with http.stream("GET", "/service/tickets/48231") as answer:
            assert answer.status_code == 200
            async for piece in answer.aiter_bytes():
                received += piece

    with pytest.raises(httpx.TransportError):
        await read()
    assert received.startswith(b'{"id":48231')
    assert not received.endswith(b"}")


async def test_someone_edits_the_latest_note_of_ours_and_no_other(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    await psa.post_note("48231", "first", NoteVisibility.INTERNAL)
    await psa.post_note("48231", "second", NoteVisibility.INTERNAL)
    simulator.write_note(48231, "of a person")
    simulator.add_fault("note_edited", method="GET", path=NOTES)
    texts = [note.text for note in await psa.list_notes("48231")]
    assert texts[-3:] == ["first", f"second\n\n{happenings.ADDED}", "of a person"]


async def test_someone_closes_the_ticket_and_a_rule_moves_it_back(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("ticket_closed", method="POST", path=NOTES)
    await psa.post_note("48231", "text", NoteVisibility.INTERNAL)
    closed = await psa.get_ticket_row("48231")
    assert (closed.status, closed.is_closed) == ("Closed", True)
    simulator.add_fault("status_moved", method="GET", path=TICKET)
    moved = await psa.get_ticket_row("48231")
    assert (moved.status, moved.is_closed) == ("New", False)


async def test_someone_deletes_the_ticket_with_its_notes(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("ticket_deleted", method="POST", path="/time/entries$", ticket=48231)
    simulator.add_fault("ticket_deleted", method="GET", path=TICKET)
    with pytest.raises(PsaNotFound, match="Ticket 48231 not found"):
        await psa.get_ticket_row("48231")
    assert simulator.notes(48231) == []


async def test_a_revoked_key_is_refused_until_it_is_accepted_again(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("key_revoked", method="GET", path=TICKET)
    with pytest.raises(PsaCredentialsRejected, match="Incorrect public/private key"):
        await psa.get_ticket_row("48231")
    with pytest.raises(PsaCredentialsRejected):
        await psa.list_notes("48231")
    simulator.configure(key_revoked=False)
    assert (await psa.get_ticket_row("48231")).id == "48231"


async def test_a_rule_can_wait_until_something_was_done_whatever_became_of_the_answer(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("status", method="GET", path=TICKET, status=503, after=f"^PATCH {TICKET}")
    await psa.get_ticket_row("48231")
    simulator.add_fault("status", method="PATCH", path=TICKET, status=500)
    with pytest.raises(PsaUnavailable):
        await psa.set_status("48231", 105)
    await psa.get_ticket_row("48231")
    simulator.add_fault("lost_answer", method="PATCH", path=TICKET)
    with pytest.raises(PsaUnavailable):
        await psa.set_status("48231", 105)
    with pytest.raises(PsaUnavailable):
        await psa.get_ticket_row("48231")


async def test_the_number_of_a_record_that_was_only_pretended_is_given_to_no_other(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("silent_no_change", method="POST", path=NOTES)
    pretended = await psa.post_note("48231", "never there", NoteVisibility.INTERNAL)
    assert str(simulator.write_note(48231, "of a person")["id"]) != pretended.id
