"""Requests to one ConnectWise: authentication, time-outs, paging, errors. The caller retries, not this."""

from __future__ import annotations

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import structlog

from domain.psa import PsaError, PsaRejected, PsaUnavailable
from infra.crash_points import CrashPoint, reached
from infra.psa.addresses import GuardedTransport
from infra.psa.config import PsaConnectionConfig
from infra.psa.connectwise.failures import failure, is_misrouted, parse_json
from infra.psa.connectwise.site import CompanyInfo, parse_site, read_company_info, unknown_company

API_VERSION = "2025.16"
MAX_PAGE_SIZE = 1000
MAX_PAGES = 200
MAX_URL = 1800
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_LISTED_BYTES = 64 * 1024 * 1024
"""Of all pages of a list together: they are held until the last one is there."""
MAX_CONNECTIONS = 6
_PAGE_DIGITS = 9
REDISCOVERY_PAUSE = 30.0
"""Seconds between two fruitless looks for a changed codebase: wrong keys may be answered 404 every time."""

_NEXT = re.compile(r"\brel=\"?next\b", re.IGNORECASE)
_log = structlog.get_logger("infra.psa.connectwise")


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for one exchange from start to end."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 45.0


@dataclass(frozen=True)
class Answer:
    """A success: parsed JSON (None for an empty body), headers, and how many bytes the body had."""

    data: Any
    headers: httpx.Headers
    size: int


@dataclass(frozen=True)
class _Raw:
    status: int
    headers: httpx.Headers
    body: bytes


def user_agent() -> str:
    try:
        return f"ResolutionFlow/{version('resolutionflow')}"
    except PackageNotFoundError:
        return "ResolutionFlow"


class ConnectWiseTransport:
    """One connection pool for one PSA connection. Errors are those of `domain.psa`."""

    def __init__(self, config: PsaConnectionConfig, timeouts: Timeouts | None = None) -> None:
        self._config = config
        self._timeouts = timeouts or Timeouts()
        self._site = parse_site(config.host, allow_plain_http=config.allow_private)
        self._company: CompanyInfo | None = None
        self._discovery = asyncio.Lock()
        self._fruitless_at: float | None = None
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(allow_private=config.allow_private, limits=limits),
            timeout=httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": user_agent()},
        )

    async def company(self) -> CompanyInfo:
        """What discovery said, read once."""
        async with self._discovery:
            if self._company is None:
                self._company = await self._discover()
            return self._company

    async def get(self, path: str, params: dict[str, str] | None = None) -> Answer:
        return await self._request("GET", path, params=params or {})

    async def post(self, path: str, body: Any) -> Answer:
        return await self._write("POST", path, body)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self._write("PATCH", path, body)

    async def _write(self, method: str, path: str, body: Any) -> Answer:
        answer = await self._request(method, path, body=body, is_write=True)
        await reached(CrashPoint.AFTER_OUTSIDE_WRITE)
        return answer

    async def pages(
        self, path: str, params: dict[str, str], page_size: int = MAX_PAGE_SIZE
    ) -> AsyncIterator[list[Any]]:
        """The pages of a list in order, by the Link header.

        Of that only the number of the next page is used, never its address: keys go to no other server.
        """
        page, size = 1, 0
        for _ in range(MAX_PAGES):
            answer = await self._list_page(path, params, {"page": str(page), "pageSize": str(page_size)})
            if not isinstance(answer.data, list):
                raise PsaUnavailable("ConnectWise answered something that is not a list.")
            size += answer.size
            if size > MAX_LISTED_BYTES:
                break
            yield answer.data
            following = next_page(answer.headers.get("link"), page, full=len(answer.data) >= page_size)
            if following is None:
                return
            page = following
        raise PsaError("ConnectWise has too many matching records; narrow the search.")

    async def rows(self, path: str, params: dict[str, str] | None = None) -> list[Any]:
        """All rows of a list."""
        return [row async for page in self.pages(path, params or {}) for row in page]

    async def aclose(self) -> None:
        """Close when the requests under way have ended."""
        await self._idle.wait()
        await self._client.aclose()

    async def _list_page(self, path: str, params: dict[str, str], paging: dict[str, str]) -> Answer:
        """A long query goes into the body of a search, because the server refuses long addresses."""
        if len(urlencode(params)) <= MAX_URL:
            return await self._request("GET", path, params={**params, **paging})
        searched = ("conditions", "childConditions", "customFieldConditions", "orderBy")
        body = {name: params[name] for name in searched if name in params}
        rest = {name: value for name, value in params.items() if name not in body}
        return await self._request("POST", f"{path}/search", params={**rest, **paging}, body=body)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Any = None,
        is_write: bool = False,
    ) -> Answer:
        root = (await self.company()).api_root
        raw = await self._call(method, root, path, params, body, is_write=is_write)
        if is_misrouted(raw.status, raw.body) and await self._moved_from(root):
            root = (await self.company()).api_root
            raw = await self._call(method, root, path, params, body, is_write=is_write)
        if raw.status >= 300:
            raise self._without_secrets(failure(raw.status, raw.headers, raw.body, is_write=is_write))
        data = parse_answer(raw.body, status=raw.status, is_write=is_write)
        return Answer(data, raw.headers, len(raw.body))

    async def _call(
        self, method: str, root: str, path: str, params: dict[str, str] | None, body: Any, *, is_write: bool
    ) -> _Raw:
        headers = {
            "Authorization": "Basic " + b64encode(self._key_pair().encode()).decode(),
            "clientId": self._config.client_id.get_secret_value(),
            "Accept": f"application/vnd.connectwise.com+json; version={API_VERSION}",
        }
        request = self._client.build_request(method, root + path, params=params, json=body, headers=headers)
        started = time.monotonic()
        outcome: dict[str, Any] = {}
        try:
            raw = await self._exchange(request, is_write=is_write)
            outcome = {"status": raw.status, "request_id": raw.headers.get("x-cw-request-id")}
            return raw
        except PsaError as error:
            outcome = {"error": error.code}
            raise
        finally:
            _log.info(
                "psa.request",
                connection_id=str(self._config.connection_id),
                method=method,
                path=path,
                milliseconds=round((time.monotonic() - started) * 1000),
                **outcome,
            )

    def _key_pair(self) -> str:
        public, private = self._config.public_key, self._config.private_key
        return f"{self._config.company_id}+{public.get_secret_value()}:{private.get_secret_value()}"

    async def _exchange(self, request: httpx.Request, *, is_write: bool) -> _Raw:
        """One request and its whole answer within the time limits."""
        if self._client.is_closed:
            raise PsaUnavailable("The connection was changed meanwhile.")
        self._running += 1
        self._idle.clear()
        try:
            async with asyncio.timeout(self._timeouts.total):
                response = await self._client.send(request, stream=True)
                try:
                    body = bytearray()
                    async for piece in response.aiter_bytes():
                        body += piece
                        if len(body) > MAX_ANSWER_BYTES:
                            raise PsaUnavailable(
                                "ConnectWise's answer is too large.", effect_unknown=is_write
                            )
                finally:
                    await response.aclose()
                return _Raw(response.status_code, response.headers, bytes(body))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise PsaUnavailable(f"{self._site.hostname} cannot be reached.") from None
        except (TimeoutError, httpx.TimeoutException):
            text = f"{self._site.hostname} did not answer in time."
            raise PsaUnavailable(text, effect_unknown=is_write) from None
        except (httpx.TransportError, httpx.DecodingError):
            text = f"The connection to {self._site.hostname} broke before the answer was complete."
            raise PsaUnavailable(text, effect_unknown=is_write) from None
        finally:
            self._running -= 1
            if self._running == 0:
                self._idle.set()

    async def _discover(self) -> CompanyInfo:
        """Public company information: sent without keys."""
        url = self._site.company_info_url(self._config.company_id)
        request = self._client.build_request("GET", url, headers={"Accept": "application/json"})
        raw = await self._exchange(request, is_write=False)
        if raw.status == 404:
            raise unknown_company(self._site, self._config.company_id)
        if raw.status >= 300:
            raise failure(raw.status, raw.headers, raw.body, is_write=False)
        try:
            answer = parse_json(raw.body)
        except ValueError:
            raise PsaRejected(f"{self._site.hostname} does not answer like a ConnectWise server.") from None
        return read_company_info(self._site, self._config.company_id, answer)

    async def _moved_from(self, root: str) -> bool:
        """Read the company information again; true when the API root is another one than `root`."""
        async with self._discovery:
            if self._company is not None and self._company.api_root != root:
                return True
            now = time.monotonic()
            if self._fruitless_at is not None and now - self._fruitless_at < REDISCOVERY_PAUSE:
                return False
            self._company = await self._discover()
            moved = self._company.api_root != root
            self._fruitless_at = None if moved else now
            return moved

    def _without_secrets(self, error: PsaError) -> PsaError:
        """A server that echoes what it was sent must not put keys into messages."""
        for secret in (self._config.private_key, self._config.public_key):
            error.message = error.message.replace(secret.get_secret_value(), "***")
        error.args = (error.message,)
        return error


def parse_answer(body: bytes, *, status: int, is_write: bool) -> Any:
    """The JSON of a success; None for an empty body. Raises PsaUnavailable."""
    if not body:
        return None
    try:
        return parse_json(body)
    except ValueError:
        text = "ConnectWise answered something that is not JSON; a proxy may be in between."
        raise PsaUnavailable(text, status=status, effect_unknown=is_write) from None


def next_page(link: str | None, page: int, *, full: bool) -> int | None:
    """Number of the next page. Without any Link header a full page may still have a follower."""
    if link is None:
        return page + 1 if full else None
    for part in link.split("<")[1:]:
        address, _, attributes = part.partition(">")
        if attributes.lstrip().startswith(";") and _NEXT.search(attributes.partition(",")[0]):
            break
    else:
        return None
    query = {name.lower(): values for name, values in parse_qs(urlsplit(address).query).items()}
    number = query.get("page", [""])[-1]
    if not (number.isascii() and number.isdigit() and len(number) <= _PAGE_DIGITS):
        return None
    return int(number) if int(number) > page else None
