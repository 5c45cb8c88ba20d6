"""The model of the rehearsals: what is said to it decides what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from domain.notes.renderer import render_note
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
from tests.workflows.replies import actions, promote, propose_outcome, questions, suggest

Reply = Sequence[object] | Callable[[TurnContext], Sequence[object]]


def _not_now(context: TurnContext) -> Sequence[object]:
    """Fails until the engineer asks again after a note was taken."""
    return ("Now it works.",) if context.facts else (RuntimeError("the model is broken"),)


def _judge(context: TurnContext) -> Sequence[object]:
    fix = context.active_fix()
    assert fix is not None
    return ("Did it help?", propose_outcome(fix.id, "success"))


class NeverEnds:
    """In place of a part of a reply: nothing comes after it."""


REPLIES: dict[str, Reply] = {
    "prints nothing": ("Half a rep", "ly." + questions("Is it plugged in?") + actions("Ping it")),
    "the cable": ("Noted." + promote("It is the cable", source="ai_synthesis"),),
    "break down": _not_now,
    "for ever": (NeverEnds(),),
    "a fix": ("Try this." + suggest("Restart the spooler", ai_drafted_script="Restart-Service Spooler"),),
    "it prints": _judge,
}


class SteadyPilot:
    """Answers by what was said last: every attempt at a turn gets the same answer, as does every rehearsal."""

    provider = PilotProvider.ANTHROPIC

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self._replies = replies

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        said = context.inputs[-1].text if context.inputs else ""
        reply = next((reply for cue, reply in self._replies.items() if cue in said), ("I see.",))
        for part in reply(context) if callable(reply) else reply:
            if isinstance(part, BaseException):
                raise part
            if isinstance(part, NeverEnds):
                await asyncio.Event().wait()
            yield ReplyDelta(text=str(part))
        yield ReplyEnd(provider=self.provider, model="steady")

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        return DraftedNote(markdown=render_note(kind, state, None), model="steady")

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        return SynthesisedFact(text="The light is red", summary="names the light", model="steady")

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        return DraftedDigest(text="It began with a printer.", model="steady")
