"""Which build is in charge, where the partitions of the task queue do not know the same builds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from temporalio.api.deployment.v1 import (
    RoutingConfig,
    WorkerDeploymentInfo,
    WorkerDeploymentOptions,
    WorkerDeploymentVersion,
)
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueuePartitionMetadata
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    ListTaskQueuePartitionsRequest,
    ListTaskQueuePartitionsResponse,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client

from infra.temporal.deployment import DEPLOYMENT, DeploymentKeeper

QUEUE = "sessions"
OLD, NEW = "2026.11.1", "2026.11.2"


class Service:
    """Two builds; `polled` says which builds' polls each partition knows, and how long ago they began."""

    def __init__(self, current: str, polled: dict[str, dict[str, timedelta]]) -> None:
        self.current = current
        self._polled = polled

    async def describe_worker_deployment(
        self, _request: DescribeWorkerDeploymentRequest
    ) -> DescribeWorkerDeploymentResponse:
        info = WorkerDeploymentInfo(
            name=DEPLOYMENT, routing_config=RoutingConfig(current_deployment_version=_version(self.current))
        )
        for hours, build in enumerate((OLD, NEW)):
            summary = info.version_summaries.add(deployment_version=_version(build))
            summary.create_time.FromDatetime(datetime(2026, 11, 1, hours, tzinfo=UTC))
        return DescribeWorkerDeploymentResponse(worker_deployment_info=info)

    async def list_task_queue_partitions(
        self, request: ListTaskQueuePartitionsRequest
    ) -> ListTaskQueuePartitionsResponse:
        assert request.task_queue.name == QUEUE
        return ListTaskQueuePartitionsResponse(
            workflow_task_queue_partitions=[TaskQueuePartitionMetadata(key=key) for key in self._polled]
        )

    async def describe_task_queue(self, request: DescribeTaskQueueRequest) -> DescribeTaskQueueResponse:
        answer = DescribeTaskQueueResponse()
        for build, ago in self._polled[request.task_queue.name].items():
            poller = PollerInfo(
                deployment_options=WorkerDeploymentOptions(deployment_name=DEPLOYMENT, build_id=build)
            )
            poller.last_access_time.FromDatetime(datetime.now(UTC) - ago)
            answer.pollers.append(poller)
        return answer

    async def set_worker_deployment_current_version(
        self, request: SetWorkerDeploymentCurrentVersionRequest
    ) -> None:
        self.current = request.build_id


def _version(build: str) -> WorkerDeploymentVersion:
    return WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id=build)


def _keeper(service: Service, build: str) -> DeploymentKeeper:
    client = cast("Client", SimpleNamespace(namespace="default", workflow_service=service))
    return DeploymentKeeper(client, build, QUEUE)


@pytest.mark.parametrize("known_to", [QUEUE, "/_sys/sessions/1", "/_sys/sessions/3"])
async def test_an_older_build_leaves_a_newer_one_in_charge_whichever_partition_knows_its_poll(
    known_to: str,
) -> None:
    polled = {
        key: {OLD: timedelta(seconds=1)} for key in (QUEUE, *(f"/_sys/sessions/{n}" for n in (1, 2, 3)))
    }
    polled[known_to][NEW] = timedelta(seconds=1)
    service = Service(NEW, polled)

    assert await _keeper(service, OLD).take_over()

    assert service.current == NEW


async def test_an_older_build_takes_over_when_no_partition_has_heard_of_the_newer_one_lately() -> None:
    service = Service(
        NEW, {QUEUE: {OLD: timedelta(seconds=1)}, "/_sys/sessions/1": {NEW: timedelta(minutes=3)}}
    )

    assert await _keeper(service, OLD).take_over()

    assert service.current == OLD
