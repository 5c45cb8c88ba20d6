"""A process of the api that is asked to end: it ends its streams as a restart should, and is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from infra.config import Settings
from infra.stack.ports import free_ports
from tests.api.conftest import Desk
from tests.support.application import TEST_KEY, Application
from tests.support.journey import Journey
from tests.support.streams import event_stream
from tests.support.waiting import until

STREAMS = 5
# The tests' Temporal servers share one database: this process wakes nobody's sessions.
_API = "import api.session_waker as w; w.SessionWaker.start = lambda self: None; import api.__main__ as m; m.main()"


@pytest.fixture
async def process(application: Application) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Another process of the api, and its address."""
    (port,) = free_ports(1)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _API), env=_environment(application.settings, port)
    )
    url = f"http://127.0.0.1:{port}"

    async def serves() -> bool:
        assert process.returncode is None
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                return (await http.get(f"{url}/readyz")).is_success
            except httpx.TransportError:
                return False

    try:
        await until(serves, within=90, what="the api")
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _environment(settings: Settings, port: int) -> dict[str, str]:
    assert settings.database_url is not None
    assert settings.database_admin_url is not None
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "DATABASE_ADMIN_URL": settings.database_admin_url.get_secret_value(),
        "RESOLUTIONFLOW_SECRET_KEYS": TEST_KEY.get_secret_value(),
        "RESOLUTIONFLOW_STATE_DIR": str(settings.state_dir),
        "RESOLUTIONFLOW_PORT": str(port),
        "RESOLUTIONFLOW_LOG_LEVEL": "warning",
    }


async def test_sigterm_ends_open_streams_whole_and_then_the_process(
    desk: Desk, process: tuple[asyncio.subprocess.Process, str]
) -> None:
    running, url = process
    journey = await Journey.start(desk.engineer, text="The user account is locked out")
    seen = (await journey.detail())["last_event_seq"]
    async with (
        httpx.AsyncClient(
            base_url=f"{url}/api/v1", headers={"Authorization": desk.engineer.headers["Authorization"]}
        ) as there,
        asyncio.TaskGroup() as group,
    ):
        opened = [asyncio.Event() for _ in range(STREAMS)]
        ended = [group.create_task(_read_to_the_end(there, journey.id, one)) for one in opened]
        for one in opened:
            await one.wait()
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 30) in (0, -signal.SIGTERM)
    # A stream that was broken off would have raised, and what was shown before is there.
    assert [one.result() for one in ended] == [list(range(1, seen + 1))] * STREAMS


async def _read_to_the_end(client: httpx.AsyncClient, session: str, opened: asyncio.Event) -> list[int]:
    async with event_stream(client, session, after=0) as stream:
        while await stream.next() is not None:
            opened.set()
        return stream.durable_ids
