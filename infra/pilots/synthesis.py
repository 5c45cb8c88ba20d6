"""Reading the JSON that a model answers when it makes a fact."""

import json
from typing import Any

from domain.facts import FACT_SUMMARY_LIMIT, FACT_TEXT_LIMIT
from domain.pilot import PilotUnavailable
from domain.text import clip


def read_fact(answer: str) -> tuple[str | None, str | None]:
    """Text and summary of the fact; no text when the model found nothing substantive.

    Raises PilotUnavailable for an answer that is not what was asked for.
    """
    found = _object(answer)
    text, summary = found.get("text"), found.get("summary")
    if text is not None and not isinstance(text, str):
        raise _unreadable()
    sentence = clip(" ".join((text or "").split()), FACT_TEXT_LIMIT)
    if not sentence:
        return None, None
    words = " ".join(summary.split()).rstrip(".") if isinstance(summary, str) else ""
    return sentence, clip(words, FACT_SUMMARY_LIMIT) or None


def _object(answer: str) -> dict[str, Any]:
    """The JSON object in the answer, whatever stands around it; a bare null is an empty one."""
    start, end = answer.find("{"), answer.rfind("}")
    if start < 0:
        if answer.strip("` \n").removeprefix("json").strip() == "null":
            return {}
        raise _unreadable()
    try:
        found = json.loads(answer[start : end + 1])
    except ValueError:
        raise _unreadable() from None
    if not isinstance(found, dict) or "text" not in found:
        raise _unreadable()
    return found


def _unreadable() -> PilotUnavailable:
    return PilotUnavailable("The model sent an answer that could not be read.")
