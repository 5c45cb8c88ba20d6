"""Notes, facts and digests."""

import json
import re
from typing import Any

NO_ANSWER = re.compile(r"\s*(?:i (?:do not|don't) know|not sure|no idea)\b", re.IGNORECASE)

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_CONFIRMED = ("confirmed", "What we know")
_KEPT_MESSAGES = 12


def synthesised_fact(given: dict[str, Any]) -> str:
    """The first line of what was said, or no fact."""
    said = (given.get("said") or "").strip()
    if not said or NO_ANSWER.match(said) or said.endswith("?"):
        return json.dumps({"text": None, "summary": None})
    line = said.splitlines()[0].strip().rstrip(".")
    return json.dumps({"text": f"{line}."[:300], "summary": "narrows the cause down"}, ensure_ascii=False)


def digest(previous: str, messages: list[dict[str, Any]]) -> str:
    """What was there, and the first line of what was said since."""
    lines = [f"- {one['from']}: {one['text'].strip().splitlines()[0][:200]}" for one in messages]
    return "\n".join([previous.strip()] * bool(previous.strip()) + lines[-_KEPT_MESSAGES:])


def note(system: str, state: dict[str, Any]) -> str:
    """Every fact of the state, below the headings that the prompt asks for if it asks for any."""
    facts = "\n".join(f"- {fact['text']}" for fact in state["facts"]) or "Nothing has been confirmed yet."
    closing = "## Resolution" in system
    fixes = (
        "\n".join(_fix_line(fix, closing) for fix in state["fixes"] if fix["status"] != "dismissed")
        or "No fix so far."
    )
    sections: dict[str, str] = {}
    for heading in _HEADING.findall(system):
        if any(word in heading for word in _CONFIRMED):
            sections[heading] = facts
        elif heading in ("Resolution", "What we've tried"):
            sections[heading] = fixes
        elif heading == "Problem":
            sections[heading] = state.get("problem_summary") or "The problem was not described."
        else:
            sections[heading] = "As the facts above show."
    if not sections:
        return "\n\n".join([state.get("problem_summary") or "The problem was not described.", facts, fixes])
    return "\n\n".join(f"## {heading}\n{body}" for heading, body in sections.items())


def _fix_line(fix: dict[str, Any], closing: bool) -> str:
    """A fix with its outcome; closing the ticket says that the one still being verified worked."""
    outcomes = {
        "applied_success": "it worked",
        "applied_failed": "it did not help",
        "applied_partial": "done in part",
    }
    run = "not yet applied"
    if fix.get("applied_at"):
        unjudged = "it worked" if closing else "run, not verified yet"
        run = "outcome not recorded" if fix.get("superseded") else unjudged
    noted = fix.get("failure_reason") or fix.get("partial_notes") or ""
    return f"- {fix['title']}: {outcomes.get(fix['status'], run)}. {noted}".rstrip()
