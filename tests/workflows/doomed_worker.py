"""A worker whose pilot never comes to an end, in a process of its own that a test can kill.

    python -m tests.workflows.doomed_worker

Finds its servers in TEMPORAL_ADDRESS and DATABASE_URL; prints a line when it polls.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta

from temporalio.client import Client

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
from tests.support.application import converter_of_tests, running_worker, test_settings
from workflows.troubleshooting_session import steps

NOTICED_AFTER = timedelta(seconds=2)
"""Instead of fifteen seconds or a minute, so that the test is not long."""


class EndlessPilot:
    """Says the same word for ever."""

    provider = PilotProvider.ANTHROPIC

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        while True:
            yield ReplyDelta(text="thinking ")
            await asyncio.sleep(0.02)

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        """Never comes back."""
        await asyncio.Event().wait()
        return None

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        """None: without a model the deterministic synthesis is used."""
        return None

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        """None: without a model the deterministic digest is used."""
        return None


async def main() -> None:
    steps._MODEL_HEARTBEAT = steps._PSA_TIMEOUT = NOTICED_AFTER
    url = os.environ["DATABASE_URL"]
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], data_converter=converter_of_tests())
    async with running_worker(client, test_settings(url, url), EndlessPilot()):
        print("polling", flush=True)  # noqa: T201 - what the test waits for
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
