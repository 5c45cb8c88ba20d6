"""Which build is in charge, where the partitions of the task queue do not know the same builds."""

from __future__ import annotations

import time
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
from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueuePartitionMetadata
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerInfo
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    ListTaskQueuePartitionsRequest,
    ListTaskQueuePartitionsResponse,
    ListWorkersRequest,
    ListWorkersResponse,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from infra.temporal.deployment import DEPLOYMENT, DeploymentKeeper
from infra.temporal.served_builds import Poll, Standing, standing

QUEUE = "sessions"
OLD, NEW = "2026.11.1", "2026.11.2"


JUST_NOW = timedelta(seconds=1)


class Service:
    """Two builds; `polled` says which builds' polls each partition knows, and how long ago they began."""

    def __init__(
        self, current: str, polled: dict[str, dict[str, timedelta]], *, knows_workers: bool = True
    ) -> None:
        self.current = current
        self.polled = polled
        self.ended: dict[str, timedelta] = {}
        """How long ago the worker of a build said that it ends."""
        self._knows_workers = knows_workers

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
            workflow_task_queue_partitions=[TaskQueuePartitionMetadata(key=key) for key in self.polled]
        )

    async def describe_task_queue(self, request: DescribeTaskQueueRequest) -> DescribeTaskQueueResponse:
        answer = DescribeTaskQueueResponse()
        for build, ago in self.polled[request.task_queue.name].items():
            poller = PollerInfo(
                identity=f"worker of {build}",
                deployment_options=WorkerDeploymentOptions(deployment_name=DEPLOYMENT, build_id=build),
            )
            poller.last_access_time.FromDatetime(datetime.now(UTC) - ago)
            answer.pollers.append(poller)
        return answer

    async def list_workers(self, request: ListWorkersRequest) -> ListWorkersResponse:
        """A page for each worker: it began an hour ago, and some have ended since."""
        if not self._knows_workers:
            raise RPCError("unknown method", RPCStatusCode.UNIMPLEMENTED, b"")
        words = [(build, WorkerStatus.WORKER_STATUS_RUNNING, timedelta(hours=1)) for build in (OLD, NEW)]
        words += [(build, WorkerStatus.WORKER_STATUS_SHUTTING_DOWN, ago) for build, ago in self.ended.items()]
        page = int(request.next_page_token or b"0")
        build, status, ago = words[page]
        said = WorkerHeartbeat(
            worker_identity=f"worker of {build}",
            task_queue=QUEUE,
            deployment_version=_version(build),
            status=status,
        )
        said.heartbeat_time.FromDatetime(datetime.now(UTC) - ago)
        last = page + 1 == len(words)
        return ListWorkersResponse(
            workers_info=[WorkerInfo(worker_heartbeat=said)],
            next_page_token=b"" if last else str(page + 1).encode(),
        )

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
    polled = {key: {OLD: JUST_NOW} for key in (QUEUE, *(f"/_sys/sessions/{n}" for n in (1, 2, 3)))}
    polled[known_to][NEW] = JUST_NOW
    service = Service(NEW, polled)

    assert await _keeper(service, OLD).take_over()

    assert service.current == NEW


@pytest.mark.parametrize("knows_workers", [True, False], ids=["server", "older server"])
async def test_an_older_build_takes_over_when_no_partition_has_heard_of_the_newer_one_lately(
    knows_workers: bool,
) -> None:
    service = Service(
        NEW,
        {QUEUE: {OLD: JUST_NOW}, "/_sys/sessions/1": {NEW: timedelta(minutes=3)}},
        knows_workers=knows_workers,
    )

    assert await _keeper(service, OLD).take_over()

    assert service.current == OLD


async def test_an_older_build_takes_over_at_once_when_the_newer_ones_worker_has_said_that_it_ends() -> None:
    service = Service(NEW, {QUEUE: {OLD: JUST_NOW, NEW: timedelta(seconds=20)}})
    service.ended[NEW] = timedelta(seconds=10)

    assert await _keeper(service, OLD).take_over()

    assert service.current == OLD


async def test_a_server_that_has_just_started_and_knows_of_nobody_is_given_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Service(NEW, {QUEUE: {OLD: JUST_NOW}})
    keeper = _keeper(service, OLD)
    clock = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: clock)

    assert not await keeper.take_over(), "to look again soon"
    clock += 10
    service.polled[QUEUE][NEW] = JUST_NOW
    assert await keeper.take_over()
    assert service.current == NEW, "its worker has found the server again"

    del service.polled[QUEUE][NEW]
    assert not await keeper.take_over()
    clock += 10
    assert not await keeper.take_over(), "the time begins anew"
    clock += 10
    assert await keeper.take_over()
    assert service.current == OLD


NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def _poll(ago: float, identity: str = "1@a", build: str = OLD) -> Poll:
    return Poll(build, identity, NOW - timedelta(seconds=ago))


def _ended(ago: float, identity: str = "1@a", build: str = OLD) -> dict[tuple[str, str], datetime]:
    return {(build, identity): NOW - timedelta(seconds=ago)}


@pytest.mark.parametrize(
    ("polls", "endings", "stands"),
    [
        pytest.param([_poll(60)], {}, Standing.SERVED, id="polls at least once a minute"),
        pytest.param([_poll(121)], {}, Standing.GONE, id="was killed"),
        pytest.param([_poll(30)], _ended(20), Standing.GONE, id="was asked to end"),
        pytest.param([_poll(18)], _ended(20), Standing.GONE, id="by a clock that is slow"),
        pytest.param([_poll(10)], _ended(20), Standing.SERVED, id="started again under the same identity"),
        pytest.param(
            [_poll(30), _poll(40, "1@b")], _ended(20), Standing.SERVED, id="another worker of the build"
        ),
        pytest.param([_poll(30)], _ended(20, build=NEW), Standing.SERVED, id="the end of another build"),
        pytest.param(
            [_poll(1, build=NEW)], _ended(20), Standing.GONE, id="polls are forgotten, the end is not"
        ),
        pytest.param([_poll(1, build=NEW)], {}, Standing.UNHEARD, id="nothing is known of it"),
    ],
)
def test_how_a_build_stands(
    polls: list[Poll], endings: dict[tuple[str, str], datetime], stands: Standing
) -> None:
    assert standing(OLD, polls, endings, NOW) is stands
