"""Read-only links: what they show, what they never show, and how they end."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import structlog
import uvicorn
from pydantic import SecretStr
from sqlalchemy import select, update

import api.__main__
from api.shared_view import MESSAGES_SHOWN
from domain.psa import NoteVisibility
from domain.vocabulary import (
    AccountRole,
    ArtifactKind,
    FactSource,
    FixStatus,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
    WritebackState,
    WritebackStep,
)
from infra.config import Settings
from infra.database.models import Fact, Fix, LaneItem, Message, Session, ShareLink, Writeback
from tests.api.conftest import Desk
from tests.support.application import Application, running_api
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.rows import START, session_row, store
from tests.support.tenants import Tenant
from tests.support.waiting import until

Json = dict[str, Any]

SECRET = "Tr0ub4dor&3-horse"


@pytest.fixture
async def nobody(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """Someone without any sign-in."""
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1") as client:
        yield client


@pytest.fixture
async def bare(application: Application) -> Tenant:
    """An account with nothing in it."""
    return await application.tenant(with_flows=False)


async def share(
    client: httpx.AsyncClient, session_id: object, body: Json | None = None, *, key: str | None = None
) -> Json:
    answer = await client.post(
        f"/ai-sessions/{session_id}/share-links",
        json=body or {},
        headers={"Idempotency-Key": key} if key else {},
    )
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def look(client: httpx.AsyncClient, token: str, **query: Any) -> Json:
    answer = await client.get(f"/shared/sessions/{token}", params=query)
    assert answer.status_code == 200, answer.text
    seen: Json = answer.json()
    return seen


def writeback_row(session: Session, number: int, **values: Any) -> Writeback:
    return Writeback(
        **{
            "id": uuid4(),
            "account_id": session.account_id,
            "session_id": session.id,
            "number": number,
            "kind": ArtifactKind.RESOLUTION_NOTE,
            "markdown": f"note {number}",
            "text_hash": "0" * 64,
            "summary": "summary",
            "state": WritebackState.DONE,
            "step": WritebackStep.RECORD,
            "confirmed_by": session.engineer_id,
            "started_at": START + timedelta(minutes=number),
            **values,
        }
    )


# --- what a link shows ---


async def test_whoever_has_the_link_reads_the_session_without_signing_in(
    desk: Desk, nobody: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    await desk.engineer.post(journey.path("/facts"), json={"text": "The account was locked at nine"})
    fix = await journey.until_fix()
    await journey.apply(fix)
    await journey.post_note("## Problem\n\nThe account was locked.")
    made = await share(desk.engineer, journey.id)
    seen = await look(nobody, made["token"])
    body = await journey.detail()
    assert seen["title"] == body["session"]["title"]
    assert seen["status"] == "resolved"
    assert (seen["engineer"], seen["started_by"]) == ("Engineer", "Engineer")
    said = [message for message in body["messages"] if message["role"] in ("engineer", "pilot")]
    assert [message["text"] for message in seen["messages"]] == [message["text"] for message in said]
    assert [message["by_pilot"] for message in seen["messages"]] == [one["role"] == "pilot" for one in said]
    assert {message["author"] for message in seen["messages"]} == {"Engineer", None}
    assert [fact["text"] for fact in seen["facts"]] == [fact["text"] for fact in body["facts"]]
    assert [item["text"] for item in seen["lane"]] == [item["text"] for item in body["lane"]]
    assert [one["title"] for one in seen["fixes"]] == [fix["title"]]
    assert seen["fixes"][0]["status"] == "applied_success"
    assert seen["note"] == "## Problem\n\nThe account was locked."
    assert seen["expires_at"] == made["expires_at"]


async def test_nothing_internal_and_no_id_is_shown(
    engineer: httpx.AsyncClient, tenant: Tenant, nobody: httpx.AsyncClient
) -> None:
    journey = await Journey.start(engineer, psa_ticket_id="48231")
    answer = await engineer.post(
        journey.path("/escalation-package/post"),
        json={"markdown": "## Problem\n\nThe internal package.", "escalation_reason": "The internal reason"},
    )
    assert answer.status_code == 200, answer.text
    body = await journey.detail()
    assert body["session"]["status"] == "escalated"
    made = await share(engineer, journey.id)
    answer = await nobody.get(f"/shared/sessions/{made['token']}")
    told = answer.text
    assert "internal package" not in told
    assert "internal reason" not in told
    assert "posted to ticket" not in told
    writeback = body["session"]["writeback"]
    ids = [
        journey.id,
        made["id"],
        str(tenant.connection_id),
        str(tenant.user_id()),
        str(tenant.account_id),
        f'"{writeback["external_id"]}"',
        *(message["id"] for message in body["messages"]),
    ]
    assert [one for one in ids if one in told] == []
    assert tenant.email() not in told
    assert answer.json()["note"] is None


async def test_every_secret_in_every_text_is_taken_out(
    application: Application, bare: Tenant, nobody: httpx.AsyncClient
) -> None:
    said = f"the password is {SECRET}"
    session = session_row(bare, 1, f"Reset: {said}", problem_summary=said)
    owned = {"account_id": bare.account_id, "session_id": session.id}
    await store(
        application.database,
        session,
        Message(
            **owned, seq=1, role=MessageRole.ENGINEER, author_id=bare.user_id(), text=said,
            uploads=[{"file_name": f"password={SECRET}.txt", "content_type": "text/plain", "size_bytes": 1}],
        ),
        Message(**owned, seq=2, role=MessageRole.PILOT, text=f"Run net user jdoe {SECRET} /add"),
        Fact(
            **owned, seq=1, text=said, normalised_text=said, source_type=FactSource.USER_NOTE, source_summary=said,
            created_at=START, updated_at=START,
        ),
        LaneItem(
            **owned, position=1, kind=LaneItemKind.CHECK, text=f"Sign in with password: {SECRET}",
            normalised_text="check", status=LaneItemStatus.ANSWERED, command=f"login --password {SECRET}",
            answer=said, output=f'{{"token": "{SECRET}"}}',
        ),
        Fix(
            **owned, title=f"Set password={SECRET}", description=said, confidence_pct=80,
            status=FixStatus.APPLIED_PARTIAL, partial_notes=said, ai_drafted_script=f"echo {SECRET}",
            parameters_used={"plain": SECRET},
        ),
        writeback_row(session, 1, markdown=f"## Resolution\n\nNew password: {SECRET}"),
    )  # fmt: skip
    async with application.sign_in(bare) as engineer:
        made = await share(engineer, session.id)
    answer = await nobody.get(f"/shared/sessions/{made['token']}")
    assert answer.status_code == 200, answer.text
    assert SECRET not in answer.text
    seen = answer.json()
    assert seen["messages"][1]["text"] == "Run net user jdoe [redacted] /add"
    for text in (
        seen["title"],
        seen["problem_summary"],
        seen["messages"][0]["text"],
        *seen["messages"][0]["files"],
        seen["facts"][0]["text"],
        seen["facts"][0]["summary"],
        *(seen["lane"][0][name] for name in ("text", "command", "answer", "output")),
        *(seen["fixes"][0][name] for name in ("title", "description", "notes")),
        seen["note"],
    ):
        assert "[redacted]" in text


async def test_a_long_conversation_is_read_in_pages(
    application: Application, bare: Tenant, nobody: httpx.AsyncClient
) -> None:
    session = session_row(bare, 1, "long")
    owned = {"account_id": bare.account_id, "session_id": session.id}
    count = MESSAGES_SHOWN + 3
    rows = [
        Message(
            **owned, seq=seq, role=MessageRole.SYSTEM if seq % 5 == 0 else MessageRole.PILOT, text=str(seq)
        )
        for seq in range(1, count * 5 // 4 + 1)
    ]
    said = [row.text for row in rows if row.role is MessageRole.PILOT]
    await store(application.database, session, *rows)
    async with application.sign_in(bare) as engineer:
        made = await share(engineer, session.id)
    latest = await look(nobody, made["token"])
    older = await look(nobody, made["token"], before=latest["older_cursor"])
    texts = [message["text"] for message in (*older["messages"], *latest["messages"])]
    assert texts == said
    assert len(latest["messages"]) == MESSAGES_SHOWN
    assert older["older_cursor"] is None
    assert_problem(
        await nobody.get(f"/shared/sessions/{made['token']}", params={"before": -1}), 422, "validation_failed"
    )


async def test_the_note_is_the_last_confirmed_one_and_never_an_internal_one(
    application: Application, bare: Tenant, nobody: httpx.AsyncClient
) -> None:
    session = session_row(bare, 1, "resolved twice")
    await store(
        application.database,
        session,
        writeback_row(session, 1, markdown="the first"),
        writeback_row(session, 2, markdown="the second", visibility=NoteVisibility.RESOLUTION),
        writeback_row(session, 3, markdown="for the team", visibility=NoteVisibility.INTERNAL),
        writeback_row(session, 4, markdown="not there yet", state=WritebackState.UNVERIFIED),
        writeback_row(session, 5, markdown="package", kind=ArtifactKind.ESCALATION_PACKAGE),
        writeback_row(session, 6, markdown="update", kind=ArtifactKind.UPDATE_INTERNAL),
    )
    async with application.sign_in(bare) as engineer:
        made = await share(engineer, session.id)
    assert (await look(nobody, made["token"]))["note"] == "the second"


async def test_what_is_said_later_is_seen_through_the_same_link(
    desk: Desk, nobody: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The scanner scans in blue")
    made = await share(desk.engineer, journey.id)
    await journey.say("Now it scans in green")
    assert "Now it scans in green" in [
        message["text"] for message in (await look(nobody, made["token"]))["messages"]
    ]


async def test_the_answer_goes_to_no_cache_no_search_engine_and_no_other_site(
    desk: Desk, nobody: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The tablet is cracked")
    made = await share(desk.engineer, journey.id)
    for token in (made["token"], "unknown"):
        answer = await nobody.get(f"/shared/sessions/{token}")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "set-cookie" not in answer.headers


async def test_the_page_of_a_link_is_kept_from_others_too(application: Application) -> None:
    async with httpx.AsyncClient(base_url=application.url) as browser:
        answer = await browser.get("/shared/sessions/some-token")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]


# --- how a link ends ---


async def test_unknown_expired_and_revoked_links_look_alike(
    application: Application, desk: Desk, nobody: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The headset has one side only")
    revoked, expired = await share(desk.engineer, journey.id), await share(desk.engineer, journey.id)
    gone = await desk.engineer.delete(journey.path(f"/share-links/{revoked['id']}"))
    assert (gone.status_code, gone.content) == (204, b"")
    async with application.database.admin() as db:
        await db.execute(
            update(ShareLink)
            .where(ShareLink.id == UUID(expired["id"]))
            .values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )
    told = []
    for token in (revoked["token"], expired["token"], "x", "x" * 5000, "%00", "%F0%9F%98%80", "a%2Fb"):
        problem = assert_problem(
            await nobody.get(f"/shared/sessions/{token}"),
            404,
            "not_found" if token == "a%2Fb" else "share_link_gone",
        )
        told.append({key: value for key, value in problem.items() if key not in ("request_id",)})
    assert all(one == told[0] for one in told[:-1])


async def test_revoking_twice_changes_nothing_and_what_is_not_there_is_not_found(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The stapler is empty")
    other = await Journey.start(desk.engineer, text="The hole punch is full")
    made = await share(desk.engineer, journey.id)
    path = journey.path(f"/share-links/{made['id']}")
    assert (await desk.engineer.delete(path)).status_code == 204
    (row,) = (await desk.engineer.get(journey.path("/share-links"))).json()["items"]
    assert (await desk.admin.delete(path)).status_code == 204
    assert (await desk.engineer.get(journey.path("/share-links"))).json()["items"] == [row]
    assert row["revoked_at"] is not None
    for unknown in (journey.path(f"/share-links/{uuid4()}"), other.path(f"/share-links/{made['id']}")):
        assert_problem(await desk.engineer.delete(unknown), 404, "share_link_not_found")
    assert_problem(
        await desk.engineer.delete(f"/ai-sessions/{uuid4()}/share-links/{made['id']}"),
        404,
        "session_not_found",
    )


async def test_a_link_lasts_a_week_unless_asked_and_never_longer_than_a_month(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The calculator divides by zero")
    for body, hours in (({}, 168), ({"expires_in_hours": 1}, 1), ({"expires_in_hours": 720}, 720)):
        before = datetime.now(UTC)
        made = await share(desk.engineer, journey.id, body)
        expires = datetime.fromisoformat(made["expires_at"])
        assert before <= expires - timedelta(hours=hours) <= datetime.now(UTC)
    for wrong in (0, -1, 721, 10**12, "soon", 1.5):
        answer = await desk.engineer.post(journey.path("/share-links"), json={"expires_in_hours": wrong})
        assert_problem(answer, 422, "validation_failed")
    answer = await desk.engineer.post(journey.path("/share-links"))
    assert answer.status_code == 201, "a body is not needed"


# --- making and listing ---


async def test_a_link_made_twice_with_one_key_is_one_link_with_one_token(
    application: Application, desk: Desk
) -> None:
    journey = await Journey.start(desk.engineer, text="The clock runs backwards")
    headers = {"Idempotency-Key": f"share-{uuid4()}"}
    first = await share(desk.engineer, journey.id, key=headers["Idempotency-Key"])
    assert await share(desk.engineer, journey.id, key=headers["Idempotency-Key"]) == first
    assert len((await desk.engineer.get(journey.path("/share-links"))).json()["items"]) == 1
    answer = await desk.engineer.post(
        journey.path("/share-links"), json={"expires_in_hours": 5}, headers=headers
    )
    assert_problem(answer, 422, "idempotency_key_reused")
    other = await Journey.start(desk.engineer, text="The calendar lost a day")
    assert (await share(desk.engineer, other.id, key=headers["Idempotency-Key"]))["id"] != first["id"]
    assert (await share(desk.admin, journey.id, key=headers["Idempotency-Key"]))["id"] != first["id"]


async def test_only_the_hash_of_a_token_is_kept(application: Application, desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The lamp flickers")
    made = await share(desk.engineer, journey.id)
    assert made["url"] == f"{application.settings.public_url}/shared/sessions/{made['token']}"
    assert len(made["token"]) >= 40
    async with application.database.admin() as db:
        row = (await db.execute(select(ShareLink).where(ShareLink.id == UUID(made["id"])))).scalar_one()
    assert row.token_hash == hashlib.sha256(made["token"].encode()).hexdigest()
    assert made["token"] not in str(row.__dict__)
    listed = await desk.engineer.get(journey.path("/share-links"))
    assert made["token"] not in listed.text


async def test_the_list_tells_who_made_a_link_and_that_it_is_used(
    desk: Desk, nobody: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="The heater is cold")
    first, second = await share(desk.engineer, journey.id), await share(desk.admin, journey.id)
    page = (await desk.viewer.get(journey.path("/share-links"), params={"limit": 1})).json()
    rest = (
        await desk.viewer.get(journey.path("/share-links"), params={"cursor": page["next_cursor"]})
    ).json()
    assert [row["id"] for row in (*page["items"], *rest["items"])] == [second["id"], first["id"]]
    assert rest["next_cursor"] is None
    assert page["items"][0]["created_by_name"].startswith("Admin")
    assert page["items"][0]["last_viewed_at"] is None
    await look(nobody, second["token"])
    [row] = (await desk.viewer.get(journey.path("/share-links"), params={"limit": 1})).json()["items"]
    seen_at = row["last_viewed_at"]
    assert seen_at is not None
    await look(nobody, second["token"])
    [row] = (await desk.viewer.get(journey.path("/share-links"), params={"limit": 1})).json()["items"]
    assert row["last_viewed_at"] == seen_at, "noted once a minute, not with every look"
    assert_problem(
        await desk.viewer.get(journey.path("/share-links"), params={"cursor": "x"}), 422, "cursor_invalid"
    )


async def test_a_link_belongs_to_the_account_of_its_session_and_shows_nothing_else(
    application: Application, desk: Desk, other_engineer: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    ours = await Journey.start(desk.engineer, text="Our own problem")
    theirs = await Journey.start(other_engineer, text="Their own problem")
    made = await share(desk.engineer, ours.id)
    async with application.database.admin() as db:
        row = (await db.execute(select(ShareLink).where(ShareLink.id == UUID(made["id"])))).scalar_one()
    assert row.account_id == desk.tenant.account_id
    for method, path in (
        ("GET", ours.path("/share-links")),
        ("POST", ours.path("/share-links")),
        ("DELETE", ours.path(f"/share-links/{made['id']}")),
    ):
        assert_problem(await other_engineer.request(method, path), 404, "session_not_found")
    revoke = await other_engineer.delete(theirs.path(f"/share-links/{made['id']}"))
    assert_problem(revoke, 404, "share_link_not_found")
    # A token signed in as somebody else shows the session of the link, not of the account that asks.
    seen = (await other_engineer.get(f"/shared/sessions/{made['token']}")).json()
    assert seen["title"] == "Our own problem"
    assert (await look(nobody, made["token"]))["title"] == "Our own problem"


async def test_a_link_outlives_its_keys_rotation_and_is_not_told_again_after_its_key_is_gone(
    application: Application, desk: Desk
) -> None:
    journey = await Journey.start(desk.engineer, text="The safe does not open")
    headers = {"Idempotency-Key": f"rotated-{uuid4()}"}
    first = await share(desk.engineer, journey.id, key=headers["Idempotency-Key"])
    newer = SecretStr("bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleS0=")
    keys = [newer, *application.settings.secret_keys]
    both = application.settings.model_copy(update={"secret_keys": keys})
    async with running_api(both) as url, httpx.AsyncClient(base_url=f"{url}/api/v1") as client:
        client.headers["Authorization"] = desk.engineer.headers["Authorization"]
        again = await share(client, journey.id, key=headers["Idempotency-Key"])
        assert (again["token"], again["id"]) == (first["token"], first["id"])
        fresh = await share(client, journey.id)
        assert (await look(client, first["token"]))["title"] == "The safe does not open"
    async with application.database.admin() as db:
        await db.execute(
            update(ShareLink).where(ShareLink.id == UUID(first["id"])).values(token_hash=uuid4().hex * 2)
        )
    answer = await desk.engineer.post(journey.path("/share-links"), json={}, headers=headers)
    assert "Make a new link" in assert_problem(answer, 409, "share_link_key_retired")["detail"]
    # A link made under the new key opens where only the old one is known: it is found by its hash.
    assert (await look(desk.engineer, fresh["token"]))["title"] == "The safe does not open"


async def test_a_token_is_in_no_log_line_and_in_no_metric(
    application: Application, desk: Desk, nobody: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    journey = await Journey.start(desk.engineer, text="The blinds are stuck")
    made = await share(desk.engineer, journey.id)
    with structlog.testing.capture_logs() as lines, caplog.at_level(logging.DEBUG):
        await look(nobody, made["token"])
        await nobody.get(f"/shared/sessions/{made['token']}x")
        await nobody.post(f"/shared/sessions/{made['token']}")
        await nobody.get(f"/shared/sessions/{made['token']}/more")
        async with httpx.AsyncClient(base_url=application.url) as browser:
            await browser.get(f"/shared/sessions/{made['token']}")

        async def logged() -> list[Any] | None:
            # A line is written once the answer has been sent.
            found = [line for line in lines if line["event"] == "api.request"]
            return found if len(found) == 5 else None

        requests = await until(logged, what="a line for each request")
    assert [line["route"] for line in requests][:2] == ["/shared/sessions/{token}"] * 2
    assert made["token"] not in str(lines)
    # The server's own log of requests is off; the test runner listens to it all the same.
    foreign = ("httpx", "httpcore", "uvicorn.access")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(foreign)]
    assert made["token"] not in str(ours)
    async with httpx.AsyncClient(base_url=application.url) as browser:
        assert made["token"] not in (await browser.get("/metrics")).text


def test_the_servers_own_log_of_requests_which_names_addresses_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: given.update(options))
    monkeypatch.setattr(api.__main__, "load_settings", lambda: Settings(_env_file=None))
    monkeypatch.setattr(api.__main__, "configure_logging", lambda settings, process: None)
    api.__main__.main()
    assert given["access_log"] is False


async def test_a_viewer_makes_and_revokes_no_link(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The fridge is warm")
    made = await share(desk.engineer, journey.id)
    assert_problem(await desk.viewer.post(journey.path("/share-links"), json={}), 403, "permission_denied")
    answer = await desk.viewer.delete(journey.path(f"/share-links/{made['id']}"))
    assert_problem(answer, 403, "permission_denied")
    assert AccountRole.VIEWER.value in answer.json()["detail"]
