"""How one sees from outside that a process of ours can be used."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from datetime import timedelta

import httpx
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from infra.stack.process import Child

TIMEOUT = 60.0


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
    """Waits until this very process polls `task_queue` for workflow tasks. Raises StackError."""
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
        # The SDK names a worker `process id@host`; those before it stay listed for minutes.
        own = f"{child.pid}@{socket.gethostname()}"
        return f"polls {task_queue}" if any(poller.identity == own for poller in described.pollers) else None

    return await child.until(probe, timeout=TIMEOUT, what=title)
