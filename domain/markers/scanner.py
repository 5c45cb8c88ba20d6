"""Splits a raw reply into prose and blocks, piece by piece."""

import re
from dataclasses import dataclass

from domain.markers.prose import ProseWriter
from domain.markers.tags import TAG, BlockName, could_become_tag
from domain.text import clean_text, drop_unstorable

_INTERESTING = re.compile(r'[\\"\n\[]')
_NOT_SPACE = re.compile(r"\S")


@dataclass(frozen=True)
class RawBlock:
    """A block as written."""

    name: BlockName
    payload: str


class Scanner:
    """Reads a reply in pieces of any size; the result does not depend on where the pieces were cut.

    Rules where a reply is not well-formed:
    - A block ends at its close tag, at any other tag that is not inside a JSON string (its own close tag was
      forgotten), or at the end of the reply.
    - A close tag inside a JSON string is payload: a ticket may quote one. It still ends the block when its
      line ends there, or when nothing else does and the JSON does not go on behind the string, because then
      the quotes were unbalanced.
    - A close tag without a block, and a tag that the end of the reply cut in half, are not shown.
    """

    def __init__(self) -> None:
        self.blocks: list[RawBlock] = []
        self._prose = ProseWriter()
        self._buffer = ""
        self._carriage_return = False
        self._block: BlockName | None = None
        self._position = 0
        self._in_string = False
        self._in_quotation = False
        self._candidate: tuple[int, int] | None = None

    @property
    def open_block(self) -> BlockName | None:
        """The block that what was read so far ends in."""
        return self._block

    def feed(self, text: str) -> str:
        """Read on; answers the prose that became visible."""
        text = drop_unstorable(text)
        if self._carriage_return:
            text = "\r" + text
        self._carriage_return = text.endswith("\r")
        if self._carriage_return:
            text = text[:-1]
        self._buffer += clean_text(text)
        return self._scan(final=False)

    def finish(self) -> str:
        """The reply is over; answers the rest of the prose."""
        if self._carriage_return:
            self._buffer += "\n"
            self._carriage_return = False
        visible = self._scan(final=True)
        return visible + self._prose.finish()

    def _scan(self, *, final: bool) -> str:
        visible: list[str] = []
        while True:
            before = (self._block, len(self._buffer))
            if self._block is None:
                visible.append(self._read_prose(final=final))
            else:
                self._read_block(final=final)
            if not self._buffer or before == (self._block, len(self._buffer)):
                break
        if final and self._block is not None:
            self._end_block(len(self._buffer), len(self._buffer))
        return "".join(visible)

    def _read_prose(self, *, final: bool) -> str:
        visible: list[str] = []
        while tag := TAG.search(self._buffer):
            visible += [self._prose.push(self._buffer[: tag.start()]), self._prose.block()]
            self._buffer = self._buffer[tag.end() :]
            if not tag[1]:
                self._block = BlockName(tag[2].upper())
                return "".join(visible)
        end = len(self._buffer)
        bracket = self._buffer.rfind("[")
        if bracket >= 0 and could_become_tag(self._buffer[bracket:]):
            end = bracket
        visible.append(self._prose.push(self._buffer[:end]))
        self._buffer = "" if final else self._buffer[end:]
        return "".join(visible)

    def _read_block(self, *, final: bool) -> None:
        """Move through the payload until the block ends or the buffer does."""
        while found := _INTERESTING.search(self._buffer, self._position):
            at, character = found.start(), found[0]
            self._position = at + 1
            if character == "\n":
                # A JSON string has no raw line feed: unbalanced quotes end with their line.
                self._in_string = self._in_quotation = False
            elif character == '"':
                if self._in_quotation and not self._end_quotation(final=final):
                    self._position = at
                    return
                self._in_string = not self._in_string
            elif character == "\\" and self._in_string:
                if self._position == len(self._buffer):
                    self._position = at
                    return
                if self._buffer[self._position] != "\n":
                    self._position += 1
            elif character == "[":
                tag = TAG.match(self._buffer, at)
                if tag is None:
                    if not final and could_become_tag(self._buffer[at:]):
                        self._position = at
                        return
                    continue
                if not final and self._in_string and tag.end() == len(self._buffer):
                    self._position = at
                    return
                if self._ends_block(tag):
                    return
                self._position = tag.end()
        self._position = len(self._buffer)
        if final and self._candidate is not None:
            self._end_block(*self._candidate)

    def _end_quotation(self, *, final: bool) -> bool:
        """At the end of a string with a close tag in it: where JSON goes on, the tag was a quotation.

        False while it is not known yet what follows.
        """
        following = _NOT_SPACE.search(self._buffer, self._position)
        if following is None and not final:
            return False
        if following is not None and following[0] in ",:}]":
            self._candidate = None
        self._in_quotation = False
        return True

    def _ends_block(self, tag: re.Match[str]) -> bool:
        own_close = bool(tag[1]) and tag[2].upper() == self._block
        if self._in_string:
            if not own_close:
                return False
            if tag.end() < len(self._buffer) and self._buffer[tag.end()] != "\n":
                if self._candidate is None:
                    self._candidate = tag.span()
                    self._in_quotation = True
                return False
            self._end_block(*tag.span())
        elif self._candidate is not None and not own_close:
            self._end_block(*self._candidate)
        elif tag[1]:
            self._end_block(*tag.span())
        else:
            self._end_block(tag.start(), tag.start())
        return True

    def _end_block(self, payload_end: int, next_start: int) -> None:
        assert self._block is not None  # noqa: S101 - callers are inside a block
        self.blocks.append(RawBlock(self._block, self._buffer[:payload_end]))
        self._buffer = self._buffer[next_start:]
        self._block = None
        self._position = 0
        self._in_string = self._in_quotation = False
        self._candidate = None
