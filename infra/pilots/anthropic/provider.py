"""The pilot that asks Anthropic's models."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import NamedTuple, cast

import anthropic
from anthropic.types import MessageParam
from anthropic.types.beta import BetaMessageParam

from domain.notes.state import NoteState
from domain.pilot import (
    DigestRequest,
    DraftedDigest,
    DraftedNote,
    FactSynthesisRequest,
    PilotUnavailable,
    ReplyDelta,
    ReplyEnd,
    SynthesisedFact,
    TurnContext,
    Usage,
)
from domain.vocabulary import ArtifactKind, PilotProvider
from infra.pilots.actions import ACTIONS, ActionLimits, ModelAction, Models, choose_models
from infra.pilots.answer_limit import limit_answer
from infra.pilots.anthropic import connector
from infra.pilots.anthropic.failures import BROKEN_STREAM, CALL_FAILURES, explain
from infra.pilots.anthropic.reply import StreamedReply, StreamEvent, stop_reason_of
from infra.pilots.anthropic.request import chat_messages, system_blocks, task_messages
from infra.pilots.anthropic.usage import updated_usage
from infra.pilots.conversation import Task, chat_conversation, digest_task, fact_task, note_task
from infra.pilots.endings import whole_text
from infra.pilots.prompts.chat import CHAT_SYSTEM
from infra.pilots.synthesis import read_fact

_CONNECT_SECONDS = 10.0
_MOST_PAUSES = 3
"""How often a model that stops between look-ups is asked to go on."""


class _Answer(NamedTuple):
    text: str
    model: str
    usage: Usage


class AnthropicPilot:
    """One client for all turns. The client retries nothing: the activity that calls it does.

    `models` is the model of each action; with `documentation` chat turns may search Microsoft Learn.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        *,
        models: Models | None = None,
        documentation: bool = False,
    ) -> None:
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            http_client=anthropic.DefaultAsyncHttpxClient(event_hooks={"response": [limit_answer]}),
        )
        self._models = models or choose_models(PilotProvider.ANTHROPIC)
        self._connector = connector.Connector(documentation)

    @property
    def provider(self) -> PilotProvider:
        return PilotProvider.ANTHROPIC

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        reply = StreamedReply(self._models[ModelAction.CHAT_TURN])
        deadline = asyncio.get_running_loop().time() + ACTIONS[ModelAction.CHAT_TURN].timeout_seconds
        first = messages = chat_messages(chat_conversation(context))
        connected = self._connector.is_for(context)
        pauses = 0
        while True:
            try:
                async with aclosing(self._pieces(reply, messages, connected, deadline)) as pieces:
                    async for text in pieces:
                        yield ReplyDelta(text=text)
            except (*CALL_FAILURES, *BROKEN_STREAM) as error:
                if not (connected and connector.is_to_blame(error)):
                    raise explain(error) from None
                self._connector.failed(context, error)
                if reply.text.any:
                    # What is shown cannot be taken back here; the next attempt begins anew, without it.
                    raise PilotUnavailable(
                        "The documentation server failed in the middle of the reply."
                    ) from None
                connected, messages = False, first
            else:
                if not reply.paused or pauses == _MOST_PAUSES:
                    break
                pauses += 1
                going_on = cast("MessageParam", {"role": "assistant", "content": reply.so_far()})
                messages = [*messages, going_on]
            reply.next_call()
        self._connector.used(context, available=connected, tools=reply.tools)
        stop_reason, addition = reply.ending()
        if addition:
            yield ReplyDelta(text=addition)
        yield ReplyEnd(provider=self.provider, model=reply.model, usage=reply.usage, stop_reason=stop_reason)

    async def _pieces(
        self, reply: StreamedReply, messages: list[MessageParam], connected: bool, deadline: float
    ) -> AsyncGenerator[str, None]:
        """The text of one call as it comes."""
        async with aclosing(self._events(messages, connected)) as events:
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        event = await anext(events)
                except StopAsyncIteration:
                    return
                if text := reply.read(event):
                    yield text

    async def _events(
        self, messages: list[MessageParam], connected: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        limits = ACTIONS[ModelAction.CHAT_TURN]
        model = self._models[ModelAction.CHAT_TURN]
        system = system_blocks(CHAT_SYSTEM)
        timeout = _timeout(limits, limits.silence_seconds)
        if connected:
            with_tools = await self._client.beta.messages.create(
                model=model,
                max_tokens=limits.max_tokens,
                system=system,
                messages=cast("list[BetaMessageParam]", messages),
                mcp_servers=connector.SERVERS,
                tools=connector.TOOLS,
                betas=[connector.BETA],
                stream=True,
                timeout=timeout,
            )
            async with with_tools:
                async for found in with_tools:
                    yield found
            return
        stream = await self._client.messages.create(
            model=model,
            max_tokens=limits.max_tokens,
            system=system,
            messages=messages,
            stream=True,
            timeout=timeout,
        )
        async with stream:
            async for event in stream:
                yield event

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
        try:
            async with asyncio.timeout(limits.timeout_seconds):
                message = await self._client.messages.create(
                    model=self._models[task.action],
                    max_tokens=limits.max_tokens,
                    system=system_blocks(task.system),
                    messages=task_messages(task),
                    timeout=_timeout(limits, limits.timeout_seconds),
                )
        except (*CALL_FAILURES, *BROKEN_STREAM) as error:
            raise explain(error) from None
        text = "".join(block.text for block in message.content if block.type == "text")
        whole = whole_text(text, stop_reason_of(message.stop_reason))
        return _Answer(whole, message.model, updated_usage(Usage(), message.usage))


def _timeout(limits: ActionLimits, silence_seconds: float) -> anthropic.Timeout:
    return anthropic.Timeout(limits.timeout_seconds, connect=_CONNECT_SECONDS, read=silence_seconds)
