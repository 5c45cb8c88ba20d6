"""Seeing where one is signed in, ending that, and shutting members out: whoever is out is out within a minute."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from api import event_stream
from api.event_hub import EventHub
from api.request_origin import device_of
from api.security import standing
from api.security.standing import FRESH_SECONDS, STALE_SECONDS, Standing
from api.security.tokens import Identity
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import LoginSession, User
from tests.api.conftest import Desk
from tests.support.application import Application, running_api
from tests.support.browsers import FIREFOX, browser, sign_in
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.streams import event_stream as open_stream
from tests.support.tenants import Tenant


@pytest.fixture
async def account(application: Application) -> Tenant:
    """An account of the test alone: its sign-ins are counted."""
    return await application.tenant(with_flows=False)


@pytest.fixture
async def laptop(application: Application, account: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(application.url) as client:
        assert (await sign_in(client, account)).status_code == 200
        yield client


@pytest.fixture
async def phone(application: Application, account: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(
        application.url, agent="Mozilla/5.0 (iPhone) Version/26.1 Mobile Safari/605"
    ) as client:
        assert (await sign_in(client, account)).status_code == 200
        yield client


async def sessions_of(client: httpx.AsyncClient) -> list[dict[str, object]]:
    answer = await client.get("/auth/sessions")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_a_user_sees_where_they_are_signed_in_and_which_one_this_is(
    laptop: httpx.AsyncClient, phone: httpx.AsyncClient
) -> None:
    told = await sessions_of(laptop)
    assert [(one["device"], one["address"], one["is_current"]) for one in told] == [
        ("Safari 26 on iOS", "127.0.0.1", False),
        ("Firefox 144 on Windows", "127.0.0.1", True),
    ]
    assert [one["is_current"] for one in await sessions_of(phone)] == [True, False]
    before = told[1]["last_used_at"]
    assert (await laptop.post("/auth/refresh")).status_code == 200
    assert str((await sessions_of(laptop))[0]["last_used_at"]) > str(before), "the one last used comes first"


async def test_ending_one_sign_in_ends_its_token_and_its_cookie_and_no_other(
    laptop: httpx.AsyncClient, phone: httpx.AsyncClient
) -> None:
    (other,) = [one["id"] for one in await sessions_of(laptop) if not one["is_current"]]
    assert (await phone.get("/auth/me")).status_code == 200
    assert (await laptop.delete(f"/auth/sessions/{other}")).status_code == 204
    assert_problem(await phone.get("/auth/me"), 401, "login_ended")
    assert_problem(await phone.post("/auth/refresh"), 401, "refresh_invalid")
    assert (await laptop.get("/auth/me")).status_code == 200
    assert [one["is_current"] for one in await sessions_of(laptop)] == [True]
    assert_problem(await laptop.delete(f"/auth/sessions/{other}"), 404, "login_session_not_found")


async def test_ending_all_others_keeps_the_one_that_asks(
    laptop: httpx.AsyncClient, phone: httpx.AsyncClient
) -> None:
    assert (await laptop.post("/auth/sessions/end-others")).json() == {"ended": 1}
    assert_problem(await phone.get("/auth/me"), 401, "login_ended")
    assert (await laptop.post("/auth/refresh")).status_code == 200


async def test_a_sign_in_of_somebody_else_is_not_found(
    laptop: httpx.AsyncClient, application: Application, account: Tenant, desk: Desk
) -> None:
    (mine,) = [one["id"] for one in await sessions_of(laptop)]
    async with application.sign_in(account, AccountRole.ADMIN) as admin:
        for stranger in (desk.owner, admin):
            answer = await stranger.delete(f"/auth/sessions/{mine}")
            assert_problem(answer, 404, "login_session_not_found")
    assert (await laptop.get("/auth/me")).status_code == 200


async def test_signing_out_ends_the_access_token_too(laptop: httpx.AsyncClient) -> None:
    assert (await laptop.post("/auth/logout")).status_code == 204
    assert_problem(await laptop.get("/auth/me"), 401, "login_ended")


async def test_an_administrator_ends_a_members_sign_ins(
    application: Application, account: Tenant, laptop: httpx.AsyncClient, phone: httpx.AsyncClient
) -> None:
    member = f"/accounts/me/members/{account.user_id()}"
    async with application.sign_in(account, AccountRole.ADMIN) as admin:
        shown = (await admin.get(f"{member}/sessions")).json()["items"]
        assert {one["device"] for one in shown} == {"Safari 26 on iOS", "Firefox 144 on Windows"}
        assert (await admin.delete(f"{member}/sessions")).json() == {"ended": 2}
        for client in (laptop, phone):
            assert_problem(await client.get("/auth/me"), 401, "login_ended")
        assert (await sign_in(laptop, account)).status_code == 200, "they may sign in again"
        owner = f"/accounts/me/members/{account.user_id(AccountRole.OWNER)}"
        assert_problem(await admin.delete(f"{owner}/sessions"), 409, "member_is_owner")


async def test_a_member_who_is_shut_out_is_out_until_let_in_again(
    application: Application, account: Tenant, laptop: httpx.AsyncClient
) -> None:
    member = f"/accounts/me/members/{account.user_id()}"
    async with application.sign_in(account, AccountRole.ADMIN) as admin:
        answer = await admin.patch(member, json={"is_active": False})
        assert (answer.status_code, answer.json()["is_active"]) == (200, False)
        assert_problem(await laptop.get("/auth/me"), 401, "login_ended")
        assert_problem(await laptop.post("/auth/refresh"), 401, "refresh_invalid")
        assert_problem(await sign_in(laptop, account), 401, "credentials_invalid")
        assert (await admin.patch(member, json={"is_active": True})).json()["is_active"] is True
        assert_problem(await laptop.get("/auth/me"), 401, "login_ended")
        assert (await sign_in(laptop, account)).status_code == 200


async def test_nobody_shuts_out_themselves_or_the_owner_or_a_stranger(
    application: Application, account: Tenant, desk: Desk
) -> None:
    async with application.sign_in(account, AccountRole.ADMIN) as admin:
        for user_id, status, code in (
            (account.user_id(AccountRole.ADMIN), 409, "member_is_you"),
            (account.user_id(AccountRole.OWNER), 409, "member_is_owner"),
            (desk.tenant.user_id(), 404, "member_not_found"),
            (uuid4(), 404, "member_not_found"),
        ):
            path = f"/accounts/me/members/{user_id}"
            assert_problem(await admin.patch(path, json={"is_active": False}), status, code)
        for route in ("sessions", "two-factor"):
            path = f"/accounts/me/members/{desk.tenant.user_id()}/{route}"
            assert_problem(await admin.delete(path), 404, "member_not_found")
        answer = await admin.get(f"/accounts/me/members/{desk.tenant.user_id()}/sessions")
        assert_problem(answer, 404, "member_not_found")
        people = (await admin.get("/accounts/me/members")).json()["items"]
        assert {one["id"] for one in people} == {str(user_id) for user_id, _ in account.users.values()}


async def test_another_process_of_the_api_shuts_a_disabled_user_out_too(
    settings: Settings,
    application: Application,
    account: Tenant,
    laptop: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running_api(settings) as other, browser(other) as elsewhere:
        elsewhere.headers["Authorization"] = laptop.headers["Authorization"]
        assert (await elsewhere.get("/auth/me")).status_code == 200
        async with application.sign_in(account, AccountRole.ADMIN) as admin:
            member = f"/accounts/me/members/{account.user_id()}"
            assert (await admin.patch(member, json={"is_active": False})).status_code == 200
        # As if the time had passed for which an answer is kept.
        monkeypatch.setattr(standing, "FRESH_SECONDS", 0.0)
        assert_problem(await elsewhere.get("/auth/me"), 401, "login_ended")


async def test_a_role_that_was_taken_away_is_gone_before_the_token_ends(
    application: Application, account: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with application.sign_in(account, AccountRole.ADMIN) as admin:
        assert (await admin.get("/accounts/me/members")).status_code == 200
        async with application.database.admin() as db:
            await db.execute(
                sa.update(User)
                .where(User.id == account.user_id(AccountRole.ADMIN))
                .values(role=AccountRole.VIEWER)
            )
        monkeypatch.setattr(standing, "FRESH_SECONDS", 0.0)
        assert_problem(await admin.get("/accounts/me/members"), 403, "permission_denied")


async def test_an_open_event_stream_ends_with_the_sign_in(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "PERMISSION_ASKED_EVERY", 0.05)
    account = await application.tenant()
    async with AsyncExitStack() as stack:
        leaves = await stack.enter_async_context(application.sign_in(account))
        stays = await stack.enter_async_context(application.sign_in(account))
        journey = await Journey.start(leaves, text="The scanner does not send mail")
        gone = await stack.enter_async_context(open_stream(leaves, journey.id))
        kept = await stack.enter_async_context(open_stream(stays, journey.id))
        assert (await stays.post("/auth/sessions/end-others")).json() == {"ended": 1}
        while await gone.next() is not None:
            pass
        await Journey(stays, {"id": journey.id}).say("It worked yesterday")
        await kept.until("reply.completed")


async def test_a_stream_that_is_read_slowly_ends_before_all_that_was_missed_is_read(
    application: Application, account: Tenant, laptop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = await Journey.start(laptop, text="The scanner does not send mail")
    monkeypatch.setattr(event_stream, "PERMISSION_ASKED_EVERY", 0.0)
    answers = iter([True, True, False])

    async def may_go_on() -> bool:
        return next(answers)

    missed = event_stream.SessionStream(
        application.database,
        EventHub(application.database.url),
        account.account_id,
        UUID(journey.id),
        0,
        may_go_on=may_go_on,
    )
    assert [event.id async for event in missed.events()] == ["1", "2"]


def test_what_was_once_right_counts_for_less_than_a_minute() -> None:
    assert FRESH_SECONDS + event_stream.PERMISSION_ASKED_EVERY < 60
    assert STALE_SECONDS < 60


async def test_while_the_database_is_away_a_recent_answer_counts_and_an_old_one_does_not(
    application: Application, account: Tenant, laptop: httpx.AsyncClient
) -> None:
    (sid,) = [one["id"] for one in await sessions_of(laptop)]
    async with application.database.admin() as db:
        row = (await db.execute(sa.select(LoginSession).where(LoginSession.id == sid))).scalar_one()
    identity = Identity(account.user_id(), account.account_id, AccountRole.ENGINEER, False, row.id)
    now = 1000.0
    asked = Standing(application.database, clock=lambda: now)
    assert await asked.of(identity) == identity
    nowhere = Database(
        "postgresql+asyncpg://nobody@127.0.0.1:9/x", "postgresql+asyncpg://nobody@127.0.0.1:9/x"
    )
    asked._database = nowhere
    try:
        now += STALE_SECONDS - 1
        assert await asked.of(identity) == identity
        now += 2
        with pytest.raises(OSError, match="9"):
            await asked.of(identity)
    finally:
        await nowhere.aclose()


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox 144 on Windows"),
        ("Mozilla/5.0 (Macintosh) Version/26.0 Safari/605.1.15", "Safari 26 on macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36", "Chrome 142 on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge 142 on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/142.0 Mobile Safari/537.36", "Chrome 142 on Android"),
        ("curl/8.15.0", "curl/8.15.0"),
        ("", "Unknown device"),
        ("x" * 5000, "x" * 200),
        ("a\x1b[31m b", "a[31m"),
    ],
)
def test_a_device_is_told_as_people_know_it(agent: str, device: str) -> None:
    assert device_of(agent) == device
