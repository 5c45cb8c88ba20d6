"""A process of the api that is asked to end: it ends its streams as a restart should, and is gone, whatever else is."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from infra.config import Settings
from infra.stack.ports import free_ports
from tests.api.conftest import Desk
from tests.chaos.proxy import Proxy
from tests.support.application import TEST_KEY, Application
from tests.support.journey import Journey
from tests.support.streams import event_stream
from tests.support.waiting import until

STREAMS = 5
# The tests' Temporal servers share one database: this process wakes nobody's sessions.
_API = "import api.session_waker as w; w.SessionWaker.start = lambda self: None; import api.__main__ as m; m.main()"


@pytest.fixture
async def line(application: Application) -> AsyncIterator[Proxy]:
    """The line to the database."""
    assert application.settings.database_url is not None
    port = make_url(application.settings.database_url.get_secret_value()).port
    assert port is not None
    async with Proxy(port) as line:
        yield line


@pytest.fixture
async def process(
    application: Application, line: Proxy
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Another process of the api, and its address. It reaches the database over the line."""
    (port,) = free_ports(1)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _API), env=_environment(application.settings, port, line)
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


def _environment(settings: Settings, port: int, line: Proxy) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": _over(line, settings.database_url),
        "DATABASE_ADMIN_URL": _over(line, settings.database_admin_url),
        "RESOLUTIONFLOW_SECRET_KEYS": TEST_KEY.get_secret_value(),
        "RESOLUTIONFLOW_STATE_DIR": str(settings.state_dir),
        "RESOLUTIONFLOW_PORT": str(port),
        "RESOLUTIONFLOW_LOG_LEVEL": "warning",
    }


def _over(line: Proxy, url: SecretStr | None) -> str:
    assert url is not None
    port = make_url(line.url).port
    return make_url(url.get_secret_value()).set(port=port).render_as_string(hide_password=False)


async def test_sigterm_ends_open_streams_whole_and_then_the_process_also_when_the_database_does_not_answer(
    desk: Desk, process: tuple[asyncio.subprocess.Process, str], line: Proxy
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
        ended = [group.create_task(_read_to_the_end(there, journey.id, seen, one)) for one in opened]
        for one in opened:
            await one.wait()
        line.slow_down(delay=600, lasting=600)
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 30) in (0, -signal.SIGTERM)
    # A stream that was broken off would have raised, and what was shown before is there.
    assert [one.result() for one in ended] == [list(range(1, seen + 1))] * STREAMS


async def _read_to_the_end(
    client: httpx.AsyncClient, session: str, events: int, opened: asyncio.Event
) -> list[int]:
    """The numbers of all durable events, of which there are so many."""
    async with event_stream(client, session, after=0, with_presence=True) as stream:
        while (event := await stream.next()) is not None:
            if event.type == "presence.changed":  # told when everything that was missed has been read
                assert len(stream.durable_ids) == events
                opened.set()
        return stream.durable_ids
