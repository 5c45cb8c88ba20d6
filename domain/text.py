"""Text as the product compares and stores it."""

import re

_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?")


def drop_unstorable(text: str) -> str:
    """Without NUL, and with U+FFFD for lone surrogates: neither fits into a UTF-8 database."""
    return _SURROGATES.sub("\ufffd", text.replace("\x00", ""))


def clean_text(text: str) -> str:
    """Text fit to be stored: no NUL, no lone surrogates, every line end a single line feed."""
    return _LINE_ENDS.sub("\n", drop_unstorable(text))


def normalise_text(text: str) -> str:
    """The identity of a text: trimmed, white space collapsed, case folded.

    Two lane items, facts or fix titles with equal normalised text are the same one.
    """
    return " ".join(clean_text(text).split()).casefold()


def clip(text: str, limit: int) -> str:
    """At most `limit` characters; a cut is shown by an ellipsis as the last one."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
