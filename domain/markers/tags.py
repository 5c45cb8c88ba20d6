"""The names of the machine-readable blocks and how their tags look."""

import re
from enum import StrEnum


class BlockName(StrEnum):
    QUESTIONS = "QUESTIONS"
    ACTIONS = "ACTIONS"
    PROMOTE = "PROMOTE"
    SUGGEST_FIX = "SUGGEST_FIX"
    FIX_OUTCOME = "FIX_OUTCOME"
    FORK = "FORK"


LANE_BLOCKS = frozenset({BlockName.QUESTIONS, BlockName.ACTIONS, BlockName.FORK})
"""A reply with a valid block of these states the whole open lane."""

# ASCII keeps look-alike letters (the Kelvin sign folds to k) from counting as tags.
TAG = re.compile(rf"\[(/?)({'|'.join(BlockName)})\]", re.IGNORECASE | re.ASCII)

_TAGS = [f"[{slash}{name}]" for name in BlockName for slash in ("", "/")]
_LONGEST_TAG = max(map(len, _TAGS))


def could_become_tag(text: str) -> bool:
    """Whether more characters could turn `text` (which starts with a bracket) into a tag."""
    if len(text) >= _LONGEST_TAG or not text.isascii():
        return False
    upper = text.upper()
    return any(tag.startswith(upper) for tag in _TAGS)


def without_tags(text: str) -> str:
    """`text` with every tag defused, so that it can be put into prose."""
    return TAG.sub(lambda match: f"({match[1]}{match[2]})", text)
