"""Lists of sessions, one session, and its older messages."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.vocabulary import AccountRole, MessageRole, SessionStatus
from infra.database.models import Message
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.rows import START, session_row
from tests.support.tenants import Tenant


@pytest.fixture
async def bare(application: Application) -> Tenant:
    """An account with nothing in it."""
    return await application.tenant(with_flows=False)


async def store(application: Application, *rows: Any) -> None:
    async with application.database.admin() as db:
        db.add_all(rows)


async def titles(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/ai-sessions", params=query)
    assert answer.status_code == 200, answer.text
    return [row["session"]["title"] for row in answer.json()["items"]]


async def test_own_sessions_come_first_asked_and_the_teams_on_request(
    application: Application, bare: Tenant
) -> None:
    owner = bare.user_id(AccountRole.OWNER)
    await store(
        application,
        session_row(bare, 1, "mine, older"),
        session_row(bare, 2, "a colleague's", engineer_id=owner, started_by=owner),
        session_row(bare, 3, "mine, taken over from a colleague", started_by=owner),
    )
    async with application.sign_in(bare) as engineer:
        assert await titles(engineer) == ["mine, taken over from a colleague", "mine, older"]
        assert await titles(engineer, scope="team") == [
            "mine, taken over from a colleague",
            "a colleague's",
            "mine, older",
        ]
        rows = (await engineer.get("/ai-sessions", params={"scope": "team"})).json()["items"]
        assert rows[1]["engineer_name"].startswith("Owner")


async def test_the_list_is_filtered_by_status_and_ticket(application: Application, bare: Tenant) -> None:
    await store(
        application,
        *(session_row(bare, n, status.value, status=status) for n, status in enumerate(SessionStatus)),
        session_row(bare, 20, "of ticket 481", psa_ticket_id="481", status=SessionStatus.PAUSED),
        session_row(bare, 21, "of ticket 48", psa_ticket_id="48", status=SessionStatus.PAUSED),
    )
    async with application.sign_in(bare) as engineer:
        assert await titles(engineer, status="requesting_escalation") == ["requesting_escalation"]
        assert await titles(engineer, status="paused") == ["of ticket 48", "of ticket 481", "paused"]
        assert await titles(engineer, psa_ticket_id="48") == ["of ticket 48"]


async def test_a_search_finds_title_ticket_and_client_and_takes_every_character_as_itself(
    application: Application, bare: Tenant
) -> None:
    await store(
        application,
        session_row(bare, 1, "Disk 100% full"),
        session_row(bare, 2, "Disk 1000 full"),
        session_row(bare, 3, "file_server"),
        session_row(bare, 4, "fileXserver"),
        session_row(bare, 5, r"path \\nas\share"),
        session_row(bare, 6, "ticket", psa_ticket_id="48231"),
        session_row(bare, 7, "client", ticket={"ref": "1", "summary": "s", "client": "Ärzte am Markt"}),
    )
    async with application.sign_in(bare) as engineer:
        assert await titles(engineer, q="100%") == ["Disk 100% full"]
        assert await titles(engineer, q="DISK") == ["Disk 1000 full", "Disk 100% full"]
        assert await titles(engineer, q="file_s") == ["file_server"]
        assert await titles(engineer, q=r"\nas\sh") == [r"path \\nas\share"]
        assert await titles(engineer, q="\\") == [r"path \\nas\share"]
        assert await titles(engineer, q="823") == ["ticket"]
        assert await titles(engineer, q="ärzte AM") == ["client"]
        assert await titles(engineer, q="' OR 1=1 --") == []
        assert len(await titles(engineer, q="")) == 7


async def test_pages_hold_every_session_once_also_when_times_are_equal(
    application: Application, bare: Tenant
) -> None:
    await store(application, *(session_row(bare, n // 3, f"session {n}") for n in range(10)))
    async with application.sign_in(bare) as engineer:
        found: list[str] = []
        cursor: str | None = None
        for _ in range(4):
            query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = (await engineer.get("/ai-sessions", params=query)).json()
            found += [row["session"]["title"] for row in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None, "the last page leads nowhere"
        assert sorted(found) == sorted(f"session {n}" for n in range(10))
        assert found == await titles(engineer)


async def test_a_page_that_is_exactly_full_is_the_last_one(application: Application, bare: Tenant) -> None:
    await store(application, *(session_row(bare, n, f"session {n}") for n in range(3)))
    async with application.sign_in(bare) as engineer:
        page = (await engineer.get("/ai-sessions", params={"limit": 3})).json()
        assert len(page["items"]) == 3
        assert page["next_cursor"] is None


async def test_a_cursor_that_the_list_never_gave_out_is_refused(desk: Desk) -> None:
    def encoded(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()

    row = str(uuid4())
    for cursor in (
        "abc",
        "!!!!",
        "ä",
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
        encoded([]),
        encoded(7),
        encoded({"a": 1}),
        encoded(["yesterday", row]),
        encoded([START.isoformat(), "no id"]),
        encoded([START.isoformat(), 7]),
        encoded([START.replace(tzinfo=None).isoformat(), row]),
        encoded(["0001-01-01T00:00:00+23:59", row]),
        encoded(["9999-12-31T23:59:59-23:59", row]),
        encoded([START.isoformat(), row, "more"]),
    ):
        assert_problem(
            await desk.engineer.get("/ai-sessions", params={"cursor": cursor}), 422, "cursor_invalid"
        )


async def test_a_session_is_read_with_everything_its_page_needs(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    body = await journey.detail()
    assert body["session"]["id"] == journey.id
    assert body["session"]["pilot"] == {"provider": "anthropic", "degraded_reason": None}
    assert body["active_fix"] is None
    assert body["running_turn"] is None
    kinds = [item["kind"] for item in body["lane"] if item["status"] == "open"]
    assert body["counts"] == {
        "facts": len(body["facts"]),
        "open_questions": kinds.count("question"),
        "open_checks": kinds.count("check"),
    }
    assert kinds, "the pilot asked something"
    assert body["last_event_seq"] >= max(message["seq"] for message in body["messages"])
    facts = await desk.engineer.get(journey.path("/facts"))
    assert facts.json() == body["facts"]
    assert_problem(await desk.engineer.get(journey.path("/suggested-fixes/active")), 404, "no_active_fix")
    fix = await journey.until_fix()
    assert (await desk.engineer.get(journey.path("/suggested-fixes/active"))).json() == fix


async def test_numbers_and_times_are_json_numbers_and_times_with_an_offset(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The account is locked out")
    await journey.until_fix()
    body = await journey.detail()
    for value in (
        body["session"]["state_version"],
        body["last_event_seq"],
        body["counts"]["facts"],
        body["active_fix"]["confidence_pct"],
        body["active_fix"]["nudge"]["messages_since_apply"],
    ):
        assert type(value) is int
    for moment in (
        body["session"]["created_at"],
        body["session"]["updated_at"],
        body["messages"][0]["created_at"],
    ):
        assert datetime.fromisoformat(moment).utcoffset() == timedelta(0)


async def test_older_messages_are_read_page_by_page_without_a_gap(
    application: Application, bare: Tenant
) -> None:
    session = session_row(bare, 0, "a long one", last_seq=130)
    await store(application, session)
    await store(
        application,
        *(
            Message(
                id=uuid4(),
                account_id=bare.account_id,
                session_id=session.id,
                seq=number,
                role=MessageRole.ENGINEER,
                text=f"message {number}",
            )
            for number in range(1, 131)
        ),
    )
    async with application.sign_in(bare) as engineer:
        detail = (await engineer.get(f"/ai-sessions/{session.id}")).json()
        shown = [message["seq"] for message in detail["messages"]]
        assert shown == list(range(81, 131))
        cursor = detail["older_cursor"]
        while cursor is not None:
            page = await engineer.get(
                f"/ai-sessions/{session.id}/messages", params={"before": cursor, "limit": 33}
            )
            shown = [message["seq"] for message in page.json()["items"]] + shown
            cursor = page.json()["next_cursor"]
        assert shown == list(range(1, 131))
        newest = await engineer.get(f"/ai-sessions/{session.id}/messages", params={"limit": 2})
        assert [message["seq"] for message in newest.json()["items"]] == [129, 130]
        none = await engineer.get(f"/ai-sessions/{session.id}/messages", params={"before": 1})
        assert none.json() == {"items": [], "next_cursor": None, "people": []}
        for wrong in ("-1", "abc", str(2**63)):
            answer = await engineer.get(f"/ai-sessions/{session.id}/messages", params={"before": wrong})
            assert_problem(answer, 422, "validation_failed")


async def test_a_session_that_does_not_exist_is_not_found(desk: Desk) -> None:
    for path in ("", "/messages", "/facts", "/events", "/suggested-fixes/active"):
        answer = await desk.engineer.get(f"/ai-sessions/{UUID(int=7)}{path}")
        assert_problem(answer, 404, "session_not_found")
