"""Reads single fields of block items.

Every function takes anything and raises `Unusable` when an item cannot stand.
"""

import json
import math
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from pydantic import JsonValue

from domain.fixes import is_too_deep
from domain.hidden_text import visible_text
from domain.text import clean_text, clip

Word = TypeVar("Word", bound=StrEnum)

_MAX_PARAMETERS = 20_000


class Unusable(Exception):
    """The item is dropped; the message says why."""


def as_object(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise Unusable("not an object")
    return item


def optional_text(item: dict[str, Any], key: str, limit: int) -> str | None:
    """The trimmed, clipped text without hidden characters; None when it is missing, empty or no text."""
    value = item.get(key)
    if not isinstance(value, str):
        return None
    text = visible_text(value)
    return clip(text, limit) if text else None


def required_text(item: dict[str, Any], key: str, limit: int) -> str:
    text = optional_text(item, key, limit)
    if text is None:
        raise Unusable(f"{key} is missing")
    return text


def whole_text(item: dict[str, Any], key: str, limit: int) -> tuple[str | None, bool]:
    """A text that is worthless or dangerous when cut (a command): the text or None, and whether it was too long.

    Its hidden characters stay: without them it would be another command, so the page shows them and warns.
    """
    value = item.get(key)
    if not isinstance(value, str) or not value.strip():
        return None, False
    text = clean_text(value).strip("\n").rstrip()
    return (None, True) if len(text) > limit else (text, False)


def optional_word(item: dict[str, Any], key: str, words: type[Word]) -> Word | None:
    value = item.get(key)
    try:
        return words(value.strip().lower()) if isinstance(value, str) else None
    except ValueError:
        return None


def required_word(item: dict[str, Any], key: str, words: type[Word]) -> Word:
    word = optional_word(item, key, words)
    if word is None:
        raise Unusable(f"{key} is missing or unknown")
    return word


def optional_id(item: dict[str, Any], key: str) -> UUID | None:
    value = item.get(key)
    try:
        return UUID(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def percentage(item: dict[str, Any], key: str) -> int:
    """A number rounded half up and clamped to 0-100; "80" and "80 %" are read as well."""
    value = item.get(key)
    if isinstance(value, str):
        try:
            value = float(value.strip().removesuffix("%"))
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Unusable(f"{key} is missing or no number")
    return math.floor(min(100, max(0, value)) + 0.5)


def options(item: dict[str, Any], limit: int, max_options: int) -> list[str] | None:
    """The answers to choose from, without repeats; None for fewer than two.

    `{label}` objects are read as labels.
    """
    value = item.get("options")
    if not isinstance(value, list):
        return None
    labels = [
        optional_text(one if isinstance(one, dict) else {"label": one}, "label", limit) for one in value
    ]
    distinct = list(dict.fromkeys(label for label in labels if label))[:max_options]
    return distinct if len(distinct) > 1 else None


def parameters(item: dict[str, Any], key: str) -> dict[str, JsonValue] | None:
    """A JSON object with clean texts; None when it is missing, no object, or unreasonably large or deep."""
    value = item.get(key)
    if not isinstance(value, dict) or is_too_deep(value):
        return None
    try:
        encoded = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    if len(encoded) > _MAX_PARAMETERS:
        return None
    return {clean_text(name): _clean(inner) for name, inner in value.items()}


def _clean(value: Any) -> JsonValue:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    if isinstance(value, dict):
        return {clean_text(name): _clean(inner) for name, inner in value.items()}
    return value  # type: ignore[no-any-return]
