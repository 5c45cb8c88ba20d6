"""Turning untrusted text into pieces of a note that read well as Markdown and as plain text alike.

Facts, notes and outputs come from customers, tools and pasted logs. They must not add a heading, a list, a
link, an image or markup to a note, so every piece becomes one line with those few characters escaped.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from domain.hidden_text import without_hidden
from domain.text import clean_text, clip

_BLOCK_START = re.compile(r"^(?=[#>*+=_~`-])")
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
_LINK_TARGET = re.compile(r"\](?=[(\[:])")
_OUTPUT_LINES_KEPT = 3


def plain_line(text: str | None, limit: int) -> str:
    """One safe line of at most `limit` characters before escaping; "" when the text holds nothing to see."""
    visible = without_hidden(clean_text(text or ""))
    line = clip(" ".join(visible.split()), limit)
    return _BLOCK_START.sub(r"\\", _LINK_TARGET.sub(r"\\]", _TAG_START.sub(r"\\<", line)), count=1)


def shortened_output(text: str | None, limit: int) -> str:
    """The output of a check on one line: its first two lines and its last, with how many were left out."""
    lines = [line for line in (plain_line(raw, limit) for raw in clean_text(text or "").splitlines()) if line]
    if len(lines) > _OUTPUT_LINES_KEPT:
        left_out = len(lines) - _OUTPUT_LINES_KEPT
        lines = [*lines[: _OUTPUT_LINES_KEPT - 1], f"… ({left_out} more lines) …", lines[-1]]
    share = max(limit // max(len(lines), 1), 1)
    return "; ".join(clip(line, share) for line in lines)


def bare(text: str) -> str:
    """Without the full stop at its end, to go on in the same sentence."""
    return text.rstrip(" .;:,")


def sentence(text: str) -> str:
    """With a full stop at its end unless it has a mark of its own."""
    return text if not text or text[-1] in ".!?…:;," else f"{text}."


def moment(time: datetime) -> str:
    """A time to the minute in UTC, as 2031-02-03 04:05 UTC."""
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def fitting(lines: Sequence[str], budget: int) -> int:
    """How many of the lines, from the first on, fit into `budget` characters."""
    used = 0
    for count, line in enumerate(lines):
        used += len(line) + 1
        if used > budget:
            return count
    return len(lines)


def bounded_newest(lines: Sequence[str], budget: int, more: Callable[[int], str]) -> list[str]:
    """The newest lines (they come oldest first) that fit into `budget` characters.

    When older ones are left out, a line that says how many comes first.
    """
    left_out = len(lines) - fitting(list(reversed(lines)), budget)
    return [more(left_out), *lines[left_out:]] if left_out else list(lines)
