"""The main path: from a ticket to a verified note, over HTTP, with the playbook pilot."""

from __future__ import annotations

import httpx

from domain.notes.sections import RESOLUTION_SECTIONS
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.journey import Journey

TICKET = "48231"


async def test_a_session_from_a_ticket_ends_with_one_verified_note(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    before = {note["id"] for note in psa.notes(48231)}
    journey = await Journey.start(engineer, psa_ticket_id=TICKET)
    fix = await journey.until_fix()
    applied = await journey.apply(fix)
    assert applied["applied_at"] is not None
    assert applied["status"] == "proposed"
    judged = await journey.outcome(fix, "applied_success")
    assert judged.json()["status"] == "applied_success"

    preview = await journey.preview()
    for section in RESOLUTION_SECTIONS:
        assert f"## {section}" in preview["markdown"]
    assert preview["target_ticket_ref"] == TICKET
    assert preview["target_status"] == "Resolved"

    posted = await journey.post_note(preview["markdown"])
    assert posted.status_code == 200, posted.text
    answer = posted.json()
    assert answer["outcome"] == "resolved"
    assert answer["session_status"] == "resolved"
    assert answer["verified_status_name"] == "Resolved"

    notes = [note for note in psa.notes(48231) if note["id"] not in before]
    assert [str(note["id"]) for note in notes] == [answer["external_id"]]
    for section in RESOLUTION_SECTIONS:
        assert notes[0]["text"].count(section) == 1
    assert notes[0]["resolutionFlag"] is True
    assert psa.ticket(48231)["status"]["name"] == "Resolved"

    session = (await journey.detail())["session"]
    assert session["status"] == "resolved"
    assert session["resolved_at"] is not None
    assert session["writeback"]["state"] == "done"
    assert session["ticket"]["status"] == "Resolved"


async def test_the_note_of_a_resolved_session_is_the_text_that_was_confirmed(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    journey = await Journey.start(engineer, text="Outlook asks for the password again and again")
    drafted = await journey.preview()
    assert drafted["confirmed"] is False
    edited = drafted["markdown"] + "\n\nThe user was shown how to sign in again."
    assert (await journey.post_note(edited)).json()["outcome"] == "resolved_local"
    shown = await journey.preview()
    assert shown["markdown"] == edited
    assert shown["confirmed"] is True
