"""The pilot without a model: deterministic, offline, and the fallback when the model cannot be reached."""

from collections.abc import AsyncIterator

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
from domain.playbook import next_reply
from domain.vocabulary import ArtifactKind, PilotProvider

_DELTA_CHARACTERS = 24


class PlaybookPilot:
    """Walks the team's flows. Needs nothing but the context, so it never fails."""

    @property
    def provider(self) -> PilotProvider:
        return PilotProvider.PLAYBOOK

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        reply = next_reply(context)
        for start in range(0, len(reply.raw_text), _DELTA_CHARACTERS):
            yield ReplyDelta(text=reply.raw_text[start : start + _DELTA_CHARACTERS])
        yield ReplyEnd(provider=self.provider, model="playbook", pilot_state=reply.pilot_state)

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        """None: without a model the deterministic renderer writes the notes."""
        return None

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        """None: without a model the deterministic synthesis is used."""
        return None

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        """None: without a model the deterministic digest is used."""
        return None
