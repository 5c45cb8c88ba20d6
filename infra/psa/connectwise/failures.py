"""Answers that are no success, turned into the product's PSA errors with the vendor's own words."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from typing import Any

import httpx

from domain.psa import PsaCredentialsRejected, PsaError, PsaNotFound, PsaRejected, PsaUnavailable

MAX_WORDS = 1000
MAX_RETRY_AFTER = 3600.0
_CLIENT_ID = re.compile(r"client\s*id", re.IGNORECASE)
_TITLE = re.compile(r"<title(?:\s[^>]{0,200})?>(.{0,1000}?)</title>", re.IGNORECASE | re.DOTALL)
_READ_OF_PAGE = 16 * 1024
"""Characters: the title stands in the beginning."""


def failure(status: int, headers: httpx.Headers, body: bytes, *, is_write: bool) -> PsaError:
    """The error for an answer with a status of 300 or more (a redirect is never followed)."""
    words = own_words(status, body)
    request_id = headers.get("x-cw-request-id")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return PsaUnavailable(words, status=status, request_id=request_id, retry_after=retry_after(headers))
    if status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        return PsaUnavailable(
            words,
            status=status,
            request_id=request_id,
            retry_after=retry_after(headers),
            effect_unknown=is_write,
        )
    if status < 400:
        return PsaRejected(
            f"ConnectWise answered {status} and points to another address; check the host of the connection.",
            status=status,
            request_id=request_id,
        )
    kind: type[PsaRejected] = PsaRejected
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or (
        status == 400 and _CLIENT_ID.search(words)
    ):
        kind = PsaCredentialsRejected
    elif status == HTTPStatus.NOT_FOUND:
        kind = PsaNotFound
    return kind(words, status=status, request_id=request_id)


def own_words(status: int, body: bytes) -> str:
    """What the server said: message and `errors[]` of its JSON, plain text, or the title of a web page."""
    text = body.decode("utf-8", errors="replace").replace("\x00", "").strip()
    try:
        parsed = parse_json(text)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        words = _from_json(parsed)
    elif text.startswith("<"):
        title = _TITLE.search(text[:_READ_OF_PAGE])
        words = f"ConnectWise answered {status} with a web page"
        words += f": {' '.join(unescape(title.group(1)).split())}" if title else "."
    else:
        words = " ".join(text.split())
    return words[:MAX_WORDS] or f"ConnectWise answered {status} without a message."


def parse_json(text: str | bytes) -> Any:
    """Raises ValueError for what is no JSON, and for what is nested deeper than can be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def is_vendor_not_found(body: bytes) -> bool:
    """Whether a 404 is about a record: then the path itself was right."""
    try:
        parsed = parse_json(body)
    except ValueError:
        return False
    return isinstance(parsed, dict) and parsed.get("code") == "NotFound"


def is_misrouted(status: int, body: bytes) -> bool:
    """Whether the server may have moved to another codebase since discovery."""
    if status == HTTPStatus.NOT_FOUND:
        return not is_vendor_not_found(body)
    return status == HTTPStatus.BAD_REQUEST and body.lstrip().startswith(b"Cannot route")


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds from a Retry-After of either form, at most an hour; None when there is none to understand."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), MAX_RETRY_AFTER)


def _from_json(parsed: dict[str, Any]) -> str:
    message = str(parsed.get("message") or parsed.get("error") or parsed.get("code") or "")
    details: list[str] = []
    errors = parsed.get("errors")
    for item in errors if isinstance(errors, list) else []:
        detail = str(item.get("message") or "") if isinstance(item, dict) else str(item)
        if detail and detail not in message and detail not in details:
            details.append(detail)
    return f"{message}: {' '.join(details)}" if message and details else message or " ".join(details)
