"""Prompt caching as the API accounts for it: by equal prefixes that end at a breakpoint."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

CHARACTERS_PER_TOKEN = 4
MINIMUM_TOKENS = 2_048
LIFETIME_SECONDS = 300.0
LOOKBACK_BLOCKS = 20


class CountedInput(NamedTuple):
    """Tokens of a request's input, by what they cost."""

    fresh: int
    cache_read: int
    cache_creation: int


class PromptCache:
    """Remembers prefixes for five minutes after their last use. `now` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._expiry: dict[str, float] = {}

    def count(self, owner: str, request: dict[str, Any]) -> CountedInput:
        """What the request reads from the cache and adds to it; prefixes are private to the `owner` of the key."""
        now = self._now()
        digest = hashlib.sha256(f"{owner}\n{request.get('model')}".encode())
        boundaries: list[tuple[str, int, bool]] = []
        tokens = 0
        for block in _blocks(request):
            marked = "cache_control" in block["content"]
            content = {key: value for key, value in block["content"].items() if key != "cache_control"}
            # The order of keys is part of the text the model reads, so it is part of the prefix.
            digest.update(json.dumps({**block, "content": content}, ensure_ascii=False).encode())
            tokens += max(1, len(json.dumps(content, ensure_ascii=False)) // CHARACTERS_PER_TOKEN)
            boundaries.append((digest.hexdigest(), tokens, marked))
        read = written = 0
        for place, (_, _, marked) in enumerate(boundaries):
            if not marked:
                continue
            for key, length, _ in boundaries[max(0, place - LOOKBACK_BLOCKS) : place + 1]:
                if self._expiry.get(key, 0) > now:
                    read = max(read, length)
                    self._expiry[key] = now + LIFETIME_SECONDS
        for key, length, marked in boundaries:
            if marked and length >= MINIMUM_TOKENS:
                written = max(written, length)
                self._expiry[key] = now + LIFETIME_SECONDS
        creation = max(0, written - read)
        return CountedInput(fresh=tokens - read - creation, cache_read=read, cache_creation=creation)


def _blocks(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Every block in the order in which the model reads them: tools, system, messages."""
    blocks = [{"part": "tool", "content": dict(tool)} for tool in request.get("tools") or []]
    blocks += [{"part": "system", "content": one} for one in as_blocks(request.get("system") or [])]
    for message in request["messages"]:
        blocks += [{"part": message["role"], "content": one} for one in as_blocks(message["content"])]
    return blocks


def as_blocks(content: Any) -> list[dict[str, Any]]:
    """Content as a list of blocks; a plain text is one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def system_of(request: dict[str, Any]) -> str:
    """The text of the system prompt."""
    return "\n".join(block.get("text", "") for block in as_blocks(request.get("system") or []))


def conversation_of(request: dict[str, Any]) -> str:
    """The text of all messages."""
    blocks = [block for message in request["messages"] for block in as_blocks(message["content"])]
    return "\n".join(block.get("text", "") for block in blocks)


def prompt_of(request: dict[str, Any]) -> str:
    """The text of the last message that is not the model's."""
    asked = [message for message in request["messages"] if message["role"] == "user"]
    return "\n".join(block.get("text", "") for block in as_blocks(asked[-1]["content"]))
