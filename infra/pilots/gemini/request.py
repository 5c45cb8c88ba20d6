"""Puts a conversation into the form of generateContent.

Gemini finds equal prefixes by itself, so the order is all that its cache needs: what stays first, what changes last.
"""

from google.genai import types

from domain.pilot import InputImage
from infra.pilots.actions import ActionLimits, ModelTier
from infra.pilots.conversation import Conversation, Part, PromptMessage, Task

_THINKING_TOKENS = {ModelTier.STANDARD: 8_192, ModelTier.FAST: 2_048}
"""What a model thinks counts towards its limit; without room for it the answer would be what is cut off."""


def chat_contents(conversation: Conversation) -> list[types.Content]:
    """The messages in turn; neighbours of one side are one message, which Gemini expects."""
    contents: list[types.Content] = []
    for message in [*conversation.settled, conversation.current]:
        role = _role(message)
        parts = [_part(part) for part in message.parts]
        if contents and contents[-1].role == role:
            contents[-1].parts = [*(contents[-1].parts or []), *parts]
        else:
            contents.append(types.Content(role=role, parts=parts))
    return contents


def task_contents(task: Task) -> list[types.Content]:
    return [types.Content(role="user", parts=[_part(part) for part in task.parts])]


def config(system: str, limits: ActionLimits) -> types.GenerateContentConfig:
    """Settings of one call."""
    return types.GenerateContentConfig(
        system_instruction=system,
        max_output_tokens=limits.max_tokens + _THINKING_TOKENS[limits.tier],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        http_options=types.HttpOptions(timeout=round(limits.timeout_seconds * 1000)),
    )


def _role(message: PromptMessage) -> str:
    return "model" if message.from_pilot else "user"


def _part(part: Part) -> types.Part:
    if isinstance(part, InputImage):
        return types.Part.from_bytes(data=part.data, mime_type=part.media_type)
    return types.Part(text=part)
