"""Rules of uploaded files: how large, how many, what their names may hold, and how they are named in a conversation."""

import unicodedata
from collections.abc import Sequence
from typing import Protocol

from domain.text import clip
from domain.titles import TITLE_LIMIT

UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes of one file."""

UPLOADS_PER_MESSAGE = 3

NAME_LIMIT = 255
UNNAMED = "file"
TEXT_TYPE = "text/plain"
IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

# Control characters, marks that turn the reading direction round, halves of surrogate pairs, what no font shows.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_LONGEST_EXTENSION = 20


class NamedFile(Protocol):
    """As much of an upload as a sentence about it needs."""

    @property
    def file_name(self) -> str: ...

    @property
    def content_type(self) -> str: ...


def clean_file_name(name: str) -> str:
    """The name a file is shown and saved under: one line, no folders, at most 255 characters with its extension.

    Two names that look the same are the same; a name with nothing in it becomes "file".
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    spaced = " ".join(unicodedata.normalize("NFC", last).split())
    visible = "".join(one for one in spaced if unicodedata.category(one) not in _UNWANTED)
    kept = " ".join(visible.split()).strip(". ")
    if len(kept) > NAME_LIMIT:
        stem, dot, extension = kept.rpartition(".")
        ending = dot + extension if dot and stem and len(extension) <= _LONGEST_EXTENSION else ""
        kept = kept[: NAME_LIMIT - len(ending)].rstrip(". ") + ending
    return kept or UNNAMED


def is_picture(content_type: str) -> bool:
    return content_type in IMAGE_TYPES


def is_text(content_type: str) -> bool:
    return content_type.partition(";")[0] == TEXT_TYPE


def files_line(files: Sequence[NamedFile]) -> str:
    """What a session that was started from files alone is about, in one line that fits a title."""
    first = files[0]
    kind = "Screenshot" if is_picture(first.content_type) else "File"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return clip(f"{kind}: {first.file_name}", TITLE_LIMIT - len(more)) + more


def told_with_files(text: str, file_names: Sequence[str]) -> str:
    """A message as a pilot reads it later: its words, and the names of the files that came with it."""
    if not file_names:
        return text
    line = f"[attached: {', '.join(file_names)}]"
    return f"{text}\n{line}" if text.strip() else line
