"""Errors as the API promises them."""

from __future__ import annotations

import re
from typing import Any

import httpx

_INTERNALS = re.compile(
    r"Traceback|File \"|line \d+, in|sqlalchemy|asyncpg|temporalio|pydantic\.dev|SELECT |INSERT |\.py\b"
)


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is a complete problem detail with this status and code, and tells nothing of our insides."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert len(body["detail"]) > 10, body
    assert body["request_id"] == answer.headers["x-request-id"]
    assert not _INTERNALS.search(answer.text), answer.text
    return body
