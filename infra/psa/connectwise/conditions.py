"""Building `conditions`: values can never become part of the query.

How the server reads a quote or a backslash inside a string is not documented, so neither is ever sent inside
one: a text is cut at them, and at white space, and each piece must be contained. The caller then compares the
rows that come back with the text as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from infra.psa.connectwise.times import vendor_time

_CUT = re.compile(r"""["\\\s\x00-\x1f\x7f-\x9f]+""")
_WORD = re.compile(r"[A-Za-z]+")
_FIELD = re.compile(r"[A-Za-z]+(?:/[A-Za-z]+)*")


def equals(field: str, value: int | bool) -> str:
    text = str(value) if not isinstance(value, bool) else ("true" if value else "false")
    return f"{_checked(field)} = {text}"


def differs(field: str, value: int) -> str:
    return f"{_checked(field)} != {int(value)}"


def is_word(field: str, word: str) -> str:
    """A word of the vendor's own, such as a member of an enumeration."""
    if not _WORD.fullmatch(word):
        raise ValueError(f"not a word: {word!r}")
    return f'{_checked(field)} = "{word}"'


def since(field: str, moment: datetime) -> str:
    return f"{_checked(field)} >= [{vendor_time(moment)}]"


def is_null(field: str) -> str:
    return f"{_checked(field)} = null"


def one_of(field: str, values: Iterable[int]) -> str:
    return f"{_checked(field)} in ({', '.join(str(int(value)) for value in values)})"


def contains(field: str, text: str) -> str:
    """Every piece of the text is contained; true for all rows when nothing is left of it."""
    pieces = [piece for piece in _CUT.split(text) if piece]
    # A bare bracket would be read as the start of a date.
    terms = [f'{_checked(field)} contains "{piece.replace("[", "[[]")}"' for piece in pieces]
    return all_of(terms)


def all_of(terms: Iterable[str]) -> str:
    return " and ".join(term for term in terms if term)


def any_of(terms: Iterable[str]) -> str:
    """Alternatives as one term; each may itself be a conjunction."""
    return "(" + " or ".join(f"({term})" for term in terms if term) + ")"


def _checked(field: str) -> str:
    if not _FIELD.fullmatch(field):
        raise ValueError(f"not a field name: {field!r}")
    return field
