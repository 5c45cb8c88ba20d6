"""What of a reply's prose may be shown so far."""

import re

_HELD_LINE = re.compile(r"[ \t]*(?:`{1,2}|`{3}[\w+-]*)\Z")
_FENCE_LINES = re.compile(r"\n[ \t]*```")
_FENCE = "```"


class ProseWriter:
    """Collects the prose around blocks.

    White space at the end is held back until something follows it, and so is a code fence that may turn out
    to be wrapped around a block: models like to do that, and an empty fence would be left in the
    conversation. Prose on both sides of a block is joined by an empty line, so two halves never make a new
    tag.
    """

    def __init__(self) -> None:
        self._pending = ""
        self._shown = False
        self._after_block = False
        self._in_fence = False
        self._closing_fence_due = False

    def push(self, text: str) -> str:
        """Add prose; answers what became visible."""
        buffer = self._pending + text
        self._pending = ""
        if self._closing_fence_due:
            rest = buffer.lstrip()
            if rest.startswith(_FENCE):
                buffer = rest[len(_FENCE) :]
                self._closing_fence_due = False
            elif _FENCE.startswith(rest):
                self._pending = buffer
                return ""
            else:
                self._closing_fence_due = False
        body = buffer.rstrip()
        line_start = body.rfind("\n") + 1
        starts_a_line = line_start > 0 or not self._shown or self._after_block
        if body and starts_a_line and _HELD_LINE.match(body, line_start):
            body = body[:line_start].rstrip()
        self._pending = buffer[len(body) :]
        return self._show(body)

    def block(self) -> str:
        """A block stands here; answers held prose that turned out to be visible."""
        held = self._pending.strip()
        self._pending = ""
        visible = ""
        if held.startswith(_FENCE) and not self._in_fence:
            self._closing_fence_due = True
        elif held:
            self._closing_fence_due = False
            visible = self._show("\n" + held if self._shown else held)
        self._after_block = True
        return visible

    def finish(self) -> str:
        """No more prose; answers what is left to show. An opening fence with nothing in it is not."""
        held = self._pending.rstrip()
        self._pending = ""
        if held.strip().startswith(_FENCE) and not self._in_fence:
            return ""
        return self._show(held)

    def _show(self, text: str) -> str:
        if not text.strip():
            return ""
        if self._after_block or not self._shown:
            text = text.lstrip()
            fences = len(_FENCE_LINES.findall("\n" + text))
            visible = f"\n\n{text}" if self._shown else text
        else:
            fences = len(_FENCE_LINES.findall(text))
            visible = text
        self._in_fence ^= fences % 2 == 1
        self._shown = True
        self._after_block = False
        return visible
