"""Tokens as the Messages API counts them."""

from typing import Any, Protocol

from domain.pilot import Usage


class CountedTokens(Protocol):
    """What every form of the API's usage has: totals, None where an event does not tell them."""

    @property
    def input_tokens(self) -> int | None: ...
    @property
    def output_tokens(self) -> int | None: ...
    @property
    def cache_read_input_tokens(self) -> int | None: ...
    @property
    def cache_creation_input_tokens(self) -> int | None: ...


def updated_usage(before: Usage, counted: CountedTokens) -> Usage:
    """The counts of one call so far; those that are not told stay as they were."""
    later: dict[str, Any] = {
        "input_tokens": counted.input_tokens,
        "output_tokens": counted.output_tokens,
        "cache_read_tokens": counted.cache_read_input_tokens,
        "cache_creation_tokens": counted.cache_creation_input_tokens,
    }
    told = {name: count for name, count in later.items() if count is not None}
    return Usage.model_validate(before.model_dump() | told)


def total_usage(first: Usage, second: Usage) -> Usage:
    """The counts of two calls together."""
    return Usage(**{name: getattr(first, name) + getattr(second, name) for name in type(first).model_fields})
