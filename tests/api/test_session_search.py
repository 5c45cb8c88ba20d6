"""A search finds what lies behind a thousand newer sessions, and only in the account that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.session_list import SEARCHED_FIRST
from domain.vocabulary import AccountRole, SessionStatus
from infra.database.models import Session
from tests.support.application import Application
from tests.support.rows import START, session_row, store
from tests.support.tenants import Tenant

_NEWER = text(
    """
    INSERT INTO sessions (id, account_id, title, status, intake_type, started_by, engineer_id, state_version, last_seq,
                          created_at, updated_at, last_activity_at)
    SELECT gen_random_uuid(), :account_id, 'Printer ' || number, 'resolved', 'free_text', :user_id, :user_id, 0, 0,
           :start, CAST(:start AS timestamptz) + number * interval '1 minute', :start
    FROM generate_series(1, :count) AS number
    """
)


@dataclass
class Archive:
    """An account with more sessions than a search looks through one by one, and old ones behind them."""

    tenant: Tenant
    client: httpx.AsyncClient
    old: Session


def old_session(tenant: Tenant, **values: Any) -> Session:
    return session_row(
        tenant,
        -60,
        r"Scanner 50%_done \\nas\scans",
        psa_ticket_id="9-77123",
        ticket={"ref": "9-77123", "summary": "s", "client": "Bäckerei ÖZDEMIR"},
        **values,
    )


@pytest.fixture(scope="module")
async def archive(application: Application) -> AsyncIterator[Archive]:
    tenant, other = await application.tenant(with_flows=False), await application.tenant(with_flows=False)
    old = old_session(tenant)
    await store(application.database, old, old_session(other))
    async with application.database.admin() as db:
        await db.execute(
            _NEWER,
            {
                "account_id": tenant.account_id,
                "user_id": tenant.user_id(),
                "start": START,
                "count": SEARCHED_FIRST + 100,
            },
        )
    async with application.sign_in(tenant) as client:
        yield Archive(tenant, client, old)


async def found(archive: Archive, q: str, **query: Any) -> list[str]:
    answer = await archive.client.get("/ai-sessions", params={"q": q, **query})
    assert answer.status_code == 200, answer.text
    return [row["session"]["id"] for row in answer.json()["items"]]


@pytest.mark.parametrize(
    "q",
    ["Scanner", "sCaNN", "50%_", r"\nas\sc", "9-77123", "-77", "bäckerei ö", "özdemir", "_d", "9-"],
)
async def test_any_part_of_title_ticket_or_client_is_found_behind_newer_sessions(
    archive: Archive, q: str
) -> None:
    assert await found(archive, q) == [str(archive.old.id)]


@pytest.mark.parametrize("q", ["Scanners", "50x_d", "9-7712377", "scans\n9-77123", "%%%", "' OR '1'='1"])
async def test_what_is_nowhere_is_not_found(archive: Archive, q: str) -> None:
    assert await found(archive, q) == []


async def test_a_search_keeps_to_the_other_filters(archive: Archive) -> None:
    assert await found(archive, "scanner", status="active", scope="team", psa_ticket_id="9-77123")
    assert await found(archive, "scanner", status="paused") == []
    assert await found(archive, "scanner", psa_ticket_id="1") == []


async def test_a_frequent_word_is_paged_to_its_end(archive: Archive) -> None:
    pages: list[str] = []
    cursor = None
    while True:
        query: dict[str, Any] = {"q": "printer", "limit": 200} | ({"cursor": cursor} if cursor else {})
        page = (await archive.client.get("/ai-sessions", params=query)).json()
        pages += [row["session"]["title"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == [f"Printer {number}" for number in range(SEARCHED_FIRST + 100, 0, -1)]


async def test_a_session_is_found_by_its_new_title_and_not_by_its_old_one(
    application: Application, archive: Archive
) -> None:
    changing = session_row(archive.tenant, -30, "Badge reader", updated_at=START - timedelta(days=1))
    await store(application.database, changing)
    assert await found(archive, "badge") == [str(changing.id)]
    async with application.database.tenant(archive.tenant.account_id) as db:
        row = await db.get_one(Session, changing.id)
        row.title, row.status = "Door", SessionStatus.PAUSED
        row.ticket = {"ref": "1", "summary": "s", "client": "Hafen"}
    assert await found(archive, "badge") == []
    assert await found(archive, "hafen") == [str(changing.id)]


async def test_the_look_up_of_the_schemas_owner_answers_for_the_transactions_account_alone(
    application: Application, archive: Archive
) -> None:
    look_up = text("SELECT count(*) FROM find_sessions('scanner', '%scanner%')")
    async with application.database.tenant(archive.tenant.account_id) as db:
        assert (await db.execute(look_up)).scalar_one() == 1
    async with application.database.without_tenant() as db:
        assert (await db.execute(look_up)).scalar_one() == 0
    async with application.sign_in(archive.tenant, AccountRole.VIEWER) as viewer:
        page = (await viewer.get("/ai-sessions", params={"q": "scanner", "scope": "team"})).json()
        assert [row["session"]["id"] for row in page["items"]] == [str(archive.old.id)]
