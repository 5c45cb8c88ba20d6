"""The real stack for the browser: every process of it, on its own ports and in its own folder."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.simulators.anthropic.server import AnthropicSimulator
from infra.stack.layout import StateFolder
from infra.stack.ports import free_ports
from infra.stack.postgres import EmbeddedPostgres
from infra.stack.secrets_file import load_or_make
from tests.support.waiting import until

PROJECT = Path(__file__).parents[2]
PASSWORD = "password-of-a-browser-test"
DEMO_ENGINEER = "engineer@demo.example"
READY_WITHIN = 180
STOP_WITHIN = 60
_OURS = ("RESOLUTIONFLOW_", "DATABASE_", "TEMPORAL_", "ANTHROPIC_", "E2E_")
_PORTS = ("PORT", "POSTGRES_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "SIMULATOR_PORT")


@dataclass(frozen=True)
class RunningStack:
    """Where a stack that is up can be reached."""

    base_url: str
    simulator_url: str
    admin_database_url: str
    model_url: str | None = None

    def variables(self) -> dict[str, str]:
        """What the browser tests read from their environment."""
        return {
            "E2E_BASE_URL": self.base_url,
            "E2E_SIMULATOR_URL": self.simulator_url,
            "E2E_PASSWORD": PASSWORD,
            **({"E2E_PILOT": "model", "E2E_MODEL_URL": self.model_url} if self.model_url else {}),
        }


@asynccontextmanager
async def running_stack(folder: Path, **variables: str) -> AsyncIterator[RunningStack]:
    """Start the stack in `folder` and stop it again. `variables` are added to its environment."""
    screen = _screen(folder)
    ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    ours = {f"RESOLUTIONFLOW_{name}": str(port) for name, port in ports.items()}
    with screen.open("wb") as output:
        # From its own folder: the `.env` of the clone is the person's, not the test's.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "infra.stack",
            cwd=folder,
            env={
                **inherited,
                **ours,
                "PYTHONPATH": str(PROJECT),
                "RESOLUTIONFLOW_STATE_DIR": str(folder / "state"),
                "RESOLUTIONFLOW_WEB_DIST": str(PROJECT / "web" / "dist"),
                "RESOLUTIONFLOW_DEMO_PASSWORD": PASSWORD,
                **variables,
            },
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        await until(lambda: _is_ready(process, screen), within=READY_WITHIN, what="the start of the stack")
        yield RunningStack(
            base_url=f"http://127.0.0.1:{ports['PORT']}",
            simulator_url=f"http://127.0.0.1:{ports['SIMULATOR_PORT']}",
            admin_database_url=_admin_database_url(StateFolder.at(folder / "state"), ports["POSTGRES_PORT"]),
        )
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), STOP_WITHIN)


@asynccontextmanager
async def modelled_stack(
    folder: Path, **variables: str
) -> AsyncIterator[tuple[RunningStack, AnthropicSimulator]]:
    """A stack whose pilot is a simulated model, and the model."""
    async with (
        AnthropicSimulator() as model,
        running_stack(
            folder,
            RESOLUTIONFLOW_PILOT="anthropic",
            ANTHROPIC_API_KEY=model.api_key,
            ANTHROPIC_BASE_URL=model.url,
            **variables,
        ) as stack,
    ):
        yield replace(stack, model_url=model.url), model


def _admin_database_url(state: StateFolder, port: int) -> str:
    """The stack's database past row level security: for tests that need more rows than anybody types."""
    secrets = load_or_make(state.secrets, existing_state=True)
    postgres = EmbeddedPostgres(state.postgres, port, secrets.postgres, log_path=state.log("postgres"))
    return postgres.admin_url()


def _screen(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "screen.log"


async def _is_ready(process: asyncio.subprocess.Process, screen: Path) -> bool:
    shown = _read(screen)
    assert process.returncode is None, f"the stack ended while starting:\n{shown}"
    return "Ready after" in shown


def _read(screen: Path) -> str:
    return screen.read_text(errors="replace")
