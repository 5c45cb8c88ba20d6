"""Limits: counted over all processes, told with the time to wait, and in nobody else's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from api.rate_limiting import in_words
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.models import RateLimitState
from infra.rate_limits import Allowance, Rate, RateLimits, sweep_rate_limits
from tests.api.conftest import Desk
from tests.support.application import Application, running_api
from tests.support.browsers import browser, sign_in
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant
from tests.unit.uploads.pictures import picture

WRONG = "not it at all"
THREE_AN_HOUR = Rate(3, timedelta(hours=1))


@pytest.fixture
async def account(application: Application) -> Tenant:
    """An account of the test alone: what it uses up is missing nowhere else."""
    return await application.tenant(with_flows=False)


@asynccontextmanager
async def two_apis(settings: Settings, **limits: object) -> AsyncIterator[tuple[str, str]]:
    """Two processes' worth of API on one database."""
    strict = settings.model_copy(update=limits)
    async with running_api(strict) as first, running_api(strict) as second:
        yield first, second


def assert_limited(answer: httpx.Response, most: int) -> None:
    problem = assert_problem(answer, 429, "rate_limited")
    seconds = int(answer.headers["retry-after"])
    assert 0 < seconds <= most
    assert problem["retry_after"] == seconds
    assert in_words(seconds) in problem["detail"]


async def test_wrong_passwords_for_one_address_are_counted_over_all_processes(
    settings: Settings, account: Tenant, desk: Desk
) -> None:
    async with (
        two_apis(settings, limit_wrong_passwords="4/hour") as urls,
        browser(urls[0]) as first,
        browser(urls[1]) as second,
    ):
        for client in (first, second, first, second):
            assert_problem(await sign_in(client, account, password=WRONG), 401, "credentials_invalid")
        for client in (first, second):
            assert_limited(await sign_in(client, account, password=WRONG), most=15 * 60)
            assert_limited(await sign_in(client, account), most=15 * 60)
            upper = account.email().upper()
            assert_limited(await sign_in(client, account, email=upper), most=15 * 60)
        assert (await sign_in(first, account, AccountRole.VIEWER)).status_code == 200, (
            "others are not held up"
        )


async def test_right_passwords_are_not_counted(settings: Settings, account: Tenant) -> None:
    async with two_apis(settings, limit_wrong_passwords="1/day") as (url, _), browser(url) as client:
        for _ in range(3):
            assert (await sign_in(client, account)).status_code == 200


async def test_wrong_passwords_from_one_address_are_counted_whoever_they_are_for(
    settings: Settings, account: Tenant
) -> None:
    async with (
        two_apis(settings, limit_wrong_per_address="2/day", trusted_proxies=["127.0.0.1"]) as (url, _),
        browser(url) as client,
    ):
        # An address of its own, as a proxy would tell it: the address of this machine is that of all tests.
        ours, theirs = (f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}" for _ in range(2))
        for _ in range(2):
            # IPv6 has an address for each attempt.
            client.headers["X-Forwarded-For"] = f"{ours}::{uuid4().hex[:4]}"
            unknown = await sign_in(client, account, email=f"{uuid4()}@test.example")
            assert_problem(unknown, 401, "credentials_invalid")
        assert_limited(await sign_in(client, account, email=f"{uuid4()}@test.example"), most=43_200)
        client.headers["X-Forwarded-For"] = f"{theirs}::1"
        assert (await sign_in(client, account)).status_code == 200, "another address is not held up"


async def test_many_guesses_at_once_are_not_more_than_the_limit(settings: Settings, account: Tenant) -> None:
    async with (
        two_apis(settings, limit_wrong_passwords="3/day") as urls,
        browser(urls[0]) as first,
        browser(urls[1]) as second,
    ):
        answers = await asyncio.gather(
            *(sign_in(client, account, password=f"guess {n}") for n in range(4) for client in (first, second))
        )
    assert sorted(answer.status_code for answer in answers) == [401] * 3 + [429] * 5


async def test_one_sign_in_is_renewed_only_so_often(settings: Settings, account: Tenant) -> None:
    async with (
        two_apis(settings, limit_refreshes="3/day") as (url, _),
        browser(url) as client,
        browser(url) as another,
    ):
        await sign_in(client, account)
        await sign_in(another, account)
        for _ in range(3):
            assert (await client.post("/auth/refresh")).status_code == 200
        assert_limited(await client.post("/auth/refresh"), most=86_400 // 3)
        assert (await another.post("/auth/refresh")).status_code == 200


async def test_uploads_and_messages_to_the_pilot_are_limited_by_account(
    settings: Settings, account: Tenant, desk: Desk
) -> None:
    async with (
        two_apis(settings, limit_uploads="1/day", limit_turns="2/day") as (url, other_url),
        browser(url) as client,
        browser(other_url) as colleague,
        browser(url) as stranger,
    ):
        await sign_in(client, account)
        await sign_in(colleague, account, AccountRole.OWNER)
        await sign_in(stranger, desk.tenant)
        file = {"file": ("shot.png", picture(), "image/png")}
        assert (await client.post("/uploads", files=file)).status_code == 201
        assert_limited(await colleague.post("/uploads", files=file), most=86_400)
        assert (await stranger.post("/uploads", files=file)).status_code == 201
        nowhere = f"/ai-sessions/{uuid4()}"
        for _ in range(2):
            answer = await client.post(f"{nowhere}/messages", json={"text": "hello"})
            assert answer.status_code == 404
        turns: tuple[tuple[str, object], ...] = (
            ("/messages", {"text": "hello"}),
            ("/chat", {"text": "hello"}),
            ("/items", {"items": [{"item_id": str(uuid4()), "answer": "yes"}]}),
            ("/retry", None),
        )
        for path, body in turns:
            assert_limited(await colleague.post(nowhere + path, json=body), most=43_200)
        assert_limited(await colleague.post("/ai-sessions", json={"text": "hello"}), most=43_200)
        assert (await client.get("/ai-sessions")).status_code == 200, "reading is not limited"


async def test_whatever_else_has_the_model_work_is_limited_with_the_messages_and_what_is_stored_is_not(
    application: Application, settings: Settings, account: Tenant
) -> None:
    async with application.sign_in(account) as engineer:
        journey = await Journey.start(engineer, text="The mouse does not move")
    async with (
        two_apis(settings, limit_turns="1/day") as (url, other_url),
        browser(url) as client,
        browser(other_url) as colleague,
    ):
        await sign_in(client, account)
        await sign_in(colleague, account, AccountRole.OWNER)
        note = journey.path("/resolution-note/preview")
        assert (await client.post(note)).json()["from_cache"] is False
        assert (await colleague.post(note)).json()["from_cache"] is True
        assert_limited(await colleague.post(f"{note}?force=true"), most=86_400)
        package = await colleague.post(journey.path("/escalation-package/preview"))
        assert_limited(package, most=86_400)
        facts, answer = journey.path("/facts/promote"), {"source_type": "ai_synthesis"}
        raw = answer | {"raw_input": "It is the mouse of the printer"}
        assert_limited(await colleague.post(facts, json=raw), most=86_400)
        given = await colleague.post(facts, json=answer | {"proposed_text": "The mouse is new."})
        assert given.status_code == 201, given.text


async def test_what_was_used_comes_back_with_time(application: Application) -> None:
    limits = RateLimits(application.database)
    allowance = Allowance("test", str(uuid4()), THREE_AN_HOUR)
    assert [await limits.take(allowance) for _ in range(3)] == [0, 0, 0]
    waits = await limits.take(allowance)
    assert 19 * 60 < waits <= 20 * 60
    async with application.database.admin() as db:
        row = (
            await db.execute(sa.select(RateLimitState).where(RateLimitState.key == allowance.key))
        ).scalar_one()
        row.full_at -= timedelta(minutes=20)
    assert await limits.take(allowance) == 0
    assert await limits.take(allowance) > 0


async def test_counters_that_say_nothing_any_more_are_swept(application: Application) -> None:
    limits = RateLimits(application.database)
    whole, used = (Allowance("test", str(uuid4()), THREE_AN_HOUR) for _ in range(2))
    for allowance in (whole, used):
        await limits.take(allowance)
    await limits.give_back(whole)
    assert await sweep_rate_limits(application.database) >= 1
    async with application.database.admin() as db:
        kept = (await db.execute(sa.select(RateLimitState.key))).scalars().all()
    assert used.key in kept
    assert whole.key not in kept


async def test_the_counters_hold_no_addresses_and_the_app_role_reaches_them_by_its_functions_only(
    application: Application,
) -> None:
    allowance = Allowance("test", "somebody@test.example", THREE_AN_HOUR)
    assert "somebody" not in allowance.key
    for statement in ("SELECT * FROM rate_limits", "DELETE FROM rate_limits"):
        with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
            async with application.database.without_tenant() as db:
                await db.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (40, "40 seconds"), (100, "2 minutes"), (3600, "60 minutes"), (7200, "2 hours")],
)
def test_a_time_to_wait_is_told_in_words(seconds: int, words: str) -> None:
    assert in_words(seconds) == words


async def test_another_rate_counts_anew(application: Application) -> None:
    limits, whom = RateLimits(application.database), str(uuid4())
    slow = Allowance("trying", whom, Rate(1, timedelta(days=1)))
    assert await limits.take(slow) == 0
    assert await limits.take(slow) > 0
    assert await limits.take(Allowance("trying", whom, Rate(10, timedelta(minutes=1)))) == 0
