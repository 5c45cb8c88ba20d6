"""Notes and status changes arrive once, where they were meant to, and the answer says what the PSA did."""

import pytest

from domain.psa import NoteVisibility, PsaCredentialsRejected, PsaNotFound, PsaRejected
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer

FLAGS = {
    NoteVisibility.DISCUSSION: "detailDescriptionFlag",
    NoteVisibility.INTERNAL: "internalAnalysisFlag",
    NoteVisibility.RESOLUTION: "resolutionFlag",
}


@pytest.mark.parametrize("visibility", list(NoteVisibility))
async def test_a_note_is_on_its_tab_and_on_no_other(
    psa: ConnectWiseProvider, simulator: SimulatorServer, visibility: NoteVisibility
) -> None:
    posted = await psa.post_note("48231", "## Problem\n\nLine two – “quoted”", visibility)
    assert posted.visibility == [visibility]
    stored = simulator.notes(48231)[-1]
    assert str(stored["id"]) == posted.id
    assert stored["text"] == posted.text == "## Problem\n\nLine two – “quoted”"
    assert {place for place, flag in FLAGS.items() if stored[flag]} == {visibility}
    assert posted in await psa.list_notes("48231")


async def test_updating_a_note_changes_it_and_adds_none(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    posted = await psa.post_note("48231", "first wording", NoteVisibility.RESOLUTION)
    count = len(simulator.notes(48231))
    updated = await psa.update_note("48231", posted.id, "second wording")
    assert (updated.id, updated.text, updated.visibility) == (posted.id, "second wording", posted.visibility)
    assert len(simulator.notes(48231)) == count
    assert simulator.notes(48231)[-1]["text"] == "second wording"


async def test_a_note_of_another_ticket_cannot_be_updated(psa: ConnectWiseProvider) -> None:
    posted = await psa.post_note("48231", "mine", NoteVisibility.INTERNAL)
    with pytest.raises(PsaNotFound):
        await psa.update_note("48232", posted.id, "other")


async def test_a_note_on_an_unknown_ticket_is_not_found(psa: ConnectWiseProvider) -> None:
    with pytest.raises(PsaNotFound, match="Ticket 99999 not found"):
        await psa.post_note("99999", "text", NoteVisibility.INTERNAL)


async def test_a_status_is_set_with_the_whole_reference_and_the_ticket_comes_back(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    row = await psa.set_status("48231", 104)
    assert (row.status_id, row.status, row.is_closed) == (104, "Escalated", False)
    sent = simulator.requests("PATCH")[0].body
    assert sent == [{"op": "replace", "path": "status", "value": {"id": 104}}]


async def test_closing_empties_the_resources_and_keeps_the_owner(psa: ConnectWiseProvider) -> None:
    row = await psa.set_status("48231", 105)
    assert (row.status, row.is_closed, row.resources, row.owner) == ("Resolved", True, [], "mreyes")


async def test_a_status_of_another_board_is_refused_in_the_psas_words(psa: ConnectWiseProvider) -> None:
    with pytest.raises(PsaRejected, match="Service Status 305 not found for Service Board 1") as caught:
        await psa.set_status("48231", 305)
    assert caught.value.status == 400
    assert (await psa.get_ticket_row("48231")).status_id == 102


async def test_a_required_field_that_is_missing_is_named(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.require_on_close("subType")
    with pytest.raises(PsaRejected, match=r"ticket object is invalid: The subType field is required\."):
        await psa.set_status("48231", 105)
    assert (await psa.get_ticket_row("48231")).status_id == 102
    assert (await psa.set_status("48231", 104)).status_id == 104, "only closing needs it"


async def test_a_tenant_that_wants_a_resolution_note_first_gets_one(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.require_on_close("resolution", "Enter a resolution before you close this ticket.")
    with pytest.raises(PsaRejected, match="Enter a resolution before you close this ticket"):
        await psa.set_status("48231", 105)
    await psa.post_note("48231", "what was done", NoteVisibility.RESOLUTION)
    assert (await psa.set_status("48231", 105)).is_closed


async def test_a_key_that_may_not_close_tickets_is_told_so(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(can_close_tickets=False)
    with pytest.raises(PsaCredentialsRejected, match="You do not have security permission"):
        await psa.set_status("48231", 105)


async def test_a_200_that_changed_nothing_is_seen_in_the_answer(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("silent_no_change", method="PATCH", path="/service/tickets/48231")
    row = await psa.set_status("48231", 105)
    assert (row.status_id, row.is_closed) == (102, False)
    assert simulator.ticket(48231)["status"]["id"] == 102


async def test_a_workflow_rule_that_moves_the_ticket_back_is_seen_on_reading_again(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("revert_status", method="PATCH", path="/service/tickets/")
    assert (await psa.set_status("48231", 105)).status_id == 105
    again = await psa.get_ticket_row("48231")
    assert (again.status_id, again.resources) == (102, ["mreyes"])
