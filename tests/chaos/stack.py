"""The processes that chaos is done to: those of `make up`, two workers, and a simulated model.

The supervisor is the product's own. It restarts what was killed as `make up` does, with the same delays; only it never
gives up, because here somebody kills on purpose.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from infra.config import PREFIX
from infra.stack.configuration import Backends, StackSettings, children_environment
from infra.stack.errors import StackError
from infra.stack.layout import StateFolder
from infra.stack.ports import LOOPBACK, free_ports
from infra.stack.postgres import EmbeddedPostgres
from infra.stack.process import Child, ChildSpec, run_to_end
from infra.stack.readiness import until_http_answers
from infra.stack.secrets_file import load_or_make, new_secret_key
from infra.stack.services import ApplicationServices, postgres_service, temporal_service
from infra.stack.supervisor import RestartPolicy, Service, Supervisor
from infra.stack.temporal_server import EmbeddedTemporal
from infra.stack.terminal import Terminal
from infra.stack.up import get_temporal

PROJECT = Path(__file__).parents[2]
PASSWORD = "password-of-a-chaos-run"
READY_WITHIN = 240.0
TEMPORAL = "temporal"
SINGLE = ("api", TEMPORAL, "postgres", "simulator", "model")
WORKERS = ("worker", "second-worker")
STOPS_WITHIN = 30.0
"""Seconds that docker-compose.yml gives the api and a worker to end."""
NEVER_GIVE_UP = RestartPolicy(limit=1_000_000, longest_delay=4.0)
"""`make up` gives up at the fifth death within a minute; its delay before that is at most four seconds."""

_OURS = (PREFIX, "DATABASE_", "TEMPORAL_", "ANTHROPIC_", "GEMINI_", "S3_", "AWS_", "SMTP_")
_ATTEMPTS = 5
_NO_LIMIT = "999999/minute"
_LIMITS = ("WRONG_PER_ADDRESS", "WRONG_PASSWORDS", "WRONG_CODES", "REFRESHES", "UPLOADS", "TURNS")


class Stack(Protocol):
    """What the rest of chaos knows of the processes, wherever they run."""

    @property
    def api_port(self) -> int: ...
    @property
    def simulator_url(self) -> str: ...
    @property
    def model_url(self) -> str: ...
    @property
    def admin_database_url(self) -> str: ...
    @property
    def secret_keys(self) -> str:
        """As `RESOLUTIONFLOW_SECRET_KEYS` takes them."""

    @property
    def temporal_server(self) -> str:
        """Which Temporal it is, for the report."""

    @property
    def names(self) -> tuple[str, ...]:
        """What can be killed and paused."""

    @property
    def temporal_names(self) -> tuple[str, ...]:
        """The processes of Temporal."""

    def pid(self, name: str) -> int | None:
        """The process of that name while it runs."""

    def is_up(self, name: str) -> bool:
        """Whether it runs and has been ready."""

    def lose_temporal(self) -> tuple[str, ...]:
        """Let Temporal come back without its data when it is started the next time; what to kill for that."""

    async def stop(self, name: str) -> int:
        """Ask a process to end, and wait until it has; its exit code. Raises TimeoutError after `STOPS_WITHIN`."""

    async def deploy(self, slot: str, build: str) -> None:
        """Replace the worker of a slot by one of another build."""

    async def rotate_keys(self) -> None:
        """Change the secret keys in the order that docs/operations.md tells."""


class EmbeddedStack:
    """The stack of one machine. Use `embedded_stack`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        api, postgres, temporal, temporal_ui, simulator, self._model_port = free_ports(6)
        self.api_port = api
        # Nothing of the person's own configuration gets into the run.
        self._settings = StackSettings(
            _env_file=None,
            state_dir=folder / "state",
            port=api,
            postgres_port=postgres,
            temporal_port=temporal,
            temporal_ui_port=temporal_ui,
            simulator_port=simulator,
            database_url=None,
            database_admin_url=None,
            host=LOOPBACK,
            demo=True,
            allow_private_psa=True,
        )
        self._state = StateFolder.at(folder / "state")
        self._state.prepare()
        self._secrets = load_or_make(self._state.secrets, existing_state=False)
        self._postgres = EmbeddedPostgres(
            self._state.postgres, postgres, self._secrets.postgres, log_path=self._state.log("postgres")
        )
        self._dev_server: EmbeddedTemporal | None = None
        self._temporal_lost = False
        self._builds = dict.fromkeys(WORKERS, "build-1")
        self._keys = self._secrets.secret_keys
        self._children: dict[str, Child] = {}
        self._ready: dict[str, Child] = {}
        self._starting: dict[str, asyncio.Event] = {}
        self._base = self._base_environment()

    @property
    def simulator_url(self) -> str:
        return f"http://{LOOPBACK}:{self._settings.simulator_port}"

    @property
    def model_url(self) -> str:
        return f"http://{LOOPBACK}:{self._model_port}"

    @property
    def admin_database_url(self) -> str:
        return self._postgres.admin_url()

    @property
    def secret_keys(self) -> str:
        return self._keys

    @property
    def temporal_server(self) -> str:
        return "dev server, SQLite"

    @property
    def temporal_names(self) -> tuple[str, ...]:
        return (TEMPORAL,)

    @property
    def names(self) -> tuple[str, ...]:
        return ("api", *self.temporal_names, "postgres", "simulator", "model", *WORKERS)

    def pid(self, name: str) -> int | None:
        child = self._children.get(name)
        return child.pid if child is not None and child.running else None

    def is_up(self, name: str) -> bool:
        child = self._children.get(name)
        return child is not None and child.running and self._ready.get(name) is child

    def lose_temporal(self) -> tuple[str, ...]:
        self._temporal_lost = True
        return (TEMPORAL,)

    async def stop(self, name: str) -> int:
        child = self._children[name]
        os.kill(child.pid, child.spec.stop_signal)
        return await asyncio.wait_for(child.wait(), STOPS_WITHIN)

    async def deploy(self, slot: str, build: str) -> None:
        self._builds[slot] = build
        await self._restart(slot)

    async def rotate_keys(self) -> None:
        new, old = new_secret_key(), self._keys
        await self._use_keys(f"{old},{new}")  # everybody can read it before anybody uses it
        await self._use_keys(f"{new},{old}")
        for attempts_left in reversed(range(_ATTEMPTS)):
            try:
                await run_to_end(self._command("rotate-keys", "infra.rotate_keys"), timeout=60)
            except StackError:  # the database was away
                if attempts_left == 0:
                    raise
            else:
                return

    async def _use_keys(self, keys: str) -> None:
        self._keys = keys
        await asyncio.gather(*(self._restart(name) for name in ("api", *WORKERS)))

    async def _restart(self, name: str) -> None:
        """Ask it to end, and wait until the supervisor has brought it up again."""
        before = self._children[name]
        up = self._starting[name] = asyncio.Event()
        if before.running:
            os.kill(before.pid, before.spec.stop_signal)
        await asyncio.wait_for(up.wait(), 300)

    # --- how it is put together ---

    def services(self, terminal: Terminal) -> list[Service]:
        """Everything that runs, in the order it is started."""
        ours = ApplicationServices(self._state, self._base)
        before = ("postgres", *self.temporal_names, "simulator", "model", "migrate")
        worker = ours.worker(needs=before)
        chosen = [
            postgres_service(self._postgres, terminal),
            *self.temporal_services(terminal),
            ours.simulator(self._settings.simulator_port),
            self._model(),
            ours.migrations(needs=("postgres",)),
            ours.seed(),
            *(
                replace(worker, name=slot, title=slot, spec=partial(self._worker_spec, worker, slot))
                for slot in WORKERS
            ),
            ours.api(self._settings.local_url, needs=before),
        ]
        return [self._watched(service) for service in chosen]

    def temporal_services(self, terminal: Terminal) -> list[Service]:
        return [temporal_service(partial(self._make_temporal, terminal), terminal)]

    async def _make_temporal(self, terminal: Terminal) -> EmbeddedTemporal:
        self._dev_server = EmbeddedTemporal(
            await get_temporal(self._settings, terminal),
            self._state.temporal,
            self._settings.temporal_port,
            ui_port=None,
            log_path=self._state.log("temporal"),
        )
        return self._dev_server

    def _model(self) -> Service:
        spec = self._command("model", "infra.simulators.anthropic", "--port", str(self._model_port))
        ready = partial(
            until_http_answers,
            title="Model",
            url=f"{self.model_url}/_simulator/health",
            healthy=lambda status: status == 200,
        )
        return Service("model", "Model", lambda: spec, ready)

    def _command(self, name: str, module: str, *arguments: str) -> ChildSpec:
        return ChildSpec(
            name=name,
            command=(sys.executable, "-m", module, *arguments),
            log_path=self._state.log(name),
            env=self._environment(name),
            cwd=self._folder,
        )

    def _worker_spec(self, worker: Service, slot: str) -> ChildSpec:
        return replace(worker.spec(), name=slot, log_path=self._state.log(slot))

    def _watched(self, service: Service) -> Service:
        """The same service with our environment, known to us while it runs."""

        def spec() -> ChildSpec:
            if service.name == TEMPORAL and self._temporal_lost:
                self._delete_temporal()
            wanted = service.spec()
            if service.name in ("postgres", *self.temporal_names):  # they need nothing of it
                return wanted
            return replace(wanted, env=self._environment(service.name), cwd=self._folder)

        if service.ready is None:
            return replace(service, spec=spec)
        until_ready = service.ready

        async def ready(child: Child) -> str:
            self._children[service.name] = child
            where = await until_ready(child)
            self._ready[service.name] = child
            if (waiting := self._starting.pop(service.name, None)) is not None:
                waiting.set()
            return where

        return replace(service, spec=spec, ready=ready)

    def _delete_temporal(self) -> None:
        if self._dev_server is None:
            return
        self._temporal_lost = False
        for path in self._dev_server.folder.glob(f"{self._dev_server.database.name}*"):
            path.unlink()

    def _base_environment(self) -> dict[str, str]:
        settings, backends = self._settings, Backends(postgres_elsewhere=False, temporal_elsewhere=False)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        return {
            **inherited,
            **children_environment(settings, self._secrets, backends, self._postgres),
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "",  # a process that starts again must not compile everything again
            f"{PREFIX}PORT": str(settings.port),
            f"{PREFIX}SIMULATOR_PORT": str(settings.simulator_port),
            f"{PREFIX}DEMO_PASSWORD": PASSWORD,
            f"{PREFIX}WEB_DIST": str(PROJECT / "web" / "dist"),
            f"{PREFIX}PILOT": "anthropic",
            "ANTHROPIC_API_KEY": "simulated-key",
            "ANTHROPIC_BASE_URL": self.model_url,
            # Thirty people work here as one; what is limited for one is measured elsewhere.
            **{f"{PREFIX}LIMIT_{name}": _NO_LIMIT for name in _LIMITS},
        }

    def _environment(self, name: str) -> dict[str, str]:
        changed = {f"{PREFIX}SECRET_KEYS": self._keys}
        if name in WORKERS:
            changed[f"{PREFIX}WORKER_BUILD"] = self._builds[name]
        return self._base | changed


@asynccontextmanager
async def embedded_stack(
    folder: Path, make: Callable[[Path], EmbeddedStack] = EmbeddedStack
) -> AsyncIterator[EmbeddedStack]:
    """Start everything in `folder`, and stop it again. What the supervisor says is in `screen.log` there.

    Start it from the main thread: the processes die with it.
    """
    stack = make(folder)
    with _screen(folder) as terminal:
        supervisor = Supervisor(stack.services(terminal), terminal, policy=NEVER_GIVE_UP)
        ready = asyncio.Event()
        running = asyncio.create_task(supervisor.run(ready.set))
        waiting = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait({running, waiting}, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
            if not ready.is_set():
                raise TimeoutError(f"the stack was not up after {READY_WITHIN:.0f} s")
            yield stack
        finally:
            waiting.cancel()
            supervisor.request_stop()
            try:
                await asyncio.shield(running)
            except asyncio.CancelledError:  # somebody is in a hurry: what still runs is killed
                supervisor.request_stop()
                await running
                raise


@contextlib.contextmanager
def _screen(folder: Path) -> Iterator[Terminal]:
    with (folder / "screen.log").open("w") as stream:
        yield Terminal(stream)
