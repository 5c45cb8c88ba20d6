"""A pilot that takes no time of its own, so that what is left is the platform's.

What it says depends on the words of the problem: the same reply each time, a session that grows, or a stream of
stamped pieces. Where it is told to think it takes its time.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

from domain.markers import BlockName, render_block
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

GROWING = "a long session"
STAMPED = "a stamped stream"
THINKING = "a model that thinks"

REPLY = """The pattern points to the mail profile rather than to the service. One answer will settle it.

[QUESTIONS]
[{"text": "Does webmail work on the same machine?", "options": ["Yes", "No"]}]
[/QUESTIONS]
[ACTIONS]
[{"label": "List stored credentials", "command": "cmdkey /list"}]
[/ACTIONS]
"""

STAMPS = 40
"""Pieces of one stamped reply."""
PAUSE = (0.015, 0.06)
"""Seconds between two pieces of a model at work."""
THOUGHT = 5.0
"""Seconds that a model at work takes for a reply without stamps."""
TURNS_A_FACT = 10


class ZeroTimePilot:
    """Answers at once, in the full reply format."""

    provider = PilotProvider.PLAYBOOK

    def __init__(self) -> None:
        self._turns = 0
        self._pauses = random.Random(7)

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        problem = context.problem_summary or ""
        if STAMPED in problem:
            for _ in range(STAMPS):
                await asyncio.sleep(self._pauses.uniform(*PAUSE))
                # Digits of the clock that all processes of the machine share.
                yield ReplyDelta(text=f" {time.monotonic_ns()}")
            yield ReplyDelta(text="\n[QUESTIONS][][/QUESTIONS]")
        else:
            if any(THINKING in one.text for one in context.inputs):
                await asyncio.sleep(THOUGHT)
            yield ReplyDelta(text=self._growing() if GROWING in problem else REPLY)
        yield ReplyEnd(provider=self.provider, model="zero-time")

    def _growing(self) -> str:
        """New items with every turn, and now and then a fact: nothing of the lane is ever the same again."""
        self._turns += 1
        number = self._turns
        blocks = render_block(
            BlockName.QUESTIONS, [{"text": f"Does machine {number} show it too?", "options": ["Yes", "No"]}]
        ) + render_block(BlockName.ACTIONS, [{"label": f"List credentials on machine {number}"}])
        if number % TURNS_A_FACT == 0:
            fact = {"source_type": "ai_synthesis", "text": f"Machine {number} does not show the prompt."}
            blocks += render_block(BlockName.PROMOTE, fact)
        return f"Machine {number} would tell whether the profile or the service is at fault.\n{blocks}"

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
