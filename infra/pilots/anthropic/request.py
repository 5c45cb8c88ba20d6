"""Builds the requests: a stable, cached prefix first, what changes from turn to turn after it."""

from collections.abc import Iterable, Sequence
from typing import Any

from anthropic.types import CacheControlEphemeralParam, MessageParam, TextBlockParam

from domain.flows import ActionNode, DecisionNode, Flow, SolutionNode
from domain.notes.state import NoteState
from domain.pilot import EngineerInput, FixView, FoundFlow, HistoryMessage, LaneItemView, TurnContext
from domain.text import clip
from domain.vocabulary import ArtifactKind, FixStatus, MessageRole
from infra.pilots.prompts.chat import CHAT_SYSTEM, SESSION_OPENING, TURN_REMINDER
from infra.pilots.prompts.notes import CORRECT_NOTE, NOTE_SYSTEMS, WRITE_NOTE
from infra.pilots.untrusted import Section, delimit, delimit_json

FULL_FLOWS = 3
"""Flows given with all their steps; the others by title only, which is enough to name them."""
_TEXT = 20_000
_EARLIER_OUTPUT = 4_000
_NOTE_TEXT = 4_000
_NOTES = 20
_CACHE: CacheControlEphemeralParam = {"type": "ephemeral"}


def chat_system() -> list[TextBlockParam]:
    """The static block, with the first cache breakpoint."""
    return [{"type": "text", "text": CHAT_SYSTEM, "cache_control": _CACHE}]


def chat_messages(context: TurnContext) -> list[MessageParam]:
    """History with the second breakpoint on its last message, then ticket, flows and state, then this turn's
    messages.

    History only ever grows at its end, so the prefix of one turn is found in the cache by the next.
    """
    messages = [_history_message(message) for message in context.history if message.text.strip()]
    if messages:
        if messages[0]["role"] == "assistant":
            messages.insert(0, _message("user", [_text(SESSION_OPENING)]))
        _blocks(messages[-1])[-1]["cache_control"] = _CACHE
    current = [_text(part) for part in _sections(context)]
    for message in context.inputs:
        current += [_text(part) for part in _engineer_parts(message, context.lane)]
    if not context.inputs:
        current.append(_text(TURN_REMINDER))
    messages.append(_message("user", current))
    return messages


def note_system(kind: ArtifactKind) -> list[TextBlockParam]:
    return [{"type": "text", "text": NOTE_SYSTEMS[kind], "cache_control": _CACHE}]


def note_messages(state: NoteState, correction: str | None) -> list[MessageParam]:
    """The state of the session without ids, and what was wrong with the first draft."""
    data = state.model_dump(mode="json", exclude_none=True)
    for fix in data["fixes"]:
        del fix["id"]
    request = WRITE_NOTE if correction is None else f"{CORRECT_NOTE}\n{correction}"
    return [_message("user", [_text(delimit_json(Section.NOTE_STATE, data)), _text(request)])]


def _message(role: str, blocks: list[TextBlockParam]) -> MessageParam:
    return (
        {"role": "assistant", "content": blocks}
        if role == "assistant"
        else {"role": "user", "content": blocks}
    )


def _blocks(message: MessageParam) -> list[dict[str, Any]]:
    blocks: Any = message["content"]
    result: list[dict[str, Any]] = blocks
    return result


def _text(text: str) -> TextBlockParam:
    return {"type": "text", "text": text}


def _history_message(message: HistoryMessage) -> MessageParam:
    if message.role is MessageRole.PILOT:
        return _message("assistant", [_text(message.text.rstrip())])
    if message.role is MessageRole.SYSTEM:
        return _message("user", [_text(delimit(Section.EVENT, clip(message.text, _TEXT)))])
    return _message(
        "user", [_text(delimit(Section.MESSAGE, clip(message.text, _TEXT))), _text(TURN_REMINDER)]
    )


def _sections(context: TurnContext) -> Iterable[str]:
    if context.flows:
        yield delimit_json(Section.FLOWS, _flows(context.flows))
    if context.ticket is not None:
        ticket = context.ticket.model_dump(mode="json", exclude_none=True)
        for note in ticket["notes"]:
            note["text"] = clip(note["text"], _NOTE_TEXT)
        ticket["notes"] = ticket["notes"][-_NOTES:]
        ticket["description"] = clip(ticket.get("description") or "", _TEXT)
        yield delimit_json(Section.TICKET, ticket)
    if context.problem_summary:
        yield delimit(Section.PROBLEM, clip(context.problem_summary, _NOTE_TEXT))
    yield delimit_json(
        Section.FACTS, [{"source": fact.source_type, "text": fact.text} for fact in context.facts]
    )
    yield delimit_json(Section.LANE, [_lane_item(item) for item in context.lane])
    yield delimit_json(Section.FIXES, [_fix(fix, context) for fix in context.fixes])


def _engineer_parts(message: EngineerInput, lane: Sequence[LaneItemView]) -> Iterable[str]:
    """A message and the reminder.

    The text of lane answers repeats them, so only the answers with their ids are given.
    """
    if message.answers:
        by_id = {item.id: item for item in lane}
        answers = []
        for answer in message.answers:
            item = by_id.get(answer.item_id)
            given: dict[str, Any] = {
                "item_id": str(answer.item_id),
                "kind": item.kind if item else None,
                "asked": item.text if item else None,
                "answer": clip(answer.answer, _TEXT) if answer.answer else None,
                "output": clip(answer.output, _TEXT) if answer.output else None,
                "skipped": answer.skipped or None,
            }
            answers.append({key: value for key, value in given.items() if value is not None})
        yield delimit_json(Section.ANSWERS, answers)
    else:
        yield delimit(Section.MESSAGE, clip(message.text, _TEXT) or "(empty)")
    yield TURN_REMINDER


def _lane_item(item: LaneItemView) -> dict[str, Any]:
    shown = item.model_dump(mode="json", exclude_none=True)
    if item.output:
        shown["output"] = clip(item.output, _EARLIER_OUTPUT)
    if item.answer:
        shown["answer"] = clip(item.answer, _EARLIER_OUTPUT)
    return shown


def _fix(fix: FixView, context: TurnContext) -> dict[str, Any]:
    shown = fix.model_dump(mode="json", exclude_none=True)
    shown["active"] = fix.id == context.active_fix_id
    shown["standing"] = _standing(fix)
    return shown


def _standing(fix: FixView) -> str:
    match fix.status:
        case FixStatus.PROPOSED if fix.applied_at is None:
            return "replaced, never run" if fix.superseded else "proposed, not run yet"
        case FixStatus.PROPOSED:
            return "tried, outcome not recorded" if fix.superseded else "run, the engineer is verifying it"
        case FixStatus.APPLIED_SUCCESS:
            return "worked"
        case FixStatus.APPLIED_FAILED:
            return "failed, do not propose it again"
        case FixStatus.APPLIED_PARTIAL:
            return "done in part, uncertain"
        case FixStatus.DISMISSED:
            return "dismissed, do not propose it again"


def _flows(found: Sequence[FoundFlow]) -> list[dict[str, Any]]:
    return [
        _whole_flow(one.flow)
        if place < FULL_FLOWS
        else {"title": one.flow.title, "description": one.flow.description}
        for place, one in enumerate(found)
    ]


def _whole_flow(flow: Flow) -> dict[str, Any]:
    return {
        "title": flow.title,
        "description": flow.description,
        "start": flow.root_node_id,
        "steps": [_node(node) for node in flow.nodes],
    }


def _node(node: DecisionNode | ActionNode | SolutionNode) -> dict[str, Any]:
    match node:
        case DecisionNode():
            options = [{"answer": option.label, "next": option.next_node_id} for option in node.options]
            return {"id": node.id, "question": node.question, "options": options}
        case ActionNode():
            commands = [command.code for command in node.commands]
            shown = {
                "id": node.id,
                "check": node.title,
                "description": node.description,
                "next": node.next_node_id,
            }
            return shown | ({"commands": commands} if commands else {})
        case SolutionNode():
            shown = {"id": node.id, "fix": node.title, "description": node.description}
            slug = {"script_template_slug": node.script_template_slug} if node.script_template_slug else {}
            return shown | {"steps": node.resolution_steps, "confidence": node.confidence} | slug
