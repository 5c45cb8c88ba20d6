"""Replies of a turn: deterministic, and enough to work a whole session."""

import json
import re
from typing import Any

from domain.markers import BlockName, render_block
from infra.simulators.scripted.texts import NO_ANSWER, digest, note, synthesised_fact

QUESTION = "Is one person affected, or several?"
OPTIONS = ["One person", "Several people"]
CHECK = "Read the last errors in the system log"
COMMAND = "Get-WinEvent -FilterHashtable @{ LogName = 'System'; Level = 2 } -MaxEvents 10"
FIX_TITLE = "Restart the affected service"
NEXT_FIX_TITLE = "Reinstall the affected service"

_FAILED = re.compile(
    r"\b(?:did(?:n't| not) (?:work|help)|still (?:fails|broken|the same)|no luck)\b", re.IGNORECASE
)
_PARTLY = re.compile(r"\b(?:partly|partially|only some)\b", re.IGNORECASE)
_WORKED = re.compile(r"\b(?:it worked|works now|fixed|solved|resolved)\b", re.IGNORECASE)


def reply_to(system: str, prompt: str) -> str:
    """The reply to a request, given its system prompt and the text of its last message that is not the model's."""
    match kind_of(prompt):
        case "note":
            return note(system, _section(prompt, "note_state"))
        case "fact":
            return synthesised_fact(_section(prompt, "fact_input"))
        case "digest":
            previous = _section(prompt, "earlier_conversation")
            return digest(str(previous) if previous else "", _section(prompt, "conversation"))
        case _:
            return _turn(prompt)


def kind_of(prompt: str) -> str:
    """`note`, `fact`, `digest` or `chat`."""
    for section, kind in (("note_state", "note"), ("fact_input", "fact"), ("conversation", "digest")):
        if f"<{section}>\n" in prompt:
            return kind
    return "chat"


def _section(prompt: str, name: str) -> Any:
    """The JSON of a data section of the prompt, or its text; None when it is not there."""
    found = re.search(rf"<{name}>\n(.*?)\n</{name}>", prompt, re.DOTALL)
    if found is None:
        return None
    try:
        return json.loads(found[1].replace("&lt;", "<"))
    except ValueError:
        return found[1]


def _messages(prompt: str) -> str:
    return "\n".join(re.findall(r"<engineer_message>\n(.*?)\n</engineer_message>", prompt, re.DOTALL))


def _turn(prompt: str) -> str:
    lane: list[dict[str, Any]] = _section(prompt, "task_lane") or []
    answers: list[dict[str, Any]] = _section(prompt, "lane_answers") or []
    fixes: list[dict[str, Any]] = _section(prompt, "fixes") or []
    known = {fact["text"] for fact in _section(prompt, "facts") or []}
    active = next((fix for fix in fixes if fix["active"]), None)
    if active and active.get("applied_at") and active["status"] in ("proposed", "applied_partial"):
        return _verifying(active, _messages(prompt), lane)
    if not lane:
        return _opening()
    answered = {one["item_id"] for one in answers}
    still_open = [item for item in lane if item["status"] == "open" and item["id"] not in answered]
    facts = [fact for one in answers if (fact := _fact(one)) and fact["text"] not in known]
    parts = [render_block(BlockName.PROMOTE, fact) for fact in facts]
    titles = {fix["title"] for fix in fixes}
    wanted = FIX_TITLE if FIX_TITLE not in titles else NEXT_FIX_TITLE
    ready = (
        not still_open and wanted not in titles and (active is None or active["status"] == "applied_failed")
    )
    if ready:
        fix = {"title": wanted, "description": "Restart it and watch the log.", "confidence": 85}
        parts.append(render_block(BlockName.SUGGEST_FIX, fix))
        prose = "The evidence points to the service itself. Restart it and watch the log."
    else:
        prose = (
            "Thanks. The open items decide what comes next."
            if still_open
            else "There is nothing more to ask now."
        )
    return "\n".join([prose, *parts, _lane(still_open)])


def _opening() -> str:
    asked = [{"text": QUESTION, "options": OPTIONS}]
    checks = [{"label": CHECK, "command": COMMAND, "description": "Look for the source that repeats."}]
    return "\n".join(
        [
            "Let us find out how far this reaches first. The system log shows whether a service fails.",
            render_block(BlockName.QUESTIONS, asked),
            render_block(BlockName.ACTIONS, checks),
        ]
    )


def _verifying(fix: dict[str, Any], said: str, lane: list[dict[str, Any]]) -> str:
    still_open = [item for item in lane if item["status"] == "open"]
    for pattern, outcome in ((_PARTLY, "partial"), (_FAILED, "failure"), (_WORKED, "success")):
        if pattern.search(said) and not said.rstrip().endswith("?"):
            proposal = {"fix_id": fix["id"], "outcome": outcome, "reason": said.strip()[:200]}
            prose = "Thanks for the result. Confirm it in the banner."
            return "\n".join([prose, render_block(BlockName.FIX_OUTCOME, proposal), _lane(still_open)])
    return "\n".join(["Take your time to verify it.", _lane(still_open)])


def _fact(answer: dict[str, Any]) -> dict[str, Any] | None:
    said = answer.get("output") or answer.get("answer") or ""
    if answer.get("skipped") or not said.strip() or NO_ANSWER.match(said):
        return None
    line = next(line.strip() for line in said.splitlines() if line.strip())
    source = "diagnostic_check" if answer.get("kind") == "check" else "question"
    text = f"{answer.get('asked', 'It')} {line}"[:300]
    return {
        "source_type": source,
        "source_ref": answer["item_id"],
        "text": text,
        "summary": "narrows the cause down",
    }


def _lane(items: list[dict[str, Any]]) -> str:
    questions = [
        {key: item[name] for key, name in (("text", "text"), ("options", "options")) if name in item}
        for item in items
        if item["kind"] == "question"
    ]
    checks = [
        {key: item[name] for key, name in (("label", "text"), ("command", "command")) if name in item}
        for item in items
        if item["kind"] == "check"
    ]
    blocks = [render_block(BlockName.QUESTIONS, questions)]
    return "\n".join(blocks + ([render_block(BlockName.ACTIONS, checks)] if checks else []))
