"""The server itself, in one process or in one process for each of its services."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from infra.stack.errors import StackError
from infra.stack.ports import LOOPBACK
from infra.stack.process import Child, ChildSpec, run_to_end
from infra.stack.supervisor import Service
from infra.stack.temporal_binary import TemporalProgram
from tests.production_temporal.postgres import PASSWORD, TemporalPostgres
from tests.production_temporal.programs import SQL_TOOL, ProductionPrograms

PROJECT = Path(__file__).parents[2]
COMPOSE = PROJECT / "docker-compose.yml"
NAMESPACE_SCRIPT = PROJECT / "infra" / "container" / "temporal" / "namespace.sh"
START_TIMEOUT = 120.0

FRONTEND = "frontend"
PORTS = (
    *("FRONTEND_GRPC_PORT", "FRONTEND_HTTP_PORT", "FRONTEND_MEMBERSHIP_PORT"),
    *("HISTORY_GRPC_PORT", "HISTORY_MEMBERSHIP_PORT"),
    *("MATCHING_GRPC_PORT", "MATCHING_MEMBERSHIP_PORT"),
    *("WORKER_GRPC_PORT", "WORKER_MEMBERSHIP_PORT"),
)
"""The variables of the server for its ports, the first of which is the one that clients use."""


@dataclass(frozen=True)
class Role:
    """One process of the server: the services in it, all when there are none."""

    name: str
    services: tuple[str, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether clients connect to it; it makes the databases too."""
        return not self.services or FRONTEND in self.services


ONE_PROCESS = (Role("temporal"),)
SPLIT = tuple(Role(f"temporal-{name}", (name,)) for name in (FRONTEND, "history", "matching", "worker"))


def composed() -> tuple[dict[str, str], str]:
    """Environment of Temporal in `docker-compose.yml`, the database's password filled in, and its namespace."""
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    environment = {
        name: re.sub(r"\$\{TEMPORAL_DATABASE_PASSWORD:[^}]*\}", PASSWORD, value)
        for name, value in services["temporal"]["environment"].items()
    }
    return environment, services["temporal-namespace"]["environment"]["TEMPORAL_NAMESPACE"]


def mounted(path: str) -> Path:
    """The file of the project that Temporal's container sees at `path`."""
    volumes: list[str] = yaml.safe_load(COMPOSE.read_text())["services"]["temporal"]["volumes"]
    (source,) = (volume.split(":")[0] for volume in volumes if volume.split(":")[1] == path)
    return PROJECT / source


def server_environment(database_port: int, ports: Mapping[str, int]) -> dict[str, str]:
    """That of production, but for where things are on this machine."""
    environment, _ = composed()
    return environment | {
        "POSTGRES_SEEDS": LOOPBACK,
        "DB_PORT": str(database_port),
        "BIND_ON_IP": LOOPBACK,
        "TEMPORAL_BROADCAST_ADDRESS": LOOPBACK,
        "DYNAMIC_CONFIG_FILE_PATH": str(mounted(environment["DYNAMIC_CONFIG_FILE_PATH"])),
        **{name: str(port) for name, port in ports.items()},
    }


class ProductionTemporal:
    """A Temporal server as production has it. `ports` are as many as `PORTS`; the first is the one for clients. The
    namespace is that of production unless another one is given.

    Usable without a supervisor: `await start()`, connect to `address`, `await stop()`; its PostgreSQL is the caller's.
    """

    def __init__(
        self,
        programs: ProductionPrograms,
        cli: TemporalProgram,
        database: TemporalPostgres,
        folder: Path,
        ports: list[int],
        *,
        roles: tuple[Role, ...] = ONE_PROCESS,
        namespace: str | None = None,
    ) -> None:
        self.roles = roles
        self.namespace = namespace or composed()[1]
        self.address = f"{LOOPBACK}:{ports[0]}"
        self._folder = folder.absolute()
        self._programs = programs
        self._cli = cli
        self._ports = dict(zip(PORTS, ports, strict=True))
        self._environment = server_environment(database.port, self._ports)
        self._mark = self._folder / "databases-made"
        self._children: list[Child] = []

    def prepare(self) -> None:
        """Makes the folder, with the programs under the names that the scripts of production call."""
        bin_folder = self._folder / "bin"
        bin_folder.mkdir(parents=True, exist_ok=True)
        for name, program in (("temporal", self._cli.path), (SQL_TOOL, self._programs.sql_tool)):
            (bin_folder / name).unlink(missing_ok=True)
            (bin_folder / name).symlink_to(program.resolve())

    def lose_data(self) -> None:
        """With the next start of the leading process, the databases are dropped and made anew.

        Every process has to be started again for that.
        """
        self._mark.unlink(missing_ok=True)

    def spec(self, role: Role) -> ChildSpec:
        services = (part for name in role.services for part in ("--service", name))
        command = (str(self._programs.server), "start", *services)
        if not self._mark.exists():
            how = "make" if role.leads else "wait"
            module = "tests.production_temporal.launch"
            command = (sys.executable, "-m", module, str(self._mark), how, *command)
        return ChildSpec(
            name=role.name,
            command=command,
            log_path=self._folder / "logs" / f"{role.name}.log",
            env=self._with_path(self._environment | {"SQL_PASSWORD": PASSWORD, "PYTHONPATH": str(PROJECT)}),
        )

    def services(self, *, needs: tuple[str, ...]) -> list[Service]:
        """For the supervisor, one for each process."""
        return [
            Service(
                role.name,
                role.name.replace("-", " ").capitalize(),
                partial(self.spec, role),
                partial(self.ready, role),
                needs,
                self._prepare,
            )
            for role in self.roles
        ]

    async def _prepare(self) -> None:
        self.prepare()

    async def start(self) -> None:
        """Raises StackError."""
        self.prepare()
        try:
            for role in self.roles:
                child = Child(self.spec(role))
                self._children.append(child)
                await child.start()
            for role, child in zip(self.roles, self._children, strict=True):
                await self.ready(role, child)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        for child in self._children:
            await child.stop()
        self._children = []

    async def ready(self, role: Role, child: Child) -> str:
        """Waits until the process serves, the leading one until it serves the namespace. Raises StackError."""
        if role.leads:
            await child.until(self._serves_namespace, timeout=START_TIMEOUT, what="Temporal")
            return self.address
        port = self._ports[f"{role.services[0].upper()}_GRPC_PORT"]
        await child.until(partial(_listens, port), timeout=START_TIMEOUT, what=role.name)
        return f"{LOOPBACK}:{port}"

    async def _serves_namespace(self) -> str | None:
        try:
            client = await asyncio.wait_for(Client.connect(self.address, namespace=self.namespace), 5)
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=self.namespace)
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                return None
        except (RuntimeError, TimeoutError):  # not listening yet
            return None
        else:
            return "up"
        return await self._make_namespace()

    async def _make_namespace(self) -> str | None:
        """As production does. Whoever calls looks again whether it worked."""
        spec = ChildSpec(
            name="namespace",
            command=("sh", str(NAMESPACE_SCRIPT)),
            log_path=self._folder / "logs" / "namespace.log",
            env=self._with_path({"TEMPORAL_ADDRESS": self.address, "TEMPORAL_NAMESPACE": self.namespace}),
        )
        try:
            await run_to_end(spec, timeout=30)
        except StackError:
            return None
        return "up"

    def _with_path(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Nothing of the person's own configuration gets in."""
        kept = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "TMPDIR")}
        return {**kept, **environment, "PATH": f"{self._folder / 'bin'}:{os.environ.get('PATH', os.defpath)}"}


async def _listens(port: int) -> str | None:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return None
    writer.close()
    return "up"
