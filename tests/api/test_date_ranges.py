"""The history by date: an end date means the end of that day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.problems import assert_problem
from tests.support.rows import session_row, store


async def titles(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/ai-sessions", params=query)
    assert answer.status_code == 200, answer.text
    return [row["session"]["title"] for row in answer.json()["items"]]


async def test_sessions_are_found_by_the_days_on_which_they_were_started(application: Application) -> None:
    tenant = await application.tenant(with_flows=False)
    starts = {
        "before": datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC),
        "first moment": datetime(2026, 3, 2, tzinfo=UTC),
        "noon": datetime(2026, 3, 2, 12, tzinfo=UTC),
        "last moment": datetime(2026, 3, 3, 23, 59, 59, 999999, tzinfo=UTC),
        "after": datetime(2026, 3, 4, tzinfo=UTC),
    }
    await store(
        application.database,
        *(session_row(tenant, 0, title, created_at=at, updated_at=at) for title, at in starts.items()),
    )
    async with application.sign_in(tenant) as engineer:
        assert await titles(engineer, **{"from": "2026-03-02", "to": "2026-03-03"}) == [
            "last moment",
            "noon",
            "first moment",
        ]
        assert await titles(engineer, **{"from": "2026-03-02", "to": "2026-03-02"}) == [
            "noon",
            "first moment",
        ]
        assert await titles(engineer, to="2026-03-01") == ["before"]
        assert await titles(engineer, **{"from": "2026-03-04"}) == ["after"]
        assert await titles(engineer, **{"from": "2026-03-03", "to": "2026-03-02"}) == []
        # Where a day begins elsewhere than in UTC, its two moments are given.
        assert await titles(
            engineer, **{"from": "2026-03-02T00:00:00+02:00", "to": "2026-03-02T13:00:00+02:00"}
        ) == ["first moment", "before"]
        assert await titles(engineer, **{"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:00:00Z"}) == [
            "noon"
        ]
        assert await titles(engineer, q="o", to="2026-03-02") == ["noon", "first moment", "before"]
        assert len(await titles(engineer, **{"from": "0001-01-01", "to": "9999-12-31"})) == 5


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-02-30",
        "2026-03-02T12:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "",
    ],
)
async def test_what_is_no_date_is_refused(desk: Desk, moment: str) -> None:
    for name in ("from", "to"):
        answer = await desk.engineer.get("/ai-sessions", params={name: moment})
        assert_problem(answer, 422, "validation_failed")
