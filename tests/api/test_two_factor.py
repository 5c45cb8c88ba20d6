"""Two-factor authentication: set up, asked for, used once, and switched off only by who has both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pyotp
import pytest
import sqlalchemy as sa

from api.two_factor import STEP_SECONDS, matching_step
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.models import RecoveryCode, TwoFactor
from tests.support.application import Application, running_api
from tests.support.browsers import browser, sign_in
from tests.support.problems import assert_problem
from tests.support.tenants import PASSWORD, Tenant


@pytest.fixture
async def account(application: Application) -> Tenant:
    return await application.tenant(with_flows=False)


@pytest.fixture
async def laptop(application: Application, account: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """The account's engineer, signed in with the password."""
    async with browser(application.url) as client:
        assert (await sign_in(client, account)).status_code == 200
        yield client


def code_of(secret: str, ahead: int = 0) -> str:
    """What an authenticator app shows now, or so many time steps later."""
    step = int(datetime.now(UTC).timestamp()) // STEP_SECONDS
    return pyotp.TOTP(secret).generate_otp(step + ahead)


async def enrol(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/auth/two-factor/enrol", json={"password": PASSWORD})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def switch_on(client: httpx.AsyncClient) -> tuple[str, str, list[str]]:
    """Set it up; answers the secret, a code that was not used yet, and the recovery codes."""
    secret = (await enrol(client))["secret"]
    # The code of the next step is accepted as well, and stays so while this one passes.
    now, later = code_of(secret), code_of(secret, 1)
    answer = await client.post("/auth/two-factor/confirm", json={"code": now})
    assert answer.status_code == 200, answer.text
    return secret, later, answer.json()["recovery_codes"]


async def test_setting_it_up_tells_a_secret_in_three_forms_and_asks_nothing_before_it_is_confirmed(
    laptop: httpx.AsyncClient, account: Tenant
) -> None:
    told = await enrol(laptop)
    address = urlsplit(told["otpauth_url"])
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query) == {"secret": [told["secret"]], "issuer": ["ResolutionFlow"]}
    assert account.email().replace("@", "%40") in address.path
    assert ElementTree.fromstring(told["qr_svg"]).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314
    assert (await laptop.get("/auth/two-factor")).json() == {"enabled": False, "recovery_codes_left": 0}
    assert (await sign_in(laptop, account)).status_code == 200
    wrong = await laptop.post("/auth/two-factor/confirm", json={"code": "abcdef"})
    assert_problem(wrong, 403, "code_invalid")
    again = await enrol(laptop)
    assert again["secret"] != told["secret"], "begun again, the newer secret counts"
    late = await laptop.post("/auth/two-factor/confirm", json={"code": pyotp.TOTP(told["secret"]).now()})
    assert_problem(late, 403, "code_invalid")


async def test_once_it_is_on_the_password_alone_does_not_sign_in(
    laptop: httpx.AsyncClient, account: Tenant, application: Application
) -> None:
    _, code, codes = await switch_on(laptop)
    assert len(set(codes)) == 10
    assert (await laptop.get("/auth/two-factor")).json() == {"enabled": True, "recovery_codes_left": 10}
    async with browser(application.url) as thief:
        answer = await sign_in(thief, account)
        assert_problem(answer, 401, "totp_required")
        assert "set-cookie" not in answer.headers
        assert_problem(await sign_in(thief, account, code="000000"), 401, "code_invalid")
        wrong = await sign_in(thief, account, password="not it at all", code=code)
        assert_problem(wrong, 401, "credentials_invalid")
        assert (await sign_in(thief, account, code=f"{code[:3]} {code[3:]}")).status_code == 200
        assert (await thief.get("/auth/me")).json()["email"] == account.email()


async def test_a_code_that_was_used_is_refused_the_second_time(
    laptop: httpx.AsyncClient, account: Tenant, application: Application
) -> None:
    _, code, _ = await switch_on(laptop)
    async with browser(application.url) as one, browser(application.url) as two:
        assert (await sign_in(one, account, code=code)).status_code == 200
        assert_problem(await sign_in(two, account, code=code), 401, "code_invalid")
        off = await one.post("/auth/two-factor/disable", json={"password": PASSWORD, "code": code})
        assert_problem(off, 403, "code_invalid")


async def test_a_recovery_code_lets_in_once_and_renewing_them_ends_the_old_ones(
    laptop: httpx.AsyncClient, account: Tenant, application: Application
) -> None:
    _, code, codes = await switch_on(laptop)
    async with browser(application.url) as client:
        assert (await sign_in(client, account, code=codes[0].lower())).status_code == 200
        assert_problem(await sign_in(client, account, code=codes[0]), 401, "code_invalid")
        assert (await client.get("/auth/two-factor")).json()["recovery_codes_left"] == 9
        proof = {"password": PASSWORD, "code": code}
        renewed = (await client.post("/auth/two-factor/recovery-codes", json=proof)).json()["recovery_codes"]
        assert not set(renewed) & set(codes)
        assert_problem(await sign_in(client, account, code=codes[1]), 401, "code_invalid")
        assert (await sign_in(client, account, code=renewed[1])).status_code == 200


async def test_it_is_switched_off_only_with_password_and_code(
    laptop: httpx.AsyncClient, account: Tenant
) -> None:
    _, code, codes = await switch_on(laptop)
    for path in ("disable", "recovery-codes"):
        wrong = await laptop.post(f"/auth/two-factor/{path}", json={"password": "wrong", "code": codes[0]})
        assert_problem(wrong, 403, "password_wrong")
        wrong = await laptop.post(f"/auth/two-factor/{path}", json={"password": PASSWORD, "code": "000000"})
        assert_problem(wrong, 403, "code_invalid")
    assert_problem(
        await laptop.post("/auth/two-factor/enrol", json={"password": PASSWORD}), 409, "two_factor_on"
    )
    proof = {"password": PASSWORD, "code": code}
    assert (await laptop.post("/auth/two-factor/disable", json=proof)).status_code == 204
    assert_problem(await laptop.post("/auth/two-factor/disable", json=proof), 409, "two_factor_off")
    assert (await sign_in(laptop, account)).status_code == 200


async def test_setting_it_up_needs_the_password_and_a_beginning(laptop: httpx.AsyncClient) -> None:
    wrong = await laptop.post("/auth/two-factor/enrol", json={"password": "not it at all"})
    assert_problem(wrong, 403, "password_wrong")
    early = await laptop.post("/auth/two-factor/confirm", json={"code": "123456"})
    assert_problem(early, 409, "two_factor_not_begun")


async def test_an_administrator_takes_away_the_second_factor_of_a_member_who_lost_it(
    laptop: httpx.AsyncClient, account: Tenant, application: Application
) -> None:
    await switch_on(laptop)
    member = f"/accounts/me/members/{account.user_id()}"
    async with application.sign_in(account, AccountRole.ADMIN) as admin:
        people = {one["id"]: one for one in (await admin.get("/accounts/me/members")).json()["items"]}
        assert [one["role"] for one in people.values() if one["has_two_factor"]] == ["engineer"]
        assert (await admin.delete(f"{member}/two-factor")).status_code == 204
        assert_problem(await admin.delete(f"{member}/two-factor"), 409, "two_factor_off")
        own = f"/accounts/me/members/{account.user_id(AccountRole.ADMIN)}/two-factor"
        assert_problem(await admin.delete(own), 409, "member_is_you")
    assert_problem(await laptop.get("/auth/me"), 401, "login_ended")
    assert (await sign_in(laptop, account)).status_code == 200


async def test_wrong_codes_are_limited_whatever_the_password_limit_says(
    settings: Settings, laptop: httpx.AsyncClient, account: Tenant
) -> None:
    _, code, _ = await switch_on(laptop)
    strict = settings.model_copy(update={"limit_wrong_codes": "2/day"})
    async with running_api(strict) as url, browser(url) as client:
        for _ in range(2):
            assert_problem(await sign_in(client, account, code="000000"), 401, "code_invalid")
        assert_problem(await sign_in(client, account, code=code), 429, "rate_limited")


async def test_neither_the_secret_nor_a_recovery_code_can_be_read_from_the_database(
    laptop: httpx.AsyncClient, account: Tenant, application: Application
) -> None:
    secret, _, codes = await switch_on(laptop)
    async with application.database.admin() as db:
        sealed = (
            await db.execute(sa.select(TwoFactor.secret).where(TwoFactor.user_id == account.user_id()))
        ).scalar_one()
        hashes = (
            (
                await db.execute(
                    sa.select(RecoveryCode.code_hash).where(RecoveryCode.user_id == account.user_id())
                )
            )
            .scalars()
            .all()
        )
    assert secret.encode() not in sealed
    assert len(hashes) == 10
    assert all(one.startswith("$argon2id$") for one in hashes)
    assert not any(code.replace("-", "") in one for code in codes for one in hashes)


def test_a_code_counts_for_its_own_time_step_and_its_neighbours() -> None:
    secret, now = pyotp.random_base32(), datetime(2026, 3, 1, 12, tzinfo=UTC)
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for away in (-1, 0, 1):
        code = totp.generate_otp(current + away)
        assert matching_step(secret, code, now) == current + away
    for away in (-2, 2):
        assert matching_step(secret, totp.generate_otp(current + away), now) is None
    assert matching_step(secret, totp.at(now), now + timedelta(minutes=2)) is None
    for nonsense in ("", " ", "abcdef", "１２３４５６", "1234567", totp.at(now)[:5]):
        assert matching_step(secret, nonsense, now) is None
