"""Brings the whole stack up and keeps it up until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from functools import partial

from infra.stack.configuration import Backends, StackSettings, children_environment, demo_password, ports
from infra.stack.layout import StateFolder
from infra.stack.ports import require_free
from infra.stack.postgres import EmbeddedPostgres
from infra.stack.secrets_file import StackSecrets, load_or_make
from infra.stack.services import ApplicationServices, postgres_service, temporal_service
from infra.stack.supervisor import Service, Supervisor
from infra.stack.temporal_binary import VARIABLE as TEMPORAL_CLI
from infra.stack.temporal_binary import TemporalProgram, find_temporal
from infra.stack.temporal_server import EmbeddedTemporal
from infra.stack.terminal import Terminal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEMO_LOGINS = {
    "engineer@demo.example": "engineer",
    "lead@demo.example": "owner",
    "admin@demo.example": "super admin",
}


async def up(settings: StackSettings, terminal: Terminal) -> None:
    """Runs until a stop signal.

    Raises StackError when it cannot start or cannot go on; no child is left then.
    """
    began = time.monotonic()
    state = StateFolder.at(settings.state_dir)
    state.prepare()
    terminal.line(f"ResolutionFlow, state in {state.root}")
    with state.locked():
        backends = Backends.of(settings, os.environ)
        require_free(ports(settings, backends))
        secrets = load_or_make(state.secrets, existing_state=state.postgres.exists())
        supervisor = Supervisor(services(settings, terminal, state, backends, secrets), terminal)
        for each in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(each, supervisor.request_stop)
        await supervisor.run(partial(summary, settings, terminal, state, backends, secrets, began))
    terminal.line("Stopped. Everything is kept; `make up` continues, `make reset` deletes it.")


def services(
    settings: StackSettings, terminal: Terminal, state: StateFolder, backends: Backends, secrets: StackSecrets
) -> list[Service]:
    """Everything that runs for these settings, in the order it is told."""
    postgres = EmbeddedPostgres(
        state.postgres, settings.postgres_port, secrets.postgres, log_path=state.log("postgres")
    )

    async def make_temporal() -> EmbeddedTemporal:
        return EmbeddedTemporal(
            await get_temporal(settings, terminal),
            state.temporal,
            settings.temporal_port,
            ui_port=settings.temporal_ui_port,
            log_path=state.log("temporal"),
            codec_endpoint=settings.codec_endpoint,
        )

    ours = ApplicationServices(state, children_environment(settings, secrets, backends, postgres))
    chosen: list[Service] = []
    if not backends.postgres_elsewhere:
        chosen.append(postgres_service(postgres, terminal))
    if not backends.temporal_elsewhere:
        chosen.append(temporal_service(make_temporal, terminal))
    if settings.demo:
        chosen.append(ours.simulator(settings.simulator_port))
    chosen.append(ours.migrations(needs=() if backends.postgres_elsewhere else ("postgres",)))
    before = tuple(each.name for each in chosen)
    if settings.demo:
        chosen.append(ours.seed())  # beside the start of worker and api, which takes as long
    chosen.append(ours.worker(needs=before))
    chosen.append(ours.api(settings.local_url, needs=before))
    return chosen


async def get_temporal(settings: StackSettings, terminal: Terminal) -> TemporalProgram:
    """The Temporal server program, saying what takes long. Raises StackError."""
    environ = dict(os.environ)
    if settings.temporal_cli is not None:  # it may come from `.env`
        environ[TEMPORAL_CLI] = str(settings.temporal_cli.expanduser())
    return await find_temporal(partial(terminal.step, "Temporal"), environ=environ)


def summary(
    settings: StackSettings,
    terminal: Terminal,
    state: StateFolder,
    backends: Backends,
    secrets: StackSecrets,
    began: float,
) -> None:
    """What a person needs to go on, once everything is up."""
    terminal.line(f"Ready after {time.monotonic() - began:.1f} s")
    terminal.line()
    terminal.step("Open", settings.public_url)
    if not backends.temporal_elsewhere:
        terminal.step("Temporal UI", settings.temporal_ui_origin)
    if settings.demo:
        for email, role in DEMO_LOGINS.items():
            terminal.step("Log in as", f"{email:<24}({role})")
        terminal.step("Password", demo_password(settings, secrets))
    terminal.step("Logs", str(state.log("*")))
    terminal.line()
    terminal.line("Ctrl-C stops everything.")
