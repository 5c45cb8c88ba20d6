"""Signing in, staying signed in, signing out."""

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
from infra.database.models import RefreshToken, User
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.problems import assert_problem
from tests.support.tenants import PASSWORD, Tenant


@pytest.fixture
async def browser(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in yet; keeps cookies as a browser does."""
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1", timeout=30) as client:
        yield client


async def sign_in(
    browser: httpx.AsyncClient, tenant: Tenant, role: AccountRole = AccountRole.ENGINEER
) -> str:
    """Sign in; answers the refresh cookie."""
    answer = await browser.post("/auth/login", json={"email": tenant.email(role), "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer.cookies[REFRESH_COOKIE]


def cookie(value: str) -> dict[str, str]:
    return {"Cookie": f"{REFRESH_COOKIE}={value}"}


async def test_a_user_signs_in_and_is_told_who_they_are(browser: httpx.AsyncClient, desk: Desk) -> None:
    answer = await browser.post(
        "/auth/login", json={"email": desk.tenant.email().upper(), "password": PASSWORD}
    )
    assert answer.status_code == 200
    token = answer.json()
    assert token["token_type"] == "bearer"
    lifetime = datetime.fromisoformat(token["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=10) < lifetime <= timedelta(minutes=15)
    me = await browser.get("/auth/me", headers={"Authorization": f"Bearer {token['access_token']}"})
    assert me.json()["email"] == desk.tenant.email()
    assert me.json()["role"] == "engineer"
    assert me.json()["permissions"] == ["read", "work"]
    assert me.json()["account"]["id"] == str(desk.tenant.account_id)


async def test_the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    answer = await browser.post("/auth/login", json={"email": desk.tenant.email(), "password": PASSWORD})
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/api/v1/auth"} <= attributes
    assert answer.cookies[REFRESH_COOKIE] not in answer.text


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    wrong = await browser.post(
        "/auth/login", json={"email": desk.tenant.email(), "password": "not it at all"}
    )
    unknown = await browser.post("/auth/login", json={"email": "nobody@test.example", "password": PASSWORD})
    told = [
        {
            key: value
            for key, value in assert_problem(one, 401, "credentials_invalid").items()
            if key != "request_id"
        }
        for one in (wrong, unknown)
    ]
    assert told[0] == told[1]
    assert "set-cookie" not in wrong.headers


async def test_a_user_who_was_deactivated_can_neither_sign_in_nor_refresh(
    application: Application, browser: httpx.AsyncClient
) -> None:
    tenant = await application.tenant(with_flows=False)
    spent = await sign_in(browser, tenant)
    async with application.database.admin() as db:
        await db.execute(sa.update(User).where(User.id == tenant.user_id()).values(is_active=False))
    answer = await browser.post("/auth/login", json={"email": tenant.email(), "password": PASSWORD})
    assert_problem(answer, 401, "credentials_invalid")
    browser.cookies.clear()
    assert_problem(await browser.post("/auth/refresh", headers=cookie(spent)), 401, "refresh_invalid")


async def test_a_token_of_a_user_who_is_gone_says_so(
    application: Application, browser: httpx.AsyncClient
) -> None:
    tenant = await application.tenant(with_flows=False)
    async with application.sign_in(tenant) as client:
        async with application.database.admin() as db:
            await db.execute(sa.delete(User).where(User.id == tenant.user_id()))
        assert_problem(await client.get("/auth/me"), 401, "login_ended")


async def test_refreshing_spends_the_cookie_for_a_new_one(browser: httpx.AsyncClient, desk: Desk) -> None:
    first = await sign_in(browser, desk.tenant)
    answer = await browser.post("/auth/refresh")
    assert answer.status_code == 200
    second = answer.cookies[REFRESH_COOKIE]
    assert second != first
    me = await browser.get("/auth/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.json()["id"] == str(desk.tenant.user_id())
    assert (await browser.post("/auth/refresh")).cookies[REFRESH_COOKIE] not in (first, second)


async def test_two_tabs_that_refresh_at_the_same_moment_both_stay_signed_in(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    spent = await sign_in(browser, desk.tenant)
    browser.cookies.clear()
    answers = await asyncio.gather(*(browser.post("/auth/refresh", headers=cookie(spent)) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.cookies[REFRESH_COOKIE] for answer in answers}) == 3


async def test_using_a_spent_cookie_later_ends_the_whole_sign_in(
    application: Application, browser: httpx.AsyncClient, desk: Desk
) -> None:
    stolen = await sign_in(browser, desk.tenant)
    current = (await browser.post("/auth/refresh")).cookies[REFRESH_COOKIE]
    browser.cookies.clear()
    long_ago = datetime.now(UTC) - REUSE_TOLERANCE - timedelta(seconds=1)
    async with application.database.admin() as db:
        await db.execute(
            sa.update(RefreshToken)
            .where(RefreshToken.token_hash == token_hash(stolen))
            .values(used_at=long_ago)
        )
    thief = await browser.post("/auth/refresh", headers=cookie(stolen))
    assert_problem(thief, 401, "refresh_reused")
    assert f"{REFRESH_COOKIE}=" in thief.headers["set-cookie"], "the useless cookie is taken away"
    owner = await browser.post("/auth/refresh", headers=cookie(current))
    assert_problem(owner, 401, "refresh_invalid")
    await sign_in(browser, desk.tenant)
    assert (await browser.post("/auth/refresh")).status_code == 200, (
        "another sign-in of the user is not touched"
    )


async def test_an_expired_cookie_no_longer_refreshes(
    application: Application, browser: httpx.AsyncClient, desk: Desk
) -> None:
    spent = await sign_in(browser, desk.tenant)
    async with application.database.admin() as db:
        await db.execute(
            sa.update(RefreshToken)
            .where(RefreshToken.token_hash == token_hash(spent))
            .values(expires_at=datetime.now(UTC))
        )
    assert_problem(await browser.post("/auth/refresh"), 401, "refresh_invalid")


async def test_refreshing_without_or_with_an_invented_cookie_is_refused(browser: httpx.AsyncClient) -> None:
    assert_problem(await browser.post("/auth/refresh"), 401, "refresh_missing")
    answer = await browser.post("/auth/refresh", headers=cookie("invented"))
    assert_problem(answer, 401, "refresh_invalid")


async def test_signing_out_ends_the_sign_in_on_all_its_tabs(browser: httpx.AsyncClient, desk: Desk) -> None:
    first = await sign_in(browser, desk.tenant)
    second = (await browser.post("/auth/refresh")).cookies[REFRESH_COOKIE]
    answer = await browser.post("/auth/logout")
    assert answer.status_code == 204
    assert browser.cookies.get(REFRESH_COOKIE) is None
    for old in (first, second):
        refused = await browser.post("/auth/refresh", headers=cookie(old))
        assert_problem(refused, 401, "refresh_invalid")
        browser.cookies.clear()
    assert (await browser.post("/auth/logout")).status_code == 204, "signing out twice is no error"


async def test_only_a_hash_of_the_refresh_token_is_stored(
    application: Application, browser: httpx.AsyncClient, desk: Desk
) -> None:
    token = await sign_in(browser, desk.tenant)
    async with application.database.admin() as db:
        rows = (await db.execute(sa.text("SELECT refresh_tokens::text FROM refresh_tokens"))).scalars().all()
    assert any(token_hash(token) in row for row in rows)
    assert not any(token in row for row in rows)


@pytest.mark.parametrize("path", ["login", "refresh", "logout"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_another_site_can_neither_sign_in_nor_refresh_nor_sign_out(
    browser: httpx.AsyncClient, desk: Desk, path: str, site: str
) -> None:
    await sign_in(browser, desk.tenant)
    body = {"email": desk.tenant.email(), "password": PASSWORD} if path == "login" else None
    answer = await browser.post(f"/auth/{path}", json=body, headers={"Sec-Fetch-Site": site})
    assert_problem(answer, 403, "cross_site_request")
    assert "set-cookie" not in answer.headers
    own = await browser.post("/auth/refresh", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 200


async def test_a_password_in_a_form_of_another_site_is_not_read(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    # What a page elsewhere can send without asking the browser first: a form, or JSON that calls itself text.
    body = f'{{"email": "{desk.tenant.email()}", "password": "{PASSWORD}"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await browser.post("/auth/login", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 422, kind
        assert "set-cookie" not in answer.headers
