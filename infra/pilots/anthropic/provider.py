"""The pilot that asks Anthropic's models."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import anthropic
from anthropic.types import MessageParam, RawMessageStreamEvent
from anthropic.types import Usage as ModelUsage
from anthropic.types.message_delta_usage import MessageDeltaUsage

from domain.markers import ProseStream
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
from infra.pilots.actions import ACTIONS, NOTE_ACTIONS, ActionLimits, ModelAction
from infra.pilots.anthropic.failures import BROKEN_STREAM, CALL_FAILURES, explain
from infra.pilots.anthropic.request import chat_messages, chat_system, note_messages, note_system

CUT_OFF_SENTENCE = "(This reply reached its length limit and was cut off.)"
REFUSAL_SENTENCE = "(The model declined to answer this. Say it differently, or go on with the open items.)"
_CONNECT_SECONDS = 10.0


class AnthropicPilot:
    """One client for all turns. The client retries nothing: the activity that calls it does."""

    def __init__(self, api_key: str, base_url: str | None = None) -> None:
        self._client = anthropic.AsyncAnthropic(api_key=api_key, base_url=base_url, max_retries=0)

    @property
    def provider(self) -> PilotProvider:
        return PilotProvider.ANTHROPIC

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
        limits = ACTIONS[ModelAction.CHAT_TURN]
        reply = _Reply(limits.model)
        events = self._events(limits, chat_messages(context))
        deadline = asyncio.get_running_loop().time() + limits.timeout_seconds
        try:
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        event = await anext(events)
                except StopAsyncIteration:
                    break
                if text := reply.read(event):
                    yield ReplyDelta(text=text)
        except (*CALL_FAILURES, *BROKEN_STREAM) as error:
            raise explain(error) from None
        finally:
            await events.aclose()
        if addition := reply.finish():
            yield ReplyDelta(text=addition)
        yield ReplyEnd(
            provider=self.provider, model=reply.model, usage=reply.usage, stop_reason=reply.stop_reason
        )

    async def _events(
        self, limits: ActionLimits, messages: list[MessageParam]
    ) -> AsyncGenerator[RawMessageStreamEvent, None]:
        stream = await self._client.messages.create(
            model=limits.model,
            max_tokens=limits.max_tokens,
            system=chat_system(),
            messages=messages,
            stream=True,
            timeout=_timeout(limits),
        )
        async with stream:
            async for event in stream:
                yield event

    async def draft_note(
        self, kind: ArtifactKind, state: NoteState, correction: str | None = None
    ) -> DraftedNote | None:
        limits = ACTIONS[NOTE_ACTIONS[kind]]
        try:
            async with asyncio.timeout(limits.timeout_seconds):
                message = await self._client.messages.create(
                    model=limits.model,
                    max_tokens=limits.max_tokens,
                    system=note_system(kind),
                    messages=note_messages(state, correction),
                    timeout=_timeout(limits),
                )
        except (*CALL_FAILURES, *BROKEN_STREAM) as error:
            raise explain(error) from None
        markdown = "".join(block.text for block in message.content if block.type == "text")
        return DraftedNote(markdown=markdown.strip(), model=message.model, usage=_usage(message.usage))

    async def synthesise_fact(self, request: FactSynthesisRequest) -> SynthesisedFact | None:
        """None: without a model the deterministic synthesis is used."""
        return None

    async def write_digest(self, request: DigestRequest) -> DraftedDigest | None:
        """None: without a model the deterministic digest is used."""
        return None


class _Reply:
    """Reads the events of one streamed reply."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.usage = Usage()
        self.stop_reason = ""
        self._complete = False
        self._prose = ProseStream()
        self._any_text = False

    def read(self, event: RawMessageStreamEvent) -> str:
        """The text that the event adds to the reply."""
        match event.type:
            case "message_start":
                self.model = event.message.model
                self.usage = _usage(event.message.usage)
            case "content_block_delta" if event.delta.type == "text_delta":
                self._prose.feed(event.delta.text)
                self._any_text = self._any_text or bool(event.delta.text.strip())
                return event.delta.text
            case "message_delta":
                self.stop_reason = event.delta.stop_reason or self.stop_reason
                self.usage = _later_usage(self.usage, event.usage)
            case "message_stop":
                self._complete = True
            case _:
                pass
        return ""

    def finish(self) -> str:
        """What has to be added so that the engineer sees how the reply ended.

        Raises PilotUnavailable when it did not end, or said nothing.
        """
        if not self._complete:
            raise PilotUnavailable("The connection to the model failed or was cut.")
        if self.stop_reason == "refusal":
            return self._visibly(REFUSAL_SENTENCE)
        if self.stop_reason in ("max_tokens", "model_context_window_exceeded"):
            return self._visibly(CUT_OFF_SENTENCE)
        if not self._any_text:
            raise PilotUnavailable("The model sent an empty answer.")
        return ""

    def _visibly(self, sentence: str) -> str:
        """Inside a block nothing is shown, so a block that was cut off is closed first."""
        block = self._prose.open_block
        return f"[/{block}]\n\n{sentence}" if block else f"\n\n{sentence}" if self._any_text else sentence


def _timeout(limits: ActionLimits) -> anthropic.Timeout:
    return anthropic.Timeout(limits.timeout_seconds, connect=_CONNECT_SECONDS, read=limits.silence_seconds)


def _usage(usage: ModelUsage) -> Usage:
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_input_tokens or 0,
        cache_creation_tokens=usage.cache_creation_input_tokens or 0,
    )


def _later_usage(before: Usage, usage: MessageDeltaUsage) -> Usage:
    """The counts of a delta are totals; those it leaves out stay as they were."""
    later: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_input_tokens,
        "cache_creation_tokens": usage.cache_creation_input_tokens,
    }
    return before.model_copy(update={name: count for name, count in later.items() if count is not None})
