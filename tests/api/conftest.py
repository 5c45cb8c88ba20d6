"""What the tests of the API share. Tests that only read or are refused work in one account, to be quick."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest

from domain.vocabulary import AccountRole
from tests.support.application import Application
from tests.support.tenants import Tenant


@dataclass
class Desk:
    """An account without a ticketing system, with its users signed in."""

    tenant: Tenant
    viewer: httpx.AsyncClient
    engineer: httpx.AsyncClient
    admin: httpx.AsyncClient
    owner: httpx.AsyncClient


@pytest.fixture(scope="session")
async def desk(application: Application) -> AsyncIterator[Desk]:
    """One account of the whole run: a test must not mind what others have left in it."""
    tenant = await application.tenant()
    async with AsyncExitStack() as stack:
        clients = {
            role.value: await stack.enter_async_context(application.sign_in(tenant, role))
            for role in AccountRole
        }
        yield Desk(tenant, **clients)


@pytest.fixture
async def other_engineer(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """An engineer of another account."""
    async with application.sign_in(await application.tenant(with_flows=False)) as client:
        yield client


@pytest.fixture
async def administrator(application: Application, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator of the test's account."""
    async with application.sign_in(tenant, AccountRole.ADMIN) as client:
        yield client
