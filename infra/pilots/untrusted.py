"""Delimits text of others as data, in tags that the text itself cannot open or close, nor seem to.

A model reads more than a parser: a tag in full width letters, or one with a character in it that has no picture, may
close a section for it all the same. So hidden characters are named, and what looks like a tag is written out.
"""

import json
import re
from enum import StrEnum
from typing import Any

from domain.hidden_text import HIDDEN, folded, revealed, without_terminal_codes


class Section(StrEnum):
    """The data sections of a prompt."""

    TICKET = "ticket"
    FLOWS = "flows"
    FACTS = "facts"
    LANE = "task_lane"
    FIXES = "fixes"
    PROBLEM = "problem"
    DIGEST = "earlier_conversation"
    MESSAGE = "engineer_message"
    ANSWERS = "lane_answers"
    IMAGES = "attached_images"
    FILES = "attached_files"
    EVENT = "session_event"
    NOTE_STATE = "note_state"
    NOTE_PROBLEMS = "draft_problems"
    FACT_INPUT = "fact_input"
    CONVERSATION = "conversation"


# Between the signs of a tag: white space and what is hidden, as they are or as JSON writes them.
_UNSEEN = rf"(?:[{HIDDEN}]|\\u[0-9a-f]{{4}})*"
_GAP = rf"(?:[\s{HIDDEN}]|\\u[0-9a-f]{{4}}|\\[bfnrt])*"
_NAMES = "|".join(_UNSEEN.join(section) for section in Section)
_TAG = re.compile(rf"<{_GAP}(?:[/\\]{_GAP})*(?:{_NAMES})(?![A-Za-z0-9_])", re.IGNORECASE)


def delimit(section: Section, text: str) -> str:
    """`text` as data of that section. What looks like a section's tag inside it has an escaped bracket."""
    return _wrapped(section, without_terminal_codes(text))


def delimit_json(section: Section, value: Any) -> str:
    """`value` as JSON with sorted keys: the same value is always the same text."""
    # Codes go before there are quotes around the texts, which they might take along.
    return _wrapped(section, json.dumps(_without_codes(value), ensure_ascii=False, sort_keys=True))


def _wrapped(section: Section, text: str) -> str:
    return f"<{section}>\n{revealed(_without_tags(text))}\n</{section}>"


def _without_tags(text: str) -> str:
    pieces: list[str] = []
    end = 0
    for tag in _TAG.finditer(folded(text)):
        pieces += [text[end : tag.start()], "&lt;"]
        end = tag.start() + 1
    return "".join([*pieces, text[end:]])


def _without_codes(value: Any) -> Any:
    if isinstance(value, str):
        return without_terminal_codes(value)
    if isinstance(value, dict):
        return {name: _without_codes(inner) for name, inner in value.items()}
    return [_without_codes(inner) for inner in value] if isinstance(value, list) else value
