"""Temporal's payloads are decoded for super admins alone, and in a browser for Temporal's UI alone."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
import structlog
from google.protobuf.json_format import MessageToDict
from sqlalchemy import update
from temporalio.api.common.v1 import Payload

from api.codec_cors import CODEC_COOKIE, CODEC_PATH
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.models import User
from infra.temporal.payload_keys import PayloadKeys
from tests.api.conftest import Desk
from tests.support.application import Application, converter_of_tests
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.tenants import PASSWORD, Tenant

UI = "http://127.0.0.1:8233"
ELSEWHERE = "https://elsewhere.example"
DECODE = "/temporal/codec/decode"


@pytest.fixture(scope="module")
async def platform(application: Application) -> Tenant:
    """An account whose owner is a super admin, too."""
    tenant = await application.tenant(with_flows=False)
    await _make_super(application, tenant, is_super_admin=True)
    return tenant


@pytest.fixture
async def super_admin(application: Application, platform: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with application.sign_in(platform, AccountRole.OWNER) as client:
        yield client


async def _make_super(application: Application, tenant: Tenant, **values: bool) -> None:
    async with application.database.admin() as db:
        await db.execute(update(User).where(User.id == tenant.user_id(AccountRole.OWNER)).values(**values))


async def encoded(*values: Any) -> dict[str, Any]:
    payloads = await converter_of_tests().encode(values)
    return {"payloads": [MessageToDict(one) for one in payloads]}


def texts(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [json.loads(base64.b64decode(one["data"])) for one in answer.json()["payloads"]]


async def cookie_of(client: httpx.AsyncClient) -> SimpleCookie:
    opened = await client.post("/temporal/codec/access")
    assert opened.status_code == 200, opened.text
    assert opened.json()["temporal_ui_url"] == UI
    return SimpleCookie(opened.headers["set-cookie"])


@pytest.fixture
async def browser(
    application: Application, super_admin: httpx.AsyncClient
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that shows Temporal's UI: it has the cookie, and no token."""
    cookie = await cookie_of(super_admin)
    async with httpx.AsyncClient(
        base_url=f"{application.url}/api/v1",
        headers={"Origin": UI, "X-Namespace": "default"},
        cookies={CODEC_COOKIE: cookie[CODEC_COOKIE].value},
    ) as client:
        yield client


async def test_a_super_admin_reads_what_a_session_sent(
    desk: Desk, application: Application, super_admin: httpx.AsyncClient
) -> None:
    journey = await Journey.start(desk.engineer, text="Outlook asks for Zanzibar")
    history = await application.workflow(journey.id).fetch_history()
    sent = [
        payload
        for event in history.events
        for payload in event.workflow_execution_update_accepted_event_attributes.accepted_request.input.args.payloads
    ]
    assert not any(b"Zanzibar" in payload.SerializeToString() for payload in sent)
    answer = await super_admin.post(DECODE, json={"payloads": [MessageToDict(one) for one in sent]})
    assert "Outlook asks for Zanzibar" in str(texts(answer))


async def test_the_answer_has_one_payload_for_each_in_order_and_plain_ones_as_they_were(
    super_admin: httpx.AsyncClient,
) -> None:
    body = await encoded("first", "last")
    plain = MessageToDict(Payload(metadata={"encoding": b"json/plain"}, data=b'"middle"'))
    body["payloads"].insert(1, plain | {"externalPayloads": []})
    assert texts(await super_admin.post(DECODE, json=body)) == ["first", "middle", "last"]
    assert texts(await super_admin.post(f"{DECODE}?preserveStorageRefs=true", json={"payloads": []})) == []


async def test_nobody_else_is_answered(application: Application, desk: Desk) -> None:
    body = await encoded("secret")
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1") as nobody:
        assert_problem(await nobody.post(DECODE, json=body), 401, "token_missing")
        assert_problem(await nobody.post("/temporal/codec/access"), 401, "token_missing")
        forged = {"Cookie": f"{CODEC_COOKIE}=forged", "Origin": UI}
        assert_problem(await nobody.post(DECODE, json=body, headers=forged), 401, "codec_access_ended")
    for client in (desk.viewer, desk.engineer, desk.admin, desk.owner):
        assert_problem(await client.post(DECODE, json=body), 403, "permission_denied")
        assert_problem(await client.post("/temporal/codec/access"), 403, "permission_denied")


async def test_an_access_token_is_no_cookie_and_the_cookie_no_access_token(
    application: Application, super_admin: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    token = super_admin.headers["Authorization"].removeprefix("Bearer ")
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1") as client:
        as_cookie = {"Cookie": f"{CODEC_COOKIE}={token}", "Origin": UI}
        assert_problem(
            await client.post(DECODE, json=await encoded(1), headers=as_cookie), 401, "codec_access_ended"
        )
        as_token = {"Authorization": f"Bearer {browser.cookies[CODEC_COOKIE]}"}
        assert_problem(await client.get("/auth/me", headers=as_token), 401, "token_invalid")


async def test_the_cookie_is_narrow_and_ends_within_the_hour(super_admin: httpx.AsyncClient) -> None:
    cookie = (await cookie_of(super_admin))[CODEC_COOKIE]
    assert (cookie["path"], cookie["samesite"].lower(), cookie["httponly"]) == (CODEC_PATH, "strict", True)
    assert cookie["expires"]
    assert not cookie["secure"], "over http a browser would not send it back"


async def test_in_temporals_ui_the_cookie_is_enough(browser: httpx.AsyncClient) -> None:
    answer = await browser.post(DECODE, json=await encoded("decoded"))
    assert texts(answer) == ["decoded"]
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_from_another_place_the_cookie_counts_for_nothing(browser: httpx.AsyncClient) -> None:
    body = await encoded("secret")
    refused = await browser.post(DECODE, json=body, headers={"Origin": ELSEWHERE})
    assert_problem(refused, 403, "codec_origin_refused")
    assert "access-control-allow-origin" not in refused.headers
    del browser.headers["Origin"]
    assert_problem(await browser.post(DECODE, json=body), 403, "codec_origin_refused")


@pytest.mark.parametrize("path", ["/temporal/codec/decode", "/temporal/codec/access"])
async def test_a_preflight_lets_temporals_ui_through_and_no_other_site(
    application: Application, path: str
) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,authorization-extras,content-type,x-namespace",
    }
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1") as client:
        allowed = await client.options(path, headers=asked | {"Origin": UI})
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == UI
        assert allowed.headers["access-control-allow-credentials"] == "true"
        refused = await client.options(path, headers=asked | {"Origin": ELSEWHERE})
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
        elsewhere = await client.options("/auth/me", headers=asked | {"Origin": UI})
        assert "access-control-allow-origin" not in elsewhere.headers, "no other address is open to it"


async def test_a_refusal_can_be_read_in_temporals_ui(application: Application) -> None:
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1", headers={"Origin": UI}) as client:
        refused = await client.post(DECODE, json={"payloads": []})
    assert_problem(refused, 401, "token_missing")
    assert refused.headers["access-control-allow-origin"] == UI


async def test_whoever_is_no_super_admin_any_more_is_refused_at_once(
    application: Application, platform: Tenant, super_admin: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    body = await encoded("secret")
    for change in ({"is_super_admin": False}, {"is_active": False}):
        await _make_super(application, platform, **change)
        try:
            assert_problem(await super_admin.post(DECODE, json=body), 403, "permission_denied")
            assert_problem(await browser.post(DECODE, json=body), 403, "permission_denied")
        finally:
            await _make_super(application, platform, is_super_admin=True, is_active=True)
    assert texts(await browser.post(DECODE, json=body)) == ["secret"]


async def test_a_sign_in_that_was_ended_elsewhere_takes_its_cookie_with_it(
    application: Application, platform: Tenant, browser: httpx.AsyncClient, super_admin: httpx.AsyncClient
) -> None:
    body = await encoded("secret")
    assert texts(await browser.post(DECODE, json=body)) == ["secret"]
    async with application.sign_in(platform, AccountRole.OWNER) as elsewhere:
        assert (await elsewhere.post("/auth/sessions/end-others")).status_code == 200
        own = await cookie_of(elsewhere)
        assert_problem(await browser.post(DECODE, json=body), 401, "codec_access_ended")
        browser.cookies = httpx.Cookies({CODEC_COOKIE: own[CODEC_COOKIE].value})
        assert texts(await browser.post(DECODE, json=body)) == ["secret"]


async def test_signing_out_takes_the_cookie_away(application: Application, platform: Tenant) -> None:
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1") as client:
        who = {"email": platform.email(AccountRole.OWNER), "password": PASSWORD}
        token = (await client.post("/auth/login", json=who)).json()["access_token"]
        await client.post("/temporal/codec/access", headers={"Authorization": f"Bearer {token}"})
        assert CODEC_COOKIE in client.cookies
        await client.post("/auth/logout")
        assert CODEC_COOKIE not in client.cookies


async def test_what_is_too_much_or_malformed_is_refused(super_admin: httpx.AsyncClient) -> None:
    large = {"payloads": [{"data": "A" * (2 * 1024 * 1024)}]}
    assert_problem(await super_admin.post(DECODE, json=large), 413, "payloads_too_large")
    many: dict[str, Any] = {"payloads": [{}] * 501}
    assert_problem(await super_admin.post(DECODE, json=many), 422, "validation_failed")
    broken = {"payloads": [{"data": "not base64!"}]}
    assert_problem(await super_admin.post(DECODE, json=broken), 422, "payload_malformed")


async def test_a_payload_whose_key_is_gone_says_which(
    settings: Settings, super_admin: httpx.AsyncClient
) -> None:
    body = await encoded("readable")
    gone = base64.b64encode(b"0badc0de").decode()
    body["payloads"].append(
        body["payloads"][0] | {"metadata": body["payloads"][0]["metadata"] | {"key-id": gone}}
    )
    readable, explained = texts(await super_admin.post(DECODE, json=body))
    assert readable == "readable"
    assert "0badc0de" in explained
    assert PayloadKeys(settings.secret_keys).newest.id not in explained


async def test_every_decoding_is_told_in_the_log_without_what_was_decoded(
    platform: Tenant, browser: httpx.AsyncClient
) -> None:
    body = await encoded("Zanzibar")
    with structlog.testing.capture_logs() as logs:
        await browser.post(DECODE, json=body)
    [entry] = [one for one in logs if one["event"] == "codec.decoded"]
    assert (entry["user_id"], entry["payloads"]) == (str(platform.user_id(AccountRole.OWNER)), 1)
    assert "Zanzibar" not in str(logs)
