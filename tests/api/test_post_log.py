"""The log of everything written to tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.psa import NoteVisibility
from domain.vocabulary import (
    AccountRole,
    ArtifactKind,
    PostLogKind,
    SpinOffState,
    WritebackState,
    WritebackStep,
)
from infra.database.models import Session, SpinOffTicket, Writeback
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.rows import START, session_row, store
from tests.support.tenants import Tenant

Json = dict[str, Any]
NOTE = "## Problem\n\nPrinted nothing.\n\n## Resolution\n\nCleaned the drum."


def writeback(session: Session, number: int, **values: Any) -> Writeback:
    """A writeback that was confirmed `number` minutes after START."""
    return Writeback(
        **{
            "id": uuid4(),
            "account_id": session.account_id,
            "session_id": session.id,
            "number": number,
            "kind": ArtifactKind.RESOLUTION_NOTE,
            "ticket_id": "48231",
            "markdown": f"text {number}",
            "text_hash": "0" * 64,
            "summary": "summary",
            "state": WritebackState.DONE,
            "step": WritebackStep.RECORD,
            "confirmed_by": session.engineer_id,
            "started_at": START + timedelta(minutes=number),
            **values,
        }
    )


def spin_off(session: Session, minute: int, **values: Any) -> SpinOffTicket:
    return SpinOffTicket(
        **{
            "id": uuid4(),
            "account_id": session.account_id,
            "session_id": session.id,
            "parent_ticket_id": "48231",
            "summary": f"second ticket {minute}",
            "state": SpinOffState.DONE,
            "ticket_id": "48999",
            "created_by": session.engineer_id,
            "created_at": START + timedelta(minutes=minute),
            "finished_at": START + timedelta(minutes=minute),
            **values,
        }
    )


@pytest.fixture
async def bare(application: Application) -> Tenant:
    """An account with nothing in it."""
    return await application.tenant(with_flows=False)


async def texts(
    client: httpx.AsyncClient, path: str = "/integrations/psa/post-log", **query: Any
) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [entry["text"] for entry in answer.json()["items"]]


async def test_what_a_session_put_on_its_ticket_is_in_the_log_with_who_and_how_it_went(
    engineer: httpx.AsyncClient, viewer: httpx.AsyncClient, tenant: Tenant, psa: SimulatorServer
) -> None:
    journey = await Journey.start(engineer, psa_ticket_id="48231")
    answer = await engineer.post(
        journey.path("/updates"), json={"markdown": "We are on it.", "audience": "client"}
    )
    assert answer.status_code == 200, answer.text
    assert (await journey.post_note(NOTE)).status_code == 200
    page = (await viewer.get("/integrations/psa/post-log")).json()
    note, update = page["items"]
    assert page["next_cursor"] is None
    assert (note["kind"], update["kind"]) == ("resolution_note", "update_client")
    assert {entry["state"] for entry in page["items"]} == {"done"}
    assert note["text"] == NOTE
    posted = {str(one["id"]): one["text"] for one in psa.notes(48231)}
    assert posted[note["external_id"]] == NOTE
    assert posted[update["external_id"]] == "We are on it."
    assert note["status"]["expected"] == note["status"]["observed"] == "Resolved"
    assert note["visibility"] == "resolution"
    for entry in page["items"]:
        assert entry["session_id"] == journey.id
        assert entry["ticket_ref"] == "48231"
        assert entry["connection_id"] == str(tenant.connection_id)
        assert entry["created_by"] == str(tenant.user_id())
        assert entry["created_by_name"].startswith("Engineer")
        assert entry["session_title"] == (await journey.detail())["session"]["title"]
        assert entry["posted_at"]
        assert entry["finished_at"]
        assert entry["error"] is None
    assert (await viewer.get(journey.path("/post-log"))).json() == page


async def test_a_refused_a_doubtful_and_a_retried_attempt_are_told_as_they_are(
    application: Application, bare: Tenant
) -> None:
    session = session_row(bare, 1, "a session")
    refused = writeback(
        session, 1, state=WritebackState.FAILED, error_code="psa_post_failed", error_detail="Locked by Jo"
    )
    doubtful = writeback(
        session,
        2,
        state=WritebackState.UNVERIFIED,
        retry_of=1,
        visibility=NoteVisibility.INTERNAL,
        note_id="77",
        expected_status_name="Resolved",
        observed_status_name="New",
        time_minutes=15,
        time_error_code="psa_refused",
        time_error_detail="The member is inactive",
    )
    timed = writeback(
        session,
        3,
        time_minutes=30,
        time_entry_id="501",
        status_transition_skipped_reason="The board has no such status",
    )
    failed = spin_off(
        session,
        4,
        state=SpinOffState.FAILED,
        ticket_id=None,
        description="More words",
        error_code="psa_post_failed",
        error_detail="No such board",
    )
    await store(application.database, session, refused, doubtful, timed, failed, spin_off(session, 5))
    async with application.sign_in(bare) as engineer:
        log = (await engineer.get("/integrations/psa/post-log")).json()["items"]
    made, lost, third, second, first = log
    assert [entry["kind"] for entry in log] == ["spin_off_ticket"] * 2 + ["resolution_note"] * 3
    assert (first["state"], first["retry_of"]) == ("failed", None)
    assert first["error"] == {"code": "psa_post_failed", "detail": "Locked by Jo"}
    assert (first["time"], first["status"], first["external_id"]) == (None, None, None)
    assert (second["state"], second["retry_of"]) == ("unverified", first["id"])
    assert second["status"] == {"expected": "Resolved", "observed": "New", "skipped_reason": None}
    assert second["time"] == {
        "minutes": 15,
        "external_id": None,
        "error": {"code": "psa_refused", "detail": "The member is inactive"},
    }
    assert (second["external_id"], second["visibility"]) == ("77", "internal")
    assert third["time"] == {"minutes": 30, "external_id": "501", "error": None}
    assert third["status"]["skipped_reason"] == "The board has no such status"
    assert (lost["state"], lost["ticket_ref"], lost["parent_ticket_ref"]) == ("failed", None, "48231")
    assert lost["text"] == "second ticket 4\n\nMore words"
    assert lost["error"]["detail"] == "No such board"
    assert lost["posted_at"] is None
    assert (made["state"], made["ticket_ref"], made["external_id"]) == ("done", "48999", "48999")
    assert made["posted_at"] == made["finished_at"]
    assert made["posted_at"] is not None


async def test_a_note_that_was_kept_here_was_written_to_no_ticket(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The toaster burns")
    assert (await journey.post_note(NOTE)).json()["outcome"] == "resolved_local"
    assert (await desk.engineer.get(journey.path("/post-log"))).json() == {"items": [], "next_cursor": None}


async def test_the_log_is_filtered_by_session_ticket_kind_and_state(
    application: Application, bare: Tenant
) -> None:
    one, two = session_row(bare, 1, "one"), session_row(bare, 2, "two")
    await store(
        application.database,
        one,
        two,
        *(writeback(one, number, kind=kind) for number, kind in enumerate(ArtifactKind, start=1)),
        writeback(two, 1, ticket_id="5", markdown="other ticket", state=WritebackState.RUNNING),
        spin_off(two, 30, parent_ticket_id="5", ticket_id="6", state=SpinOffState.RUNNING),
    )
    async with application.sign_in(bare) as engineer:
        assert len(await texts(engineer)) == 7
        assert len(await texts(engineer, session_id=str(one.id))) == 5
        assert await texts(engineer, session_id=str(two.id)) == ["second ticket 30", "other ticket"]
        assert await texts(engineer, f"/ai-sessions/{two.id}/post-log") == [
            "second ticket 30",
            "other ticket",
        ]
        assert await texts(engineer, psa_ticket_id="5") == ["second ticket 30", "other ticket"]
        assert await texts(engineer, psa_ticket_id="6") == ["second ticket 30"]
        assert await texts(engineer, psa_ticket_id="") == []
        for number, kind in enumerate(ArtifactKind, start=1):
            found = await texts(engineer, kind=kind.value, session_id=str(one.id))
            assert found == [f"text {number}"]
        assert await texts(engineer, kind="spin_off_ticket") == ["second ticket 30"]
        assert await texts(engineer, state="running") == ["second ticket 30", "other ticket"]
        assert await texts(engineer, state="unverified") == []
        assert await texts(engineer, state="running", kind="resolution_note") == ["other ticket"]
        assert await texts(engineer, f"/ai-sessions/{one.id}/post-log", kind="update_client") == ["text 4"]


async def test_every_kind_of_text_for_a_ticket_has_its_word_in_the_log() -> None:
    assert {kind.value for kind in ArtifactKind} | {"spin_off_ticket"} == {kind.value for kind in PostLogKind}


async def test_the_log_is_read_in_pages_over_both_kinds_of_entries_newest_first(
    application: Application, bare: Tenant
) -> None:
    session = session_row(bare, 1, "busy")
    rows: list[Any] = []
    for minute in range(1, 12):
        made = spin_off(session, minute, summary=str(minute))
        rows.append(writeback(session, minute, markdown=str(minute)) if minute % 3 else made)
    # At the same moment as an other one, of the other kind: neither may be lost between two pages.
    rows += [spin_off(session, 5, summary="twin"), spin_off(session, 5, summary="triplet")]
    await store(application.database, session, *rows)
    async with application.sign_in(bare) as engineer:
        whole = await texts(engineer)
        assert len(whole) == 13
        assert [text for text in whole if text.isdigit()] == [str(minute) for minute in range(11, 0, -1)]
        for limit in (1, 2, 5):
            seen: list[str] = []
            cursor: str | None = None
            for _ in range(20):
                query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
                page = (await engineer.get("/integrations/psa/post-log", params=query)).json()
                seen += [entry["text"] for entry in page["items"]]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert seen == whole
        exact = await engineer.get("/integrations/psa/post-log", params={"limit": 13})
        assert exact.json()["next_cursor"] is None


async def test_nothing_of_another_account_is_in_the_log(
    application: Application, bare: Tenant, desk: Desk
) -> None:
    session = session_row(bare, 1, "theirs")
    await store(application.database, session, writeback(session, 1), spin_off(session, 2))
    async with application.sign_in(bare, AccountRole.OWNER) as owner:
        entries = (await owner.get("/integrations/psa/post-log", params={"limit": 1})).json()
        assert len(entries["items"]) == 1
        strangers = await texts(desk.owner, limit=200)
        assert not {"text 1", "second ticket 2"} & set(strangers)
        assert await texts(desk.owner, psa_ticket_id="48231") == []
        assert await texts(desk.owner, cursor=entries["next_cursor"]) == []
    for path, query in (
        ("/integrations/psa/post-log", {"session_id": str(session.id)}),
        (f"/ai-sessions/{session.id}/post-log", {}),
        (f"/ai-sessions/{uuid4()}/post-log", {}),
    ):
        assert_problem(await desk.owner.get(path, params=query), 404, "session_not_found")


async def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The kettle whistles")
    for path in ("/integrations/psa/post-log", journey.path("/post-log")):
        for query in ({"kind": "poem"}, {"state": "lost"}, {"limit": 201}, {"cursor": "x" * 500}):
            assert_problem(await desk.engineer.get(path, params=query), 422, "validation_failed")
        assert_problem(await desk.engineer.get(path, params={"cursor": "x"}), 422, "cursor_invalid")
    for query in ({"psa_ticket_id": "4\x008"}, {"session_id": "x"}, {"psa_ticket_id": "4" * 101}):
        answer = await desk.engineer.get("/integrations/psa/post-log", params=query)
        assert_problem(answer, 422, "validation_failed")
