"""The worker under measurement: the product's own with a pilot that takes no time, and the floor beside it.

One process serves both, so that both see the same machine. `python -m tests.bench.worker`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import asyncpg
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from domain.notes.state import NoteState
from domain.pilot import (
    DigestRequest,
    DraftedDigest,
    DraftedNote,
    FactSynthesisRequest,
    ReplyDelta,
    ReplyEnd,
    SynthesisedFact,
    TurnContext,
)
from domain.vocabulary import ArtifactKind, PilotProvider
from infra.config import load_settings
from infra.database.connection import database_from
from infra.logging import configure_logging
from infra.pilots.factory import Pilots
from infra.psa.connections import PsaConnections
from infra.psa.registry import PsaRegistry
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.storage.factory import build_storage
from infra.temporal.client import connect
from infra.worker import WorkerResources, build_worker
from tests.bench.floor import FLOOR_QUEUE, Floor, FloorActivities
from workflows.task_queues import ALL_QUEUES

REPLY = """The pattern points to the mail profile rather than to the service. One answer will settle it.

[QUESTIONS]
[{"text": "Does webmail work on the same machine?", "options": ["Yes", "No"]}]
[/QUESTIONS]
[ACTIONS]
[{"label": "List stored credentials", "command": "cmdkey /list"}]
[/ACTIONS]
"""


class ZeroTimePilot:
    """Answers at once, in the full reply format: what is left is the platform's own time."""

    provider = PilotProvider.PLAYBOOK

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        yield ReplyDelta(text=REPLY)
        yield ReplyEnd(provider=self.provider, model="zero-time")

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        return None

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        """None: without a model the deterministic synthesis is used."""
        return None

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        """None: without a model the deterministic digest is used."""
        return None


async def main() -> None:
    settings = load_settings()
    configure_logging(settings, process="bench-worker")
    client = await connect()
    database = database_from(settings, pool_size=20)
    pilot = ZeroTimePilot()
    resources = WorkerResources(
        database,
        Pilots(primary=pilot, fallback=pilot),
        PsaConnections(PsaRegistry(), SecretBox(settings.secret_keys, PSA_CREDENTIALS), allow_private=True),
        build_storage(settings),
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
