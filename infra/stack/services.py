"""Which services make up ResolutionFlow, what each needs, and how one sees that it is ready."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from infra.stack.layout import StateFolder
from infra.stack.ports import LOOPBACK
from infra.stack.postgres import EmbeddedPostgres
from infra.stack.process import Child, ChildSpec
from infra.stack.readiness import until_http_answers, until_polling
from infra.stack.supervisor import Service
from infra.stack.temporal_server import EmbeddedTemporal
from infra.stack.terminal import Terminal
from workflows.task_queues import SESSIONS

MIGRATE = "infra.database.migrate"
SEED = "infra.seed"
SIMULATOR = "infra.simulators.connectwise"
WORKER = "infra.worker"
API = "api"


def postgres_service(
    server: EmbeddedPostgres, terminal: Terminal, *, name: str = "postgres", title: str = "PostgreSQL"
) -> Service:
    async def prepare() -> None:
        await server.prepare()
        for folder in server.opened:
            terminal.step(title, f"its user may now pass through {folder} (not list it)")

    return Service(name, title, server.spec, server.ready, prepare=prepare)


def temporal_service(make: Callable[[], Awaitable[EmbeddedTemporal]], terminal: Terminal) -> Service:
    """`make` may take minutes: it finds, downloads or builds the program."""
    made: list[EmbeddedTemporal] = []

    async def prepare() -> None:
        server = await make()
        if (notice := server.prepare()) is not None:
            terminal.step("Temporal", notice)
        made.append(server)

    async def ready(child: Child) -> str:
        where = await made[0].ready(child)
        return where if made[0].ui_port is None else f"{where}, UI {made[0].ui_url}"

    return Service("temporal", "Temporal", lambda: made[0].spec(), ready, prepare=prepare)


class ApplicationServices:
    """Our own processes, all run from this Python with the same environment."""

    def __init__(self, state: StateFolder, env: Mapping[str, str]) -> None:
        self._state = state
        # Output that is held back in a buffer would be missing from the log of a process that was killed.
        # What was compiled is kept, whatever the person's shell says: a process that is started again after it died
        # must not compile every library first.
        self._env = {**os.environ, **env, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}

    def _spec(self, name: str, module: str, *arguments: str) -> ChildSpec:
        return ChildSpec(
            name=name,
            command=(sys.executable, "-m", module, *arguments),
            log_path=self._state.log(name),
            env=self._env,
        )

    def migrations(self, *, needs: tuple[str, ...]) -> Service:
        return Service("migrate", "Migrations", partial(self._spec, "migrate", MIGRATE), None, needs)

    def seed(self) -> Service:
        return Service("seed", "Demo data", partial(self._spec, "seed", SEED), None, ("migrate",))

    def simulator(self, port: int) -> Service:
        url = f"http://{LOOPBACK}:{port}"
        ready = partial(until_http_answers, title="Simulator", url=url, healthy=lambda status: status < 500)
        spec = partial(self._spec, "simulator", SIMULATOR, "--state", str(self._state.simulator))
        return Service("simulator", "Simulator", spec, ready)

    def worker(self, *, needs: tuple[str, ...]) -> Service:
        ready = partial(until_polling, title="Worker", env=self._env, task_queue=SESSIONS)
        return Service("worker", "Worker", partial(self._spec, "worker", WORKER), ready, needs)

    def api(self, url: str, *, needs: tuple[str, ...]) -> Service:
        ready = partial(
            until_http_answers, title="API", url=f"{url}/readyz", healthy=lambda status: status == 200
        )
        return Service("api", "API", partial(self._spec, "api", API), ready, needs)
