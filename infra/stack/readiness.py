"""How one sees from outside that a process of ours can be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import httpx
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from infra.stack.process import Child

TIMEOUT = 60.0
# Clocks of two machines differ a little; a poller seen earlier belongs to a worker before this one.
CLOCK_TOLERANCE = timedelta(seconds=2)


async def until_http_answers(child: Child, *, title: str, url: str, healthy: Callable[[int], bool]) -> str:
    """Waits until `url` answers with a healthy status; returns the URL's origin. Raises StackError."""

    async def probe() -> str | None:
        try:
            response = await client.get(url)
        except httpx.TransportError:
            return None
        origin = str(response.url.copy_with(raw_path=b"/")).rstrip("/")
        return origin if healthy(response.status_code) else None

    # A proxy from the environment has no business between us and our own loopback.
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        return await child.until(probe, timeout=TIMEOUT, what=title)


async def until_polling(child: Child, *, title: str, env: Mapping[str, str], task_queue: str) -> str:
    """Waits until a worker that began after this call polls `task_queue` for workflow tasks.

    Raises StackError.
    """
    began = datetime.now(UTC) - CLOCK_TOLERANCE
    config = ClientConfig.load_client_connect_config(override_env_vars=dict(env))
    client: Client | None = None

    async def probe() -> str | None:
        nonlocal client
        try:
            client = client or await Client.connect(**config)
            described = await client.workflow_service.describe_task_queue(
                DescribeTaskQueueRequest(
                    namespace=client.namespace,
                    task_queue=TaskQueue(name=task_queue),
                    task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
                ),
                timeout=timedelta(seconds=5),
            )
        except (RPCError, RuntimeError):  # Temporal is away just now
            return None
        seen = [poller.last_access_time.ToDatetime(tzinfo=UTC) for poller in described.pollers]
        return f"polls {task_queue}" if any(time >= began for time in seen) else None

    return await child.until(probe, timeout=TIMEOUT, what=title)
