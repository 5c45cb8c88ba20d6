"""Text as the product compares and stores it."""

import hashlib
import re

_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?")

_KEY_BYTES = 2_000
"""What is longer is stood for by its hash: an index of the database takes 2,704 bytes of a row and no more."""
_KEY_BEGINNING = 100


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


def text_key(text: str) -> str:
    """The identity of a text as the database keeps it: `normalise_text`, or its beginning and hash where it is long."""
    normalised = normalise_text(text)
    encoded = normalised.encode()
    if len(encoded) <= _KEY_BYTES:
        return normalised
    return f"{normalised[:_KEY_BEGINNING]}… {hashlib.sha256(encoded).hexdigest()}"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters; a cut is shown by an ellipsis as the last one."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
