"""Which build of the worker takes new sessions, and what becomes of sessions whose build is gone.

A worker that names its build keeps the sessions it has begun; they move to the current build when they continue as new
or are started again from their rows. Nothing of that needs an operator: the newest build makes itself the current one,
and sessions of a build that nobody serves any more are handed over to it.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import structlog
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import TaskQueueType, VersionDrainageStatus, WorkerStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflow.v1 import VersioningOverride, WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    ListTaskQueuePartitionsRequest,
    ListWorkersRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from infra.temporal.served_builds import Poll, Standing, standing

logger = structlog.get_logger()

DEPLOYMENT = "resolutionflow"

EVERY = timedelta(seconds=10)
_SOON = timedelta(seconds=1)

UNHEARD_FOR = timedelta(seconds=15)
"""A worker has found its server again by then."""


_ENDS = frozenset({WorkerStatus.WORKER_STATUS_SHUTTING_DOWN, WorkerStatus.WORKER_STATUS_SHUTDOWN})


def deployment_config(build: str | None) -> WorkerDeploymentConfig | None:
    """How a worker of this build is known to Temporal; None for one that does not name its build."""
    if build is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT, build),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


class DeploymentKeeper:
    """Runs beside a worker of `task_queue`. `build` is the worker's own, None when it names none."""

    def __init__(self, client: Client, build: str | None, task_queue: str) -> None:
        self._client = client
        self._build = build or ""
        self._task_queue = task_queue
        self._unheard_since: dict[str, float] = {}
        """Seconds of the monotonic clock, by build."""

    async def run(self) -> None:
        """Look again and again, until cancelled. What fails is made up by the next look."""
        while True:
            in_charge = False
            try:
                in_charge = await self.take_over()
                await self.hand_over()
            except RPCError as error:
                status = error.status.name if error.status else "unknown"
                logger.warning("worker.deployment_not_kept", status=status)
            # A worker that has just begun to poll is not known to Temporal yet.
            await asyncio.sleep((EVERY if in_charge else _SOON).total_seconds())

    async def take_over(self) -> bool:
        """Make this build the current one, unless a newer one is that is served. Answers False to look again soon.

        Raises RPCError.
        """
        info = await self._describe()
        if info is None:
            return not self._build
        first_seen = {
            one.deployment_version.build_id: one.create_time.ToDatetime(tzinfo=UTC)
            for one in info.version_summaries
        }
        if self._build and self._build not in first_seen:
            return False
        current = info.routing_config.current_deployment_version.build_id
        if current == self._build:
            return True
        newer = bool(self._build) and current in first_seen and first_seen[self._build] > first_seen[current]
        if current and not newer:
            how = (await self._standings({current}))[current]
            if how is not Standing.GONE:
                return how is Standing.SERVED
        return await self._make_current(current)

    async def hand_over(self) -> int:
        """Free the sessions of builds that nobody serves from their build; answers how many. Raises RPCError."""
        info = await self._describe()
        if info is None:
            return 0
        current = info.routing_config.current_deployment_version.build_id
        left = {
            one.deployment_version.build_id
            for one in info.version_summaries
            if one.drainage_status != VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED
        } - {current}
        if not left:
            return 0
        freed = 0
        standings = await self._standings(left)
        for build in sorted(build for build in left if standings[build] is Standing.GONE):
            # One that is free already keeps the name of its build until its next task.
            query = (
                f"TemporalWorkerDeploymentVersion = '{DEPLOYMENT}:{build}' AND ExecutionStatus = 'Running' "
                "AND TemporalWorkflowVersioningBehavior = 'Pinned'"
            )
            async for found in self._client.list_workflows(query):
                freed += await self._free(found.id, found.run_id)
        if freed:
            logger.info("worker.sessions_handed_over", count=freed, build=current or None)
        return freed

    async def _describe(self) -> WorkerDeploymentInfo | None:
        try:
            answer = await self._client.workflow_service.describe_worker_deployment(
                DescribeWorkerDeploymentRequest(namespace=self._client.namespace, deployment_name=DEPLOYMENT)
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None  # no worker has ever named its build
            raise
        return answer.worker_deployment_info

    async def _standings(self, builds: set[str]) -> dict[str, Standing]:
        """How each of the builds stands. One that nobody has heard of for long enough is gone."""
        polls, endings = await asyncio.gather(self._polls(), self._endings())
        now = datetime.now(UTC)
        found = {build: standing(build, polls, endings, now) for build in builds}
        for build, how in found.items():
            if how is not Standing.UNHEARD:
                self._unheard_since.pop(build, None)
                continue
            since = self._unheard_since.setdefault(build, time.monotonic())
            if time.monotonic() - since >= UNHEARD_FOR.total_seconds():
                found[build] = Standing.GONE
        return found

    async def _polls(self) -> list[Poll]:
        """The latest poll of each worker that names its build.

        Polls are spread over the partitions of the queue, and each knows its own only: a build of few polls may be
        missing in the first, whose name is the queue's.
        """
        service = self._client.workflow_service
        partitions = await service.list_task_queue_partitions(
            ListTaskQueuePartitionsRequest(
                namespace=self._client.namespace, task_queue=TaskQueue(name=self._task_queue)
            )
        )
        described = await asyncio.gather(
            *(
                service.describe_task_queue(
                    DescribeTaskQueueRequest(
                        namespace=self._client.namespace,
                        task_queue=TaskQueue(name=partition.key),
                        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
                    )
                )
                for partition in partitions.workflow_task_queue_partitions
            )
        )
        return [
            Poll(
                poller.deployment_options.build_id,
                poller.identity,
                poller.last_access_time.ToDatetime(tzinfo=UTC),
            )
            for one in described
            for poller in one.pollers
            if poller.deployment_options.deployment_name == DEPLOYMENT
        ]

    async def _endings(self) -> dict[tuple[str, str], datetime]:
        """When workers that were asked to end said so. Nothing is known of one that was killed."""
        latest: dict[tuple[str, str], WorkerHeartbeat] = {}
        token = b""
        while True:
            try:
                answer = await self._client.workflow_service.list_workers(
                    ListWorkersRequest(namespace=self._client.namespace, next_page_token=token)
                )
            except RPCError as error:
                if error.status is RPCStatusCode.UNIMPLEMENTED:
                    return {}  # an older server: what polls tell is late, and enough
                raise
            for worker in answer.workers_info:
                said = worker.worker_heartbeat
                if (
                    said.task_queue != self._task_queue
                    or said.deployment_version.deployment_name != DEPLOYMENT
                ):
                    continue
                who = (said.deployment_version.build_id, said.worker_identity)
                if who not in latest or _said_at(latest[who]) < _said_at(said):
                    latest[who] = said
            token = answer.next_page_token
            if not token:
                return {who: _said_at(said) for who, said in latest.items() if said.status in _ENDS}

    async def _make_current(self, before: str) -> bool:
        """Refused until workers of this build serve every queue that the build before it serves."""
        try:
            await self._client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=self._client.namespace, deployment_name=DEPLOYMENT, build_id=self._build
                )
            )
        except RPCError as error:
            if error.status in (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.NOT_FOUND):
                return False
            raise
        logger.info("worker.build_is_current", build=self._build or None, before=before or None)
        return True

    async def _free(self, workflow_id: str, run_id: str | None) -> int:
        try:
            await self._client.workflow_service.update_workflow_execution_options(
                UpdateWorkflowExecutionOptionsRequest(
                    namespace=self._client.namespace,
                    workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id or ""),
                    workflow_execution_options=WorkflowExecutionOptions(
                        versioning_override=VersioningOverride(auto_upgrade=True)
                    ),
                    update_mask=FieldMask(paths=["versioning_override"]),
                )
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return 0  # it has ended meanwhile
            raise
        return 1


def _said_at(said: WorkerHeartbeat) -> datetime:
    return said.heartbeat_time.ToDatetime(tzinfo=UTC)
