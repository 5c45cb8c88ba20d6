"""The worker process: workflows and their activities on the three task queues. `python -m infra.worker`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, NoReturn

import structlog
from temporalio.client import Client
from temporalio.worker import Interceptor, Worker

from activities.generate_note import NoteActivities
from activities.session_record.conversation import ConversationActivities
from activities.session_record.facts import FactActivities
from activities.session_record.fixes import FixActivities
from activities.session_record.lane import LaneActivities
from activities.session_record.lifecycle import LifecycleActivities
from activities.session_record.scripts import FixScriptActivities
from activities.session_record.spin_off import SpinOffRecordActivities
from activities.session_record.ticket import TicketLinkActivities
from activities.synthesise_fact import FactSynthesisActivities
from activities.ticket.create_spin_off import SpinOffActivities
from activities.ticket.refresh import RefreshTicketActivities
from activities.turn.chat_turn import TurnActivities
from activities.turn.digest import DigestActivities
from activities.writeback.log_time import LogTimeActivities
from activities.writeback.post_note import PostNoteActivities
from activities.writeback.record import WritebackRecordActivities
from activities.writeback.ticket_status import TicketStatusActivities
from infra.closing import close_all
from infra.config import Settings, load_settings
from infra.database.connection import Database, database_from
from infra.database.effect_locks import EffectLocks
from infra.database.role_check import check_at_start
from infra.database.schema import DatabaseNewer
from infra.logging import configure_logging
from infra.pilots.factory import Pilots, build_pilots
from infra.psa.connections import PsaConnections
from infra.psa.registry import PsaRegistry
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.storage.factory import build_storage
from infra.storage.store import ObjectStore
from infra.temporal.client import connect, data_converter
from infra.temporal.deployment import DeploymentKeeper, deployment_config
from infra.temporal.one_at_a_time import OneAtATime
from infra.temporal.search_attributes import keep_search_attributes, register_search_attributes
from infra.temporal.workflow_runner import workflow_runner
from infra.turn_gate import TAKEN_IN, TurnGate
from workflows.search_attributes import ALL_KEYS
from workflows.task_queues import ALL_QUEUES, LLM, PSA, SESSIONS
from workflows.ticket_writeback.workflow import TicketWriteback
from workflows.troubleshooting_session.workflow import TroubleshootingSession

logger = structlog.get_logger()

WORKFLOWS: Sequence[type] = (TroubleshootingSession, TicketWriteback)

# Long enough for a step to end; a longer reply is taken over by another worker.
GRACEFUL_SHUTDOWN = timedelta(seconds=5)
# Whoever stops a worker kills it after fifteen seconds (`make up`) or thirty (docker-compose.yml).
SHUT_DOWN_WITHIN = timedelta(seconds=10)
# A stop must reach a running reply within about a second.
HEARTBEAT_THROTTLE = timedelta(seconds=1)
# A session that a worker holds in memory waits this long for it before another worker reads its history.
# The SDK's ten seconds are what every engineer would wait after a worker was killed.
STICKY_WAIT = timedelta(seconds=3)

# What each of these does on the ticket must not be begun again while it may still come about.
EFFECTS = frozenset({"post_ticket_note", "log_ticket_time", "set_ticket_status", "create_spin_off"})


class WorkerResources:
    """What the activities of one process share."""

    def __init__(
        self, database: Database, pilots: Pilots, connections: PsaConnections, storage: ObjectStore
    ) -> None:
        self.database = database
        self.pilots = pilots
        self.connections = connections
        self.storage = storage
        self.effect_locks = EffectLocks(database.url)

    @classmethod
    def from_settings(cls, settings: Settings) -> WorkerResources:
        """Build them from the configuration; opens no connection yet."""
        return cls(
            database_from(settings, pool_size=20),
            build_pilots(settings),
            PsaConnections(
                PsaRegistry(),
                SecretBox(settings.secret_keys, PSA_CREDENTIALS),
                allow_private=settings.allow_private_psa,
            ),
            build_storage(settings),
        )

    async def aclose(self) -> None:
        """Close pools and clients, without waiting for a server that does not answer."""
        await close_all(
            self.effect_locks.aclose,
            self.connections.aclose,
            self.pilots.aclose,
            self.storage.aclose,
            self.database.aclose,
        )


def activities_of(queue: str, resources: WorkerResources) -> list[Callable[..., Any]]:
    """The activities a worker of this queue offers. Local activities belong to the workflows' queue."""
    database = resources.database
    if queue == LLM:
        return [
            TurnActivities(database, resources.pilots, resources.storage).chat_turn,
            NoteActivities(database, resources.pilots).generate_note,
            FactSynthesisActivities(database, resources.pilots).synthesise_fact,
            DigestActivities(database, resources.pilots).write_digest,
        ]
    if queue == PSA:
        ticket_status = TicketStatusActivities(database, resources.connections)
        return [
            PostNoteActivities(database, resources.connections).post_ticket_note,
            LogTimeActivities(database, resources.connections).log_ticket_time,
            ticket_status.set_ticket_status,
            ticket_status.verify_ticket,
            RefreshTicketActivities(database, resources.connections).refresh_ticket,
            SpinOffActivities(database, resources.connections).create_spin_off,
        ]
    conversation = ConversationActivities(database)
    facts = FactActivities(database)
    fixes = FixActivities(database)
    scripts = FixScriptActivities(database)
    lifecycle = LifecycleActivities(database)
    spin_off = SpinOffRecordActivities(database)
    writeback = WritebackRecordActivities(database)
    return [
        conversation.open_session,
        conversation.store_message,
        conversation.record_answers,
        fixes.record_fix_applied,
        fixes.record_fix_outcome,
        fixes.clear_outcome_proposal,
        fixes.resume_fix,
        fixes.restore_fix,
        fixes.silence_nudge,
        scripts.record_fix_decision,
        scripts.attach_script,
        facts.add_fact,
        facts.edit_fact,
        facts.delete_fact,
        facts.restore_fact,
        facts.promote_fact,
        LaneActivities(database).reopen_item,
        lifecycle.load_session,
        lifecycle.pause_session,
        lifecycle.resume_session,
        lifecycle.abandon_session,
        lifecycle.reopen_session,
        lifecycle.pick_up_session,
        lifecycle.pause_idle_session,
        lifecycle.record_stop,
        lifecycle.requeue_failed_turn,
        lifecycle.record_rejected_command,
        TurnActivities(database, resources.pilots, resources.storage).close_turn,
        TicketLinkActivities(database).link_ticket,
        spin_off.begin_spin_off,
        spin_off.end_spin_off,
        writeback.begin_resolution,
        writeback.begin_escalation,
        writeback.begin_update,
        writeback.begin_writeback_retry,
        writeback.end_writeback,
    ]


def interceptors_of(queue: str, resources: WorkerResources) -> list[Interceptor]:
    """What stands before the activities of a queue."""
    if queue == LLM:
        return [TurnGate()]
    if queue == PSA:
        return [OneAtATime(resources.effect_locks, EFFECTS)]
    return []


def build_worker(
    client: Client,
    queue: str,
    resources: WorkerResources,
    *,
    build: str | None = None,
    max_cached_workflows: int = 1000,
) -> Worker:
    """A worker for one queue, of a named build or of none. `max_cached_workflows=0` replays every workflow task."""
    return Worker(
        client,
        task_queue=queue,
        workflows=WORKFLOWS if queue == SESSIONS else [],
        activities=activities_of(queue, resources),
        workflow_runner=workflow_runner(),
        deployment_config=deployment_config(build),
        max_cached_workflows=max_cached_workflows,
        sticky_queue_schedule_to_start_timeout=STICKY_WAIT,
        interceptors=interceptors_of(queue, resources),
        max_concurrent_activities=TAKEN_IN if queue == LLM else 100,
        graceful_shutdown_timeout=GRACEFUL_SHUTDOWN,
        max_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
        default_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
    )


async def run(queues: Sequence[str]) -> None:
    """Serve until SIGTERM or SIGINT, then let running steps end."""
    settings = load_settings()
    configure_logging(settings, process="worker")
    await check_at_start(settings)
    resources = WorkerResources.from_settings(settings)
    await until_database_fits(resources.database)
    client = await connect(data_converter(settings, resources.storage))
    search_attributes = [key.name for key in ALL_KEYS]
    await register_search_attributes(client, search_attributes)
    stop = asyncio.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_, stop.set)
    try:
        async with AsyncExitStack() as workers:
            running = [
                await workers.enter_async_context(
                    build_worker(client, queue, resources, build=settings.worker_build)
                )
                for queue in queues
            ]
            workers.push_async_callback(shut_down, running)
            registering = asyncio.create_task(keep_search_attributes(client, search_attributes))
            workers.callback(registering.cancel)
            if SESSIONS in queues:
                keeper = DeploymentKeeper(client, settings.worker_build, SESSIONS)
                keeping = asyncio.create_task(keeper.run())
                workers.callback(keeping.cancel)
            logger.info("worker.started", queues=list(queues), build=settings.worker_build)
            await stop.wait()
            logger.info("worker.stopping")
    finally:
        await resources.aclose()


async def shut_down(workers: Sequence[Worker], within: timedelta = SHUT_DOWN_WITHIN) -> None:
    """Let all of them end what they have begun at the same time.

    One after the other they would take as long as all their steps together, and the last ones would go on beginning
    new ones meanwhile, which whoever stops the process may not wait for. Where a server does not answer they may never
    be done: then the process is left as if it had been killed, and other workers take over.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            await asyncio.gather(*(worker.shutdown() for worker in workers))
    except TimeoutError:
        logger.warning("worker.left_before_its_end", within=within.total_seconds())
        leave()


def leave() -> NoReturn:
    """End this process now; nothing of it is waited for."""
    sys.stdout.flush()
    os._exit(0)


async def until_database_fits(database: Database) -> None:
    """No step is taken that could not be done: another worker may be able to. Exits below a newer schema."""
    try:
        await database.wait_until_usable(
            lambda error: logger.warning("worker.waiting_for_database", why=type(error).__name__)
        )
    except DatabaseNewer as newer:
        sys.exit(f"{newer.code}: {newer.detail}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--queue", choices=ALL_QUEUES, action="append", help="serve only this queue (repeatable)"
    )
    arguments = parser.parse_args()
    asyncio.run(run(arguments.queue or ALL_QUEUES))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
