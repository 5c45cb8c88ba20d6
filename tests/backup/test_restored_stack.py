"""A stack is backed up while people work, and goes on elsewhere from the archive alone, without Temporal's data."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import make_url

from infra.stack.layout import StateFolder
from infra.stack.ports import free_port
from infra.stack.secrets_file import load_or_make
from tests.e2e.stack import DEMO_ENGINEER, PASSWORD, PROJECT, RunningStack, modelled_stack
from tests.support.journey import Journey
from tests.support.uploads import fetch, upload
from tests.support.waiting import until
from tests.unit.uploads.pictures import picture

TICKET = 48231
FROZEN = "The frozen accounting server"

Json = dict[str, Any]


@asynccontextmanager
async def signed_in(stack: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{stack.base_url}/api/v1", timeout=60) as client:
        answer = await client.post("/auth/login", json={"email": DEMO_ENGINEER, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


async def stack_command(state: Path, port: int, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit code and screen of `python -m infra.stack …`, as the Makefile runs it."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RESOLUTIONFLOW_", "DATABASE_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "infra.stack",
        *arguments,
        cwd=state.parent,
        env={
            **inherited,
            "PYTHONPATH": str(PROJECT),
            "RESOLUTIONFLOW_STATE_DIR": str(state),
            "RESOLUTIONFLOW_POSTGRES_PORT": str(port),
            **variables,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    screen, _ = await process.communicate()
    return process.returncode or 0, screen.decode()


class BusyEngineer:
    """Goes on writing to one session; `acknowledged` are the messages that were stored."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.acknowledged: list[str] = []
        self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while True:
            text = f"Message {len(self.acknowledged)} of {self.journey.id}"
            answer = await self.journey.client.post(self.journey.path("/messages"), json={"text": text})
            assert answer.status_code == 202, answer.text
            self.acknowledged.append(text)

    async def has_written(self, more: int) -> None:
        goal = len(self.acknowledged) + more

        async def probe() -> bool:
            if self._task.done():
                self._task.result()
            return len(self.acknowledged) >= goal

        await until(probe, within=60, what="messages under load")

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def texts(journey: Journey) -> list[str]:
    """Everything that was said in the session."""
    found: list[str] = []
    before: str | None = None
    while True:
        query = {"limit": "200", **({"before": before} if before else {})}
        page = (await journey.client.get(journey.path("/messages"), params=query)).json()
        found = [message["text"] for message in page["items"]] + found
        before = page["next_cursor"]
        if before is None:
            return found


@pytest.mark.timeout(600)
async def test_every_session_goes_on_from_a_backup_that_was_made_under_load(tmp_path: Path) -> None:
    archive = tmp_path / "backups" / "whole.tar"
    image = picture()
    first_state = StateFolder.at(tmp_path / "first" / "state")
    async with modelled_stack(tmp_path / "first") as (stack, model), signed_in(stack) as client:
        model.next(applies_to="chat", in_conversation=FROZEN, pings_after=1)
        with_file = await Journey.start(client, text="The screen shows an error")
        file = await upload(client, image)
        sent = {"text": "Here it is", "upload_ids": [file["id"]]}
        assert (await client.post(with_file.path("/messages"), json=sent)).status_code == 202
        on_ticket = await Journey.start(client, psa_ticket_id=str(TICKET))
        mid_turn = Journey(client, (await client.post("/ai-sessions", json={"text": FROZEN})).json())
        await until(lambda: is_running(mid_turn), what="a reply in progress")
        busy = [BusyEngineer(await Journey.start(client, text=f"Printer {number}")) for number in range(2)]
        await asyncio.gather(*(one.has_written(3) for one in busy))
        before = {one.journey.id: list(one.acknowledged) for one in busy}
        port = make_url(stack.admin_database_url).port
        assert port is not None
        code, screen = await stack_command(first_state.root, port, "backup", "--file", str(archive))
        assert code == 0, screen
        await asyncio.gather(*(one.has_written(1) for one in busy))
        for one in busy:
            await one.stop()
        assert await is_running(mid_turn), "the backup was made in the middle of a turn"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in archive.parent.iterdir()] == [archive.name], "nothing half-written stays"

    second_state = tmp_path / "second" / "state"
    second_state.parent.mkdir()
    restore = ("restore", "--file", str(archive))
    code, screen = await stack_command(second_state, free_port(), *restore)
    assert (code, "keys_missing" in screen) == (1, True), screen
    assert not second_state.exists(), "a refused archive makes nothing"
    keys = load_or_make(first_state.secrets, existing_state=True).secret_keys
    code, screen = await stack_command(second_state, free_port(), *restore, RESOLUTIONFLOW_SECRET_KEYS=keys)
    assert code == 0, screen
    assert not (second_state / "temporal").exists()

    async with modelled_stack(tmp_path / "second") as (stack, _model), signed_in(stack) as client:
        for session_id, acknowledged in before.items():
            said = await texts(Journey(client, {"id": session_id}))
            assert [text for text in said if text in acknowledged] == acknowledged
        again = (await client.get(f"/uploads/{file['id']}")).json()
        assert (await fetch(client, again["content_url"])).content == image
        assert (await fetch(client, again["thumbnail_url"])).status_code == 200
        for session_id in (with_file.id, on_ticket.id, mid_turn.id, *before):
            journey = Journey(client, {"id": session_id})
            detail = await journey.say("We go on here")
            assert [m["role"] for m in detail["messages"]][-1] == "pilot", detail["messages"]
            assert all(m["turn_state"] in (None, "done") for m in detail["messages"]), detail["messages"]
        journey = Journey(client, {"id": on_ticket.id})
        answer = await journey.post_note("## Problem\n\nRestored and resolved, once.")
        assert answer.status_code == 200, answer.text
        assert answer.json()["outcome"] == "resolved", answer.text
        async with httpx.AsyncClient(base_url=stack.simulator_url) as simulator:
            notes = (await simulator.get("/_simulator/state/notes")).json()
        assert len([note for note in notes if "Restored and resolved, once." in note["text"]]) == 1


async def is_running(journey: Journey) -> bool:
    return any(message["turn_state"] == "running" for message in (await journey.detail())["messages"])
