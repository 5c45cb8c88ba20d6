"""Access tokens: what is accepted, and what each kind of refusal is called."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from pydantic import SecretStr

from api.security.tokens import AccessTokens, Identity
from domain.vocabulary import AccountRole
from infra.secret_box import ACCESS_TOKENS, PSA_CREDENTIALS, derive_key
from tests.api.conftest import Desk
from tests.support.application import TEST_KEY, Application
from tests.support.problems import assert_problem

KEY = derive_key(TEST_KEY.get_secret_value(), ACCESS_TOKENS)
OTHER_KEY = SecretStr(base64.urlsafe_b64encode(b"another key of thirty-two bytes!").decode())


def claims(desk: Desk, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "sub": str(desk.tenant.user_id()),
        "account": str(desk.tenant.account_id),
        "role": "engineer",
        "super": False,
        "sid": _login_session(desk),
        "aud": "resolutionflow-api",
        "iat": now,
        "exp": now + timedelta(minutes=5),
        **changes,
    }


def _login_session(desk: Desk) -> str:
    """The sign-in that the engineer's own token belongs to."""
    own = desk.engineer.headers["Authorization"].removeprefix("Bearer ")
    told: str = jwt.decode(own, options={"verify_signature": False})["sid"]
    return told


def unsigned(payload: dict[str, Any]) -> str:
    return jwt.encode(payload, "", algorithm="none")


async def ask(application: Application, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1") as client:
        return await client.get("/auth/me", headers=headers)


async def test_a_token_as_the_server_makes_them_is_accepted(application: Application, desk: Desk) -> None:
    # The control of this module: all forged tokens below differ from it in one thing.
    answer = await ask(application, f"Bearer {jwt.encode(claims(desk), KEY, algorithm='HS256')}")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic dXNlcjpwYXNz"])
async def test_no_token_is_called_missing(application: Application, authorization: str | None) -> None:
    answer = await ask(application, authorization)
    assert_problem(answer, 401, "token_missing")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_expired_token_is_called_expired_so_that_the_client_refreshes(
    application: Application, desk: Desk
) -> None:
    old = claims(desk, exp=datetime.now(UTC) - timedelta(seconds=1))
    answer = await ask(application, f"Bearer {jwt.encode(old, KEY, algorithm='HS256')}")
    assert_problem(answer, 401, "token_expired")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_forged_tokens_are_called_invalid(application: Application, desk: Desk) -> None:
    good = jwt.encode(claims(desk), KEY, algorithm="HS256")
    head, body, signature = good.split(".")
    richer = json.dumps({**json.loads(base64.urlsafe_b64decode(body + "==")), "role": "owner"}).encode()
    without_expiry = claims(desk)
    del without_expiry["exp"]
    forged = {
        "another key": jwt.encode(
            claims(desk), derive_key(OTHER_KEY.get_secret_value(), ACCESS_TOKENS), "HS256"
        ),
        "the key of another purpose": jwt.encode(
            claims(desk), derive_key(TEST_KEY.get_secret_value(), PSA_CREDENTIALS), "HS256"
        ),
        "the secret itself": jwt.encode(claims(desk), TEST_KEY.get_secret_value(), "HS256"),
        "another algorithm": jwt.encode(claims(desk), KEY * 2, "HS512"),
        "no algorithm": unsigned(claims(desk)),
        "no signature": f"{head}.{body}.",
        "changed content": f"{head}.{base64.urlsafe_b64encode(richer).decode().rstrip('=')}.{signature}",
        "another audience": jwt.encode(claims(desk, aud="somebody-else"), KEY, "HS256"),
        "no expiry": jwt.encode(without_expiry, KEY, "HS256"),
        "an unknown role": jwt.encode(claims(desk, role="emperor"), KEY, "HS256"),
        "an account that is no id": jwt.encode(claims(desk, account="' OR 1=1"), KEY, "HS256"),
        "a sign-in that is no id": jwt.encode(claims(desk, sid="mine"), KEY, "HS256"),
        "a user that is a number": jwt.encode(claims(desk, sub=7), KEY, "HS256"),
        "not a token": "something",
        "three dots": "a.b.c",
    }
    for what, token in forged.items():
        answer = await ask(application, f"Bearer {token}")
        assert answer.status_code == 401, what
        assert_problem(answer, 401, "token_invalid")


async def test_a_token_counts_only_with_its_own_sign_in_user_and_account(
    application: Application, desk: Desk
) -> None:
    # Signed as ours are: somebody with the key still cannot put a token together from pieces.
    for what in ("sid", "sub", "account"):
        token = jwt.encode(claims(desk, **{what: str(uuid4())}), KEY, algorithm="HS256")
        assert_problem(await ask(application, f"Bearer {token}"), 401, "login_ended")


async def test_an_expired_token_with_another_key_is_called_invalid(
    application: Application, desk: Desk
) -> None:
    expired = claims(desk, exp=datetime.now(UTC) - timedelta(hours=1))
    token = jwt.encode(expired, derive_key(OTHER_KEY.get_secret_value(), ACCESS_TOKENS), "HS256")
    assert_problem(await ask(application, f"Bearer {token}"), 401, "token_invalid")


def test_tokens_of_the_previous_key_stay_valid_when_a_key_is_added() -> None:
    identity = Identity(uuid4(), uuid4(), AccountRole.ENGINEER, False, uuid4())
    token, _ = AccessTokens([TEST_KEY]).issue(identity)
    assert AccessTokens([OTHER_KEY, TEST_KEY]).read(token) == identity
