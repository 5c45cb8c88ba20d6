"""Is the worker of this container alive? `python -m infra.container.worker_health QUEUE` exits with 0 or 1.

A worker has no port to ask, so Temporal is asked whether a worker on this host has fetched tasks of the queue lately.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.converter import DataConverter

from infra.temporal.client import connect

# A poll that finds nothing is answered after a minute, and then the next one begins.
LATELY = timedelta(minutes=2)


async def polls(queue: str) -> bool:
    """Whether a worker on this host has polled `queue` lately. Raises RPCError or RuntimeError without Temporal."""
    client = await connect(DataConverter.default)  # it reads no payload
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    since = datetime.now(UTC) - LATELY
    # The SDK names a worker `process id@host`.
    return any(
        poller.identity.endswith(f"@{socket.gethostname()}")
        and poller.last_access_time.ToDatetime(tzinfo=UTC) >= since
        for poller in described.pollers
    )


if __name__ == "__main__":
    alive = asyncio.run(polls(sys.argv[1]))
    # At once: the Temporal SDK's threads can spoil an exit that waits for them.
    os._exit(0 if alive else 1)
