"""A sign-in that is renewed and ended at the same moment: ended it is, and nobody is told that the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from api.routes.auth import REUSE_TOLERANCE
from api.security.tokens import token_hash
from api.sign_in import REFRESH_COOKIE
from domain.vocabulary import AccountRole
from infra.database.models import RefreshToken
from infra.stack.postgres import DATABASE, EmbeddedPostgres
from tests.support.application import Application
from tests.support.browsers import browser, sign_in
from tests.support.intruder import Intruder, intruder_of
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant


@pytest.fixture
async def intruder(postgres: EmbeddedPostgres) -> AsyncIterator[Intruder]:
    async with intruder_of(postgres, DATABASE) as second:
        yield second


@pytest.fixture
async def account(application: Application) -> Tenant:
    return await application.tenant(with_flows=False)


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """Sends the cookies that it is told to send."""
    async with browser(application.url) as one:
        yield one


async def signed_in(client: httpx.AsyncClient, account: Tenant) -> str:
    answer = await sign_in(client, account)
    client.cookies.clear()
    return answer.cookies[REFRESH_COOKIE]


async def refresh(client: httpx.AsyncClient, cookie: str) -> httpx.Response:
    answer = await client.post("/auth/refresh", headers={"Cookie": f"{REFRESH_COOKIE}={cookie}"})
    client.cookies.clear()
    return answer


def lock_of(account: Tenant) -> str:
    return f"SELECT FROM login_sessions WHERE user_id = '{account.user_id()}' FOR UPDATE"


async def test_a_stolen_cookie_ends_the_sign_in_that_is_being_renewed(
    application: Application, account: Tenant, client: httpx.AsyncClient, intruder: Intruder
) -> None:
    stolen = await signed_in(client, account)
    current = (await refresh(client, stolen)).cookies[REFRESH_COOKIE]
    async with application.database.admin() as db:
        await db.execute(
            sa.update(RefreshToken)
            .where(RefreshToken.token_hash == token_hash(stolen))
            .values(used_at=datetime.now(UTC) - REUSE_TOLERANCE - timedelta(seconds=1))
        )
    await intruder.begin(lock_of(account))
    thief = asyncio.ensure_future(refresh(client, stolen))
    await intruder.until_blocked()
    owner = asyncio.ensure_future(refresh(client, current))
    await intruder.until_blocked(2)
    await intruder.roll_back()
    assert_problem(await thief, 401, "refresh_reused")
    assert_problem(await owner, 401, "refresh_invalid")


@pytest.mark.parametrize("way", ["shut out", "signed out"])
async def test_a_member_who_is_put_out_while_their_page_renews_its_sign_in_is_out(
    application: Application, account: Tenant, client: httpx.AsyncClient, intruder: Intruder, way: str
) -> None:
    cookie = await signed_in(client, account)
    member = f"/accounts/me/members/{account.user_id()}"
    async with application.sign_in(account, AccountRole.ADMIN) as admin:
        await intruder.begin(lock_of(account))
        page = asyncio.ensure_future(refresh(client, cookie))
        await intruder.until_blocked()
        put_out = asyncio.ensure_future(
            admin.patch(member, json={"is_active": False})
            if way == "shut out"
            else admin.delete(f"{member}/sessions")
        )
        await intruder.until_blocked(2)
        await intruder.roll_back()
        assert (await put_out).status_code == 200, (await put_out).text
        assert (await page).status_code == 200, "it was renewed before it ended"
    for one in (cookie, (await page).cookies[REFRESH_COOKIE]):
        assert_problem(await refresh(client, one), 401, "refresh_invalid")
