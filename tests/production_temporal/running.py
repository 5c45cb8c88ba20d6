"""The server of production for tests: alone with its PostgreSQL, in the namespace that tests use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client

from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import NAMESPACE, SEARCH_ATTRIBUTES
from infra.temporal.search_attributes import register_search_attributes
from tests.production_temporal.ports import member_ports
from tests.production_temporal.postgres import TemporalPostgres
from tests.production_temporal.programs import find_programs
from tests.production_temporal.server import PORTS, ProductionTemporal


@asynccontextmanager
async def running_production_temporal(folder: Path) -> AsyncIterator[ProductionTemporal]:
    """Raises StackError when it cannot be had; getting it the first time takes minutes."""
    programs, cli = await find_programs(print), await find_temporal(print)
    port, *ports = member_ports(1 + len(PORTS))
    database = TemporalPostgres(
        programs, folder / "postgres", port, log_path=folder / "logs" / "postgres.log"
    )
    server = ProductionTemporal(programs, cli, database, folder, ports, namespace=NAMESPACE)
    await database.start()
    try:
        await server.start()
        try:
            # As every worker does when it starts.
            client = await Client.connect(server.address, namespace=NAMESPACE)
            await register_search_attributes(client, SEARCH_ATTRIBUTES)
            yield server
        finally:
            await server.stop()
    finally:
        await database.stop()
