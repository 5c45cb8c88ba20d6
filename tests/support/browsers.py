"""Signing in as browsers do: somebody whose cookies are kept and whose token is sent along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from domain.vocabulary import AccountRole
from tests.support.tenants import PASSWORD, Tenant

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"


@asynccontextmanager
async def browser(url: str, *, agent: str = FIREFOX) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in yet."""
    async with httpx.AsyncClient(
        base_url=f"{url}/api/v1", timeout=60, headers={"User-Agent": agent}
    ) as client:
        yield client


async def sign_in(
    client: httpx.AsyncClient, tenant: Tenant, role: AccountRole = AccountRole.ENGINEER, **body: str
) -> httpx.Response:
    """Send the password; a sign-in that worked is used from then on."""
    answer = await client.post("/auth/login", json={"email": tenant.email(role), "password": PASSWORD} | body)
    if answer.status_code == 200:
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return answer
