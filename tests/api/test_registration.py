"""Registering: with an invitation for one person, once; without one only where the deployment says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.models import Account, Invite, User
from tests.api.conftest import Desk
from tests.support.application import Application, running_api
from tests.support.browsers import browser
from tests.support.problems import assert_problem
from tests.support.tenants import Tenant

Json = dict[str, Any]
NEW_PASSWORD = "a long sentence of mine"
INVITES = "/accounts/me/invites"


@pytest.fixture
async def team(application: Application) -> Tenant:
    return await application.tenant(with_flows=False)


@pytest.fixture
async def admin(application: Application, team: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with application.sign_in(team, AccountRole.ADMIN) as client:
        yield client


@pytest.fixture
async def stranger(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(application.url) as client:
        yield client


def address() -> str:
    return f"{uuid4().hex}@new.example"


async def invite(admin: httpx.AsyncClient, email: str, **body: str) -> Json:
    answer = await admin.post(INVITES, json={"email": email} | body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def token_of(made: Json) -> str:
    link = httpx.URL(made["link"])
    assert link.path == "/register"
    assert not link.query, "what stands there is in every log on the way"
    return link.fragment.removeprefix("invite=")


async def register(client: httpx.AsyncClient, **body: object) -> httpx.Response:
    return await client.post("/auth/register", json={"name": "Ada Fischer", "password": NEW_PASSWORD} | body)


async def test_whoever_is_invited_joins_the_account_in_the_role_they_were_given(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient, team: Tenant
) -> None:
    email = address()
    token = token_of(await invite(admin, email, role="viewer"))
    shown = (await stranger.post("/auth/invite", json={"invite": token})).json()
    assert (shown["email"], shown["role"]) == (email, "viewer")
    assert shown["account_name"].startswith("MSP ")
    answer = await register(stranger, invite=token)
    assert answer.status_code == 201, answer.text
    stranger.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    me = (await stranger.get("/auth/me")).json()
    assert (me["email"], me["name"], me["role"]) == (email, "Ada Fischer", "viewer")
    assert UUID(me["account"]["id"]) == team.account_id
    assert (await stranger.post("/auth/refresh")).status_code == 200, "signed in as after a login"
    again = await stranger.post("/auth/login", json={"email": email, "password": NEW_PASSWORD})
    assert again.status_code == 200
    assert (await admin.get(INVITES)).json()["items"] == []
    (entry, *_) = (await admin.get("/accounts/me/audit-log")).json()["items"]
    assert (entry["action"], entry["actor_id"]) == ("member.joined", me["id"])


async def test_an_invitation_lets_in_one_person_once_however_often_it_is_sent(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient, team: Tenant, application: Application
) -> None:
    email = address()
    token = token_of(await invite(admin, email))
    answers = await asyncio.gather(*(register(stranger, invite=token, name=f"Ada {n}") for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[404] * 5]
    for answer in answers:
        if answer.status_code == 404:
            assert_problem(answer, 404, "invite_not_found")
    async with application.database.admin() as db:
        count = sa.select(sa.func.count()).select_from(User).where(User.email == email)
        assert (await db.execute(count)).scalar_one() == 1


@pytest.mark.parametrize("end", ["withdrawn", "replaced", "expired", "invented"])
async def test_an_invitation_that_has_ended_lets_nobody_in(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient, application: Application, end: str
) -> None:
    email = address()
    made = await invite(admin, email)
    token = token_of(made)
    match end:
        case "withdrawn":
            assert (await admin.delete(f"{INVITES}/{made['id']}")).status_code == 204
            assert_problem(await admin.delete(f"{INVITES}/{made['id']}"), 404, "invite_not_found")
        case "replaced":
            newer = await invite(admin, email.upper())
            assert [one["id"] for one in (await admin.get(INVITES)).json()["items"]] == [newer["id"]]
        case "expired":
            async with application.database.admin() as db:
                row = await db.get_one(Invite, UUID(made["id"]))
                row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        case _:
            token = "x" * 43
    assert_problem(await register(stranger, invite=token), 404, "invite_not_found")
    assert_problem(await stranger.post("/auth/invite", json={"invite": token}), 404, "invite_not_found")


async def test_an_invitation_cannot_be_used_for_another_address(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    email = address()
    token = token_of(await invite(admin, email))
    refused = await register(stranger, invite=token, email=address())
    assert_problem(refused, 403, "invite_for_another_address")
    assert (await register(stranger, invite=token, email=email.upper())).status_code == 201


async def test_nobody_is_invited_as_owner_or_twice(admin: httpx.AsyncClient, team: Tenant) -> None:
    assert_problem(
        await admin.post(INVITES, json={"email": address(), "role": "owner"}), 422, "validation_failed"
    )
    member = await admin.post(INVITES, json={"email": team.email().upper()})
    assert_problem(member, 409, "member_exists")


async def test_an_inviter_does_not_learn_who_works_for_others(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient, desk: Desk
) -> None:
    made = await invite(admin, desk.tenant.email())
    assert_problem(await register(stranger, invite=token_of(made)), 409, "email_taken")


async def test_the_link_is_shown_once_and_only_its_hash_is_kept(
    admin: httpx.AsyncClient, application: Application
) -> None:
    made = await invite(admin, address())
    token = token_of(made)
    assert token not in (await admin.get(INVITES)).text
    async with application.database.admin() as db:
        row = await db.get_one(Invite, UUID(made["id"]))
        assert token not in repr(
            {column.name: getattr(row, column.name) for column in Invite.__table__.columns}
        )
        audit = await db.execute(sa.text("SELECT string_agg(a::text, ' ') FROM audit_log a"))
        assert token not in audit.scalar_one()


@pytest.mark.parametrize(("mode", "code"), [("invite", "invite_required"), ("closed", "registration_closed")])
async def test_without_an_invitation_nobody_gets_in_unless_the_deployment_is_open(
    settings: Settings, mode: Literal["invite", "closed"], code: str
) -> None:
    async with running_api(settings.model_copy(update={"registration": mode})) as url, browser(url) as client:
        answer = await register(client, email=address(), account_name="Fischer IT")
        assert_problem(answer, 403, code)


async def test_a_closed_deployment_neither_invites_nor_takes_invitations(
    settings: Settings, admin: httpx.AsyncClient
) -> None:
    token = token_of(await invite(admin, address()))
    closed = settings.model_copy(update={"registration": "closed"})
    async with running_api(closed) as url, browser(url) as client:
        assert_problem(await register(client, invite=token), 403, "registration_closed")
        client.headers["Authorization"] = admin.headers["Authorization"]
        answer = await client.post(INVITES, json={"email": address()})
        assert_problem(answer, 409, "registration_closed")


async def test_an_open_deployment_gives_whoever_comes_an_account_of_their_own(
    settings: Settings, application: Application
) -> None:
    email = address()
    open_to_all = settings.model_copy(update={"registration": "open"})
    async with running_api(open_to_all) as url, browser(url) as client:
        assert_problem(await register(client, email=email), 422, "account_name_missing")
        answer = await register(client, email=email, account_name="Fischer IT")
        assert answer.status_code == 201, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        me = (await client.get("/auth/me")).json()
        assert (me["role"], me["account"]["name"]) == ("owner", "Fischer IT")
        assert (await client.get("/ai-sessions?scope=team")).json()["items"] == []
        (entry, *_) = (await client.get("/accounts/me/audit-log")).json()["items"]
        assert (entry["action"], entry["actor_id"]) == ("account.created", me["id"])
        taken = await register(client, email=email.upper(), account_name="Another")
        assert_problem(taken, 409, "email_taken")
    async with application.database.admin() as db:
        assert (await db.execute(sa.select(Account).where(Account.name == "Another"))).first() is None


async def test_attempts_to_register_are_limited_by_address_over_all_processes(
    settings: Settings, admin: httpx.AsyncClient
) -> None:
    strict = settings.model_copy(update={"limit_registrations": "3/day"})
    async with (
        running_api(strict) as url,
        running_api(strict) as other_url,
        browser(url) as first,
        browser(other_url) as second,
    ):
        for client in (first, second, first):
            assert (await register(client, invite="guess")).status_code == 404
        for answer in (
            await register(second, invite=token_of(await invite(admin, address()))),
            await first.post("/auth/invite", json={"invite": "guess"}),
        ):
            assert_problem(answer, 429, "rate_limited")
            assert 0 < int(answer.headers["retry-after"]) <= 86_400 // 3


async def test_a_page_of_another_site_registers_nobody(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    token = token_of(await invite(admin, address()))
    answer = await stranger.post(
        "/auth/register",
        json={"name": "Ada", "password": NEW_PASSWORD, "invite": token},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert_problem(answer, 403, "cross_site_request")
