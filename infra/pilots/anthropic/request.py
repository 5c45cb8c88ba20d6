"""Puts a conversation into the form of the Messages API: a stable, cached prefix, then what changes."""

import base64
from typing import Literal, cast

from anthropic.types import (
    CacheControlEphemeralParam,
    ImageBlockParam,
    MessageParam,
    TextBlockParam,
)

from domain.pilot import InputImage
from infra.pilots.conversation import Conversation, Part, PromptMessage, Task

_CACHE: CacheControlEphemeralParam = {"type": "ephemeral"}
_MediaType = Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
Block = TextBlockParam | ImageBlockParam


def system_blocks(system: str) -> list[TextBlockParam]:
    """The static block, with the first cache breakpoint."""
    return [{"type": "text", "text": system, "cache_control": _CACHE}]


def chat_messages(conversation: Conversation) -> list[MessageParam]:
    """What is settled, with the second breakpoint on its last block, then this turn.

    What is settled only grows at its end, so the prefix of one turn is found in the cache by the next.
    """
    messages = [_message(message) for message in conversation.settled[:-1]]
    messages += [_message(message, cached=True) for message in conversation.settled[-1:]]
    return [*messages, _message(conversation.current)]


def task_messages(task: Task) -> list[MessageParam]:
    return [{"role": "user", "content": [_block(part) for part in task.parts]}]


def _message(message: PromptMessage, *, cached: bool = False) -> MessageParam:
    blocks = [_block(part) for part in message.parts]
    if cached:
        blocks[-1]["cache_control"] = _CACHE
    if message.from_pilot:
        return {"role": "assistant", "content": blocks}
    return {"role": "user", "content": blocks}


def _block(part: Part) -> Block:
    return _image(part) if isinstance(part, InputImage) else {"type": "text", "text": part}


def _image(image: InputImage) -> ImageBlockParam:
    data = base64.b64encode(image.data).decode("ascii")
    media_type = cast("_MediaType", image.media_type)
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
