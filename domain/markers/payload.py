"""Reads the JSON of a block as far as it can be read."""

import json
import re
from dataclasses import dataclass
from typing import Any

_FENCE_OPEN = re.compile(r"\A\s*```[\w+-]*[ \t]*\n?")
_FENCE_CLOSE = "```"
_MAX_ATTEMPTS = 100
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Payload:
    """`items` in order. `problem` says what was wrong with the JSON; items may have been read anyhow."""

    items: list[Any]
    problem: str | None = None
    cut_off: bool = False
    """The text breaks off before its array or object is complete."""

    @property
    def empty_array(self) -> bool:
        return not self.items and self.problem is None


def read_payload(text: str) -> Payload:
    """The items of a block: those of its array, or its one object. Never raises."""
    # No regular expression for the end: of many spaces it would look at each one up to the last.
    body = _FENCE_OPEN.sub("", text).strip().removesuffix(_FENCE_CLOSE).strip()
    if not body:
        return Payload([], "the block is empty", cut_off=True)
    try:
        value = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return _salvage(body)
    return Payload(value if isinstance(value, list) else [value])


def _salvage(body: str) -> Payload:
    """The objects that are whole, from a text that as a whole is no JSON (cut off, a comma too many, words
    around).
    """
    items: list[Any] = []
    position = 0
    for _ in range(_MAX_ATTEMPTS):
        position = body.find("{", position)
        if position < 0:
            break
        try:
            item, position = _DECODER.raw_decode(body, position)
        except (ValueError, RecursionError):
            position += 1
        else:
            items.append(item)
    return Payload(items, "the JSON is malformed", cut_off=not body.endswith(("]", "}")))
