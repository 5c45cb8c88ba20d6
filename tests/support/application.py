"""The whole application in one process: worker and API on real servers, reached over real HTTP."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.converter import DataConverter

from api.app import create_app
from api.session_waker import SessionWaker
from domain.pilot import Pilot
from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.pilots.factory import Pilots
from infra.pilots.playbook import PlaybookPilot
from infra.psa.connections import PsaConnections
from infra.psa.registry import PsaRegistry
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.storage.factory import build_storage
from infra.temporal.client import data_converter
from infra.worker import WorkerResources, build_worker
from tests.support.serving import serving
from tests.support.tenants import PASSWORD, Tenant, make_tenant
from workflows.task_queues import ALL_QUEUES
from workflows.troubleshooting_session.messages import session_workflow_id

RENEWED_AFTER = 300.0
"""Seconds: an access token lives for fifteen minutes, and what all tests share lives longer on a busy machine."""
TEST_KEY = SecretStr("dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdC0=")


@cache
def state_folder() -> TemporaryDirectory[str]:
    """Files of the applications of this run; deleted when the process ends."""
    return TemporaryDirectory(prefix="resolutionflow-test-")


def test_settings(database_url: str, admin_url: str, **changes: Any) -> Settings:
    """Settings of a test application; nothing is read from the environment's files."""
    return Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        database_admin_url=SecretStr(admin_url),
        secret_keys=[TEST_KEY],
        allow_private_psa=True,
        log_level="warning",
        # All tests come from one address, and some work in one account as fast as they can.
        limit_wrong_per_address="100000/minute",
        limit_turns="100000/minute",
        limit_uploads="100000/minute",
        limit_registrations="100000/minute",
        **{"state_dir": Path(state_folder().name)} | changes,
    )


def converter_of_tests(settings: Settings | None = None) -> DataConverter:
    """Reads and writes payloads as the applications of this run do, or as one with these settings does."""
    settings = settings or test_settings("postgresql+asyncpg://", "postgresql+asyncpg://")
    return data_converter(settings, build_storage(settings))


class Application:
    """A running application."""

    def __init__(self, settings: Settings, database: Database, temporal: Client, url: str) -> None:
        self.settings = settings
        self.database = database
        self.temporal = temporal
        self.url = url

    async def tenant(self, **options: Any) -> Tenant:
        return await make_tenant(self.database, self.settings, **options)

    @asynccontextmanager
    async def sign_in(
        self, tenant: Tenant, role: AccountRole = AccountRole.ENGINEER
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client of that user, who stays signed in for as long as the tests take."""
        signed_in_at = 0.0

        async def sign_in() -> None:
            nonlocal signed_in_at
            signed_in_at = time.monotonic()
            credentials = {"email": tenant.email(role), "password": PASSWORD}
            answer = await client.post("/auth/login", json=credentials)
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

        async def stay_signed_in(request: httpx.Request) -> None:
            own = client.headers.get("Authorization")
            is_own = own is not None and request.headers.get("Authorization") == own
            if is_own and time.monotonic() - signed_in_at > RENEWED_AFTER:
                await sign_in()
                request.headers["Authorization"] = client.headers["Authorization"]

        hooks = {"request": [stay_signed_in]}
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", timeout=60, event_hooks=hooks) as client:
            await sign_in()
            yield client

    def workflow(self, session_id: str | UUID) -> Any:
        return self.temporal.get_workflow_handle(session_workflow_id(UUID(str(session_id))))


@asynccontextmanager
async def running_worker(
    client: Client,
    settings: Settings,
    pilot: Pilot,
    *,
    build: str | None = None,
    max_cached_workflows: int = 1000,
) -> AsyncIterator[WorkerResources]:
    """Workers for all queues."""
    assert settings.database_url is not None
    resources = WorkerResources(
        Database(settings.database_url.get_secret_value(), pool_size=10),
        Pilots(primary=pilot, fallback=PlaybookPilot()),
        PsaConnections(PsaRegistry(), SecretBox(settings.secret_keys, PSA_CREDENTIALS), allow_private=True),
        build_storage(settings),
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(resources.aclose)
        for queue in ALL_QUEUES:
            await stack.enter_async_context(
                build_worker(client, queue, resources, build=build, max_cached_workflows=max_cached_workflows)
            )
        yield resources


@asynccontextmanager
async def running_api(settings: Settings, *, waking: bool = False) -> AsyncIterator[str]:
    """The API on a free port; answers its URL.

    It wakes nobody unless `waking`: the tests' Temporal servers share one database, and each would wake the sessions
    of all others.
    """
    async with contextlib.AsyncExitStack() as stack:
        with contextlib.nullcontext() if waking else patch.object(SessionWaker, "start"):
            _, url = await stack.enter_async_context(
                serving(
                    create_app(settings),
                    timeout_graceful_shutdown=3,
                    proxy_headers=bool(settings.trusted_proxies),
                    forwarded_allow_ips=settings.trusted_proxies,
                )
            )
        yield url


@asynccontextmanager
async def running_application(
    settings: Settings, temporal_address: str, pilot: Pilot, *, max_cached_workflows: int = 1000
) -> AsyncIterator[Application]:
    """Worker and API together. The API finds Temporal by its environment variable, as in production."""
    client = await Client.connect(temporal_address, data_converter=converter_of_tests(settings))
    assert settings.database_url is not None
    assert settings.database_admin_url is not None
    database = Database(
        settings.database_url.get_secret_value(), settings.database_admin_url.get_secret_value(), pool_size=5
    )
    try:
        async with (
            running_worker(client, settings, pilot, max_cached_workflows=max_cached_workflows),
            running_api(settings) as url,
        ):
            yield Application(settings, database, client, url)
    finally:
        await database.aclose()
