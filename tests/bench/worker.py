"""The worker under measurement: the product's own with a pilot that takes no time, and the floor beside it.

One process serves both, so that both see the same machine. `python -m tests.bench.worker`.
"""

from __future__ import annotations

import asyncio
import signal

import asyncpg
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from infra.config import load_settings
from infra.database.connection import database_from
from infra.logging import configure_logging
from infra.pilots.factory import Pilots
from infra.psa.connections import PsaConnections
from infra.psa.registry import PsaRegistry
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.storage.factory import build_storage
from infra.temporal.client import connect, data_converter
from infra.worker import WorkerResources, build_worker
from tests.bench.floor import FLOOR_QUEUE, Floor, FloorActivities
from tests.bench.pilot import ZeroTimePilot
from workflows.task_queues import ALL_QUEUES


async def main() -> None:
    settings = load_settings()
    configure_logging(settings, process="bench-worker")
    storage = build_storage(settings)
    # The engine warns of tasks that take long; a machine that is loaded on purpose has many.
    quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=quiet)))
    client = await connect(data_converter(settings, storage))
    database = database_from(settings, pool_size=20)
    pilot = ZeroTimePilot()
    resources = WorkerResources(
        database,
        Pilots(primary=pilot, fallback=pilot),
        PsaConnections(PsaRegistry(), SecretBox(settings.secret_keys, PSA_CREDENTIALS), allow_private=True),
        storage,
    )
    pool = await asyncpg.create_pool(database.url.replace("+asyncpg", ""), min_size=5, max_size=10)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    floor = Worker(
        client,
        task_queue=FLOOR_QUEUE,
        workflows=[Floor],
        activities=[FloorActivities(pool).insert_row],
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules("domain", "tests", "asyncpg")
        ),
    )
    sessions, llm, psa = (build_worker(client, queue, resources) for queue in ALL_QUEUES)
    async with floor, sessions, llm, psa:
        await stop.wait()
    await pool.close()
    await resources.aclose()


if __name__ == "__main__":
    asyncio.run(main())
