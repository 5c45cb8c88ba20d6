"""The pilot that asks Google's Gemini models."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import NamedTuple

from google import genai
from google.genai import types

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
    Usage,
)
from domain.vocabulary import ArtifactKind, PilotProvider
from infra.pilots.actions import ACTIONS, ActionLimits, ModelAction, Models, choose_models
from infra.pilots.answer_limit import limit_answer
from infra.pilots.conversation import Task, chat_conversation, digest_task, fact_task, note_task
from infra.pilots.endings import ReplyText, whole_text
from infra.pilots.gemini.connections import closing_responses, remember_response
from infra.pilots.gemini.failures import CALL_FAILURES, explain
from infra.pilots.gemini.reply import GeminiAnswer
from infra.pilots.gemini.request import chat_contents, config, task_contents
from infra.pilots.synthesis import read_fact


class _Answer(NamedTuple):
    text: str
    model: str
    usage: Usage


class GeminiPilot:
    """One client for all turns. The client retries nothing: the activity that calls it does.

    `models` is the model of each action.
    """

    def __init__(self, api_key: str, base_url: str | None = None, *, models: Models | None = None) -> None:
        options = types.HttpOptions(
            base_url=base_url,
            retry_options=types.HttpRetryOptions(attempts=1),
            async_client_args={"event_hooks": {"response": [limit_answer, remember_response]}},
        )
        self._client = genai.Client(vertexai=False, api_key=api_key, http_options=options)
        self._models = models or choose_models(PilotProvider.GEMINI)

    @property
    def provider(self) -> PilotProvider:
        return PilotProvider.GEMINI

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aio.aclose()
        self._client.close()

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        limits = ACTIONS[ModelAction.CHAT_TURN]
        answer = GeminiAnswer(self._models[ModelAction.CHAT_TURN])
        text = ReplyText()
        try:
            async with aclosing(self._pieces(context, limits)) as pieces:
                async for piece in pieces:
                    if added := answer.read(piece):
                        yield ReplyDelta(text=text.add(added))
        except CALL_FAILURES as error:
            raise explain(error) from None
        stop_reason = answer.stop_reason()
        if addition := text.ending(stop_reason):
            yield ReplyDelta(text=addition)
        yield ReplyEnd(
            provider=self.provider, model=answer.model, usage=answer.usage, stop_reason=stop_reason
        )

    async def _pieces(
        self, context: TurnContext, limits: ActionLimits
    ) -> AsyncGenerator[types.GenerateContentResponse, None]:
        conversation = chat_conversation(context)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limits.timeout_seconds
        async with closing_responses():
            async with asyncio.timeout_at(min(deadline, loop.time() + limits.silence_seconds)):
                pieces = await self._client.aio.models.generate_content_stream(
                    model=self._models[ModelAction.CHAT_TURN],
                    contents=[*chat_contents(conversation)],
                    config=config(conversation.system, limits),
                )
            while True:
                try:
                    async with asyncio.timeout_at(min(deadline, loop.time() + limits.silence_seconds)):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                yield piece

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        answer = await self._answer(note_task(kind, state, correction))
        return DraftedNote(markdown=answer.text, model=answer.model, usage=answer.usage)

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        answer = await self._answer(fact_task(request))
        text, summary = read_fact(answer.text)
        return SynthesisedFact(text=text, summary=summary, model=answer.model, usage=answer.usage)

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        answer = await self._answer(digest_task(request))
        return DraftedDigest(text=answer.text, model=answer.model, usage=answer.usage)

    async def _answer(self, task: Task) -> _Answer:
        """The whole answer to a single request. Raises like `stream_reply`, also for one that was cut off."""
        limits = ACTIONS[task.action]
        answer = GeminiAnswer(self._models[task.action])
        try:
            async with asyncio.timeout(limits.timeout_seconds):
                response = await self._client.aio.models.generate_content(
                    model=self._models[task.action],
                    contents=[*task_contents(task)],
                    config=config(task.system, limits),
                )
        except CALL_FAILURES as error:
            raise explain(error) from None
        text = answer.read(response)
        return _Answer(whole_text(text, answer.stop_reason()), answer.model, answer.usage)
