"""Addresses of uploaded bytes: they work without a token for ten minutes, for one thing only, and stay out of logs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from api import __main__ as process
from api.security.upload_addresses import LIFETIME, AddressRejected, UploadAddresses
from infra.storage.store import UploadVariant
from tests.api.conftest import Desk
from tests.support.application import TEST_KEY, Application
from tests.support.application import test_settings as settings_of_a_test
from tests.support.problems import assert_problem
from tests.support.uploads import fetch, upload

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "postgresql+asyncpg://app:secret@127.0.0.1:1/none"
OTHER_KEY = SecretStr("b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktb3Q=")


def parts(query: str) -> tuple[int, str]:
    fields = parse_qs(query, strict_parsing=True)
    return int(fields["expires"][0]), fields["signature"][0]


def test_an_address_opens_what_it_was_made_for_until_it_ends() -> None:
    addresses, account, upload_id = UploadAddresses([TEST_KEY]), uuid4(), uuid4()
    query, ends = addresses.sign(account, upload_id, UploadVariant.ORIGINAL, NOW)
    expires, signature = parts(query)
    assert ends == NOW + LIFETIME == NOW + timedelta(minutes=10)
    for moment in (NOW, ends - timedelta(seconds=1)):
        assert addresses.account_of(upload_id, UploadVariant.ORIGINAL, expires, signature, moment) == account
    for moment in (ends, ends + timedelta(days=1)):
        with pytest.raises(AddressRejected) as caught:
            addresses.account_of(upload_id, UploadVariant.ORIGINAL, expires, signature, moment)
        assert caught.value.expired


def test_an_address_opens_nothing_else() -> None:
    addresses, account, upload_id = UploadAddresses([TEST_KEY]), uuid4(), uuid4()
    expires, signature = parts(addresses.sign(account, upload_id, UploadVariant.ORIGINAL, NOW)[0])
    for other, variant, until, signed in (
        (uuid4(), UploadVariant.ORIGINAL, expires, signature),
        (upload_id, UploadVariant.THUMBNAIL, expires, signature),
        (upload_id, UploadVariant.ORIGINAL, expires + 1, signature),
        (upload_id, UploadVariant.ORIGINAL, expires, signature[:-1] + ("A" if signature[-1] != "A" else "B")),
        (upload_id, UploadVariant.ORIGINAL, expires, "A" + signature[1:]),
        (upload_id, UploadVariant.ORIGINAL, expires, signature[:30]),
        (upload_id, UploadVariant.ORIGINAL, expires, ""),
        (upload_id, UploadVariant.ORIGINAL, expires, "no base64 ✗"),
        (upload_id, UploadVariant.ORIGINAL, expires, "A" * 64),
    ):
        with pytest.raises(AddressRejected) as caught:
            addresses.account_of(other, variant, until, signed, NOW)
        assert not caught.value.expired


def test_addresses_outlive_a_new_key_and_die_with_an_old_one() -> None:
    account, upload_id = uuid4(), uuid4()
    before = parts(UploadAddresses([TEST_KEY]).sign(account, upload_id, UploadVariant.ORIGINAL, NOW)[0])
    rotated = UploadAddresses([OTHER_KEY, TEST_KEY])
    assert rotated.account_of(upload_id, UploadVariant.ORIGINAL, *before, NOW) == account
    with pytest.raises(AddressRejected):
        UploadAddresses([OTHER_KEY]).account_of(upload_id, UploadVariant.ORIGINAL, *before, NOW)


def test_without_keys_there_are_no_addresses() -> None:
    with pytest.raises(ValueError, match="SECRET_KEYS"):
        UploadAddresses([])


async def test_an_address_that_has_expired_says_so_and_a_fresh_one_works(
    desk: Desk, application: Application
) -> None:
    sent = await upload(desk.engineer)
    signer = UploadAddresses(application.settings.secret_keys)
    then = datetime.now(UTC) - LIFETIME - timedelta(seconds=1)
    query, _ = signer.sign(desk.tenant.account_id, UUID(sent["id"]), UploadVariant.ORIGINAL, then)
    old = f"/api/v1/uploads/{sent['id']}/content?{query}"
    assert_problem(await fetch(desk.engineer, old), 403, "signature_expired")
    fresh = (await desk.engineer.get(f"/uploads/{sent['id']}")).json()
    ends = datetime.fromisoformat(fresh["addresses_expire_at"])
    assert timedelta(0) < ends - datetime.now(UTC) <= timedelta(minutes=10)
    assert (await fetch(desk.engineer, fresh["content_url"])).status_code == 200


async def test_an_address_that_was_changed_opens_nothing(
    desk: Desk, other_engineer: httpx.AsyncClient
) -> None:
    sent, other = await upload(desk.engineer), await upload(other_engineer)
    address = sent["content_url"]
    for changed in (
        address.replace(sent["id"], other["id"]),
        address.replace("variant=original", "variant=thumbnail"),
        re.sub(r"expires=(\d+)", lambda found: f"expires={int(found[1]) + 600}", address),
        re.sub(r"signature=\w", "signature=-", address),
        re.sub(r"signature=.*", "signature=", address),
        re.sub(r"signature=.*", "signature=" + "A" * 64, address),
        address.replace(
            urlsplit(address).query.split("signature=")[1], other["content_url"].split("signature=")[1]
        ),
    ):
        assert changed != address
        assert_problem(await fetch(desk.engineer, changed), 403, "signature_invalid")


async def test_an_address_that_is_not_whole_is_refused_as_such(desk: Desk) -> None:
    sent = await upload(desk.engineer)
    path, _, query = sent["content_url"].partition("?")
    for changed in (
        "",
        "?expires=1",
        f"?{query.replace('original', 'page')}",
        f"?{re.sub('expires=[0-9]+', 'expires=soon', query)}",
        f"?{re.sub('expires=[0-9]+', 'expires=' + '9' * 40, query)}",
        f"?{query}{'A' * 400}",
    ):
        assert_problem(await fetch(desk.engineer, path + changed), 422, "validation_failed")


async def test_a_token_does_not_replace_the_signature(desk: Desk) -> None:
    sent = await upload(desk.engineer)
    answer = await desk.engineer.get(
        f"/uploads/{sent['id']}/content", params={"expires": 2_000_000_000, "signature": "A" * 64}
    )
    assert_problem(answer, 403, "signature_invalid")


async def test_signatures_are_in_no_log_of_ours(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    sent = await upload(desk.engineer)
    for address in (sent["content_url"], sent["thumbnail_url"], sent["content_url"] + "A"):
        await fetch(desk.engineer, address)
    logged = "".join(capfd.readouterr())
    assert "/uploads/{upload_id}/content" in logged, "the requests are in the log"
    for address in (sent["content_url"], sent["thumbnail_url"]):
        assert parts(urlsplit(address).query)[1] not in logged
    assert "signature=" not in logged


def test_the_server_beneath_keeps_no_log_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(process, "load_settings", lambda: settings_of_a_test(URL, URL))
    monkeypatch.setattr(process, "configure_logging", lambda *_, **__: None)
    monkeypatch.setattr(uvicorn, "run", lambda _app, **options: given.update(options))
    process.main()
    assert given["access_log"] is False
