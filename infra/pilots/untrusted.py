"""Delimits text of others as data, in tags that the text itself cannot open or close."""

import json
import re
from enum import StrEnum
from typing import Any


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


_TAG = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(Section)})\b)", re.IGNORECASE)


def delimit(section: Section, text: str) -> str:
    """`text` as data of that section. A section's tag inside it is written with an escaped bracket."""
    return f"<{section}>\n{_TAG.sub('&lt;', text)}\n</{section}>"


def delimit_json(section: Section, value: Any) -> str:
    """`value` as JSON with sorted keys: the same value is always the same text."""
    return delimit(section, json.dumps(value, ensure_ascii=False, sort_keys=True))
