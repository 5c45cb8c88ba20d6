"""The same stack on the Temporal server of production, whose PostgreSQL dies too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from infra.stack.making import Say
from infra.stack.services import postgres_service
from infra.stack.supervisor import Service
from infra.stack.temporal_binary import TemporalProgram, find_temporal
from infra.stack.terminal import Terminal
from tests.chaos.stack import EmbeddedStack
from tests.production_temporal.ports import member_ports
from tests.production_temporal.postgres import TemporalPostgres
from tests.production_temporal.programs import (
    ProductionPrograms,
    find_programs,
    postgres_version,
    server_version,
)
from tests.production_temporal.server import ONE_PROCESS, PORTS, ProductionTemporal
from tests.production_temporal.server import SPLIT as ROLES

DEV = "dev"
PRODUCTION = "production"
SPLIT = "production-split"
SERVERS = (DEV, PRODUCTION, SPLIT)

DATABASE = "temporal-postgres"


class ProductionStack(EmbeddedStack):
    """Use `production_stack`."""

    def __init__(
        self, programs: ProductionPrograms, cli: TemporalProgram, folder: Path, *, split: bool
    ) -> None:
        roles = ROLES if split else ONE_PROCESS
        database_port, *ports = member_ports(1 + len(PORTS))
        below = folder / "production-temporal"
        below.mkdir(parents=True)
        self._database = TemporalPostgres(
            programs, below / "postgres", database_port, log_path=below / "logs" / f"{DATABASE}.log"
        )
        self._production = ProductionTemporal(programs, cli, self._database, below, ports, roles=roles)
        super().__init__(folder)

    @property
    def temporal_server(self) -> str:
        processes = len(self._production.roles)
        return (
            f"server {server_version()} in {processes} process{'es' if processes > 1 else ''}, "
            f"PostgreSQL {postgres_version()}"
        )

    @property
    def temporal_names(self) -> tuple[str, ...]:
        return (DATABASE, *(role.name for role in self._production.roles))

    def lose_temporal(self) -> tuple[str, ...]:
        self._production.lose_data()
        return tuple(role.name for role in self._production.roles)

    def temporal_services(self, terminal: Terminal) -> list[Service]:
        database = postgres_service(self._database, terminal, name=DATABASE, title="Temporal's PostgreSQL")
        return [database, *self._production.services(needs=(DATABASE,))]

    def _base_environment(self) -> dict[str, str]:
        return super()._base_environment() | {
            "TEMPORAL_ADDRESS": self._production.address,
            "TEMPORAL_NAMESPACE": self._production.namespace,
        }


async def production_stack(say: Say, *, split: bool) -> Callable[[Path], ProductionStack]:
    """Gets what it takes, which may be minutes of building, and answers how to make the stack. Raises StackError."""
    return partial(ProductionStack, await find_programs(say), await find_temporal(say), split=split)
