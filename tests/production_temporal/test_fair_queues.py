"""With `matching.enableFairness`, a queue serves accounts in turn. `TEST_TEMPORAL=production` runs this test."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.common import Priority
from temporalio.worker import Worker

from tests.conftest import TemporalServer
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_TEMPORAL") != "production", reason="the dev server hands out in the order of arrival"
)

STORM = 60
NAMESPACE = "default"


@workflow.defn(sandboxed=False)
class OneStep:
    """One activity under the fairness key of an account, on another queue."""

    @workflow.run
    async def run(self, account: str, queue: str) -> None:
        await workflow.execute_activity(
            "serve",
            account,
            task_queue=queue,
            start_to_close_timeout=timedelta(minutes=1),
            priority=Priority(fairness_key=account),
        )


@pytest.fixture
async def client(temporal: TemporalServer) -> Client:
    return await Client.connect(temporal.address, namespace=NAMESPACE)


async def test_an_account_that_comes_late_does_not_wait_for_the_backlog_of_another(client: Client) -> None:
    steps, queue = f"steps-{uuid4().hex}", f"model-{uuid4().hex}"
    served: list[str] = []

    @activity.defn(name="serve")
    async def serve(account: str) -> None:
        served.append(account)

    async def waiting(count: int) -> bool:
        described = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=NAMESPACE,
                task_queue=TaskQueue(name=queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
                report_stats=True,
            )
        )
        return described.stats.approximate_backlog_count >= count

    async def start(account: str) -> None:
        await client.start_workflow(
            OneStep.run,
            args=[account, queue],
            id=f"{account}/{uuid4().hex}",
            task_queue=steps,
            priority=Priority(fairness_key=account),
        )

    async with Worker(client, task_queue=steps, workflows=[OneStep]):
        await asyncio.gather(*(start("busy") for _ in range(STORM)))
        await until(lambda: waiting(STORM), within=60, what="the storm to be in the queue")
        await start("late")
        await until(lambda: waiting(STORM + 1), within=60, what="the late one to be in the queue")
        async with Worker(client, task_queue=queue, activities=[serve], max_concurrent_activities=1):

            async def late_is_served() -> bool:
                return "late" in served

            await until(late_is_served, within=60, what="the late one to be served")
            before = served.index("late")
            assert before < STORM / 4, f"{before} of {STORM} tasks of the busy account went before"

            async def all_are_served() -> bool:
                return len(served) == STORM + 1

            await until(all_are_served, within=60, what="everybody to be served")
