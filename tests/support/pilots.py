"""A pilot that answers as a test says, and as the playbook for everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from domain.notes.state import NoteState
from domain.pilot import (
    DigestRequest,
    DraftedDigest,
    DraftedNote,
    FactSynthesisRequest,
    Pilot,
    ReplyDelta,
    ReplyEnd,
    SynthesisedFact,
    TurnContext,
)
from domain.vocabulary import ArtifactKind, PilotProvider
from infra.pilots.playbook import PlaybookPilot


@dataclass
class Script:
    """Answers of one session, in order; the last one is repeated.

    An answer is raw reply text, an exception to raise, or a sequence of these parts: text and exceptions, events to
    wait for (the reply stands still until the test sets them), and as the last one a `ReplyEnd` of another kind than
    the usual. `contexts` collects what the pilot was given.
    """

    answers: Sequence[object]
    contexts: list[TurnContext] = field(default_factory=list)
    notes: list[object] = field(default_factory=list)
    """Notes of the model in order, the last one repeated; given as the answers are."""
    corrections: list[str | None] = field(default_factory=list)
    """What each call for a note was told to do better."""

    @property
    def turns(self) -> int:
        return len(self.contexts)


@dataclass
class Syntheses:
    """What a model makes of raw input, in order, the last one repeated: a fact, an exception, or an event to wait for.

    `requests` collects what the pilot was asked.
    """

    answers: Sequence[object]
    requests: list[FactSynthesisRequest] = field(default_factory=list)


class DirectedPilot:
    """Finds the script whose name stands in the problem of the session; no name, no script: the playbook answers."""

    provider = PilotProvider.ANTHROPIC

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._syntheses: dict[str, Syntheses] = {}
        self._delegates: dict[str, Pilot] = {}
        self._playbook: Pilot = PlaybookPilot()

    def delegate(self, name: str, pilot: Pilot) -> None:
        """Let another pilot answer sessions whose problem contains `name`, and write their notes."""
        self._delegates[name] = pilot

    def withdraw(self, name: str) -> None:
        """What was delegated under this name is the playbook's again."""
        self._delegates.pop(name, None)

    def _other(self, problem: str) -> Pilot:
        return next((one for name, one in self._delegates.items() if name in problem), self._playbook)

    def direct(self, name: str, *answers: object, notes: Sequence[object] = ()) -> Script:
        """Let sessions whose problem contains `name` be answered by a script."""
        script = Script(answers, notes=list(notes))
        self._scripts[name] = script
        return script

    def make_facts(self, name: str, *answers: object) -> Syntheses:
        """Let a model put raw input that contains `name` as a fact; without this there is no model for it."""
        self._syntheses[name] = Syntheses(answers)
        return self._syntheses[name]

    def _script(self, problem: str) -> Script | None:
        return next((script for name, script in self._scripts.items() if name in problem), None)

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        problem = context.problem_summary or ""
        script = self._script(problem)
        if script is None:
            async for part in self._other(problem).stream_reply(context):
                yield part
            return
        answer = script.answers[min(len(script.contexts), len(script.answers) - 1)]
        script.contexts.append(context)
        for step in answer if isinstance(answer, list | tuple) else (answer,):
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, BaseException):
                raise step
            elif isinstance(step, ReplyEnd):
                yield step
                return
            else:
                yield ReplyDelta(text=str(step))
        yield ReplyEnd(provider=self.provider, model="scripted")

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        script = self._script(state.problem_summary or "")
        if script is None:
            return await self._other(state.problem_summary or "").draft_note(kind, state, correction)
        if not script.notes:
            return None
        note = script.notes[min(len(script.corrections), len(script.notes) - 1)]
        script.corrections.append(correction)
        markdown = ""
        for step in note if isinstance(note, list | tuple) else (note,):
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, BaseException):
                raise step
            else:
                markdown += str(step)
        return DraftedNote(markdown=markdown, model="scripted")

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        """What `make_facts` says, else None as without a model."""
        found = next((made for name, made in self._syntheses.items() if name in request.raw_input), None)
        if found is None:
            return None
        answer = found.answers[min(len(found.requests), len(found.answers) - 1)]
        found.requests.append(request)
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, SynthesisedFact) else None

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        """None: without a model the deterministic digest is used."""
        return None
