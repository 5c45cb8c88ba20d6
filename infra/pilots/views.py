"""Flows, lane items, fixes and tickets as a model reads them."""

from collections.abc import Sequence
from typing import Any

from domain.flows import ActionNode, DecisionNode, Flow, SolutionNode
from domain.pilot import EngineerInput, FixView, FoundFlow, LaneItemView, TicketView, TurnContext
from domain.text import clip
from domain.vocabulary import FixStatus

FULL_FLOWS = 3
"""Flows given with all their steps; the others by title only, which is enough to name them."""
MESSAGE_TEXT = 20_000
EARLIER_OUTPUT = 4_000
NOTE_TEXT = 4_000
CONFIGURATION_TEXT = 2_000
TICKET_PARTS = 20
"""Notes (the latest), configurations and related tickets that are given."""


def ticket_data(ticket: TicketView) -> dict[str, Any]:
    shown = ticket.model_dump(mode="json", exclude_none=True)
    shown["description"] = clip(shown.get("description") or "", MESSAGE_TEXT)
    shown["notes"] = shown["notes"][-TICKET_PARTS:]
    for note in shown["notes"]:
        note["text"] = clip(note["text"], NOTE_TEXT)
    shown["configurations"] = shown["configurations"][:TICKET_PARTS]
    for configuration in shown["configurations"]:
        if "details" in configuration:
            configuration["details"] = clip(configuration["details"], CONFIGURATION_TEXT)
    shown["related"] = shown["related"][:TICKET_PARTS]
    return shown


def answers_data(message: EngineerInput, lane: Sequence[LaneItemView]) -> list[dict[str, Any]]:
    """What a message answers, with the ids of the items; also of an item that is gone."""
    by_id = {item.id: item for item in lane}
    answers = []
    for answer in message.answers:
        item = by_id.get(answer.item_id)
        given: dict[str, Any] = {
            "item_id": str(answer.item_id),
            "kind": item.kind if item else None,
            "asked": item.text if item else None,
            "answer": clip(answer.answer, MESSAGE_TEXT) if answer.answer else None,
            "output": clip(answer.output, MESSAGE_TEXT) if answer.output else None,
            "skipped": answer.skipped or None,
        }
        answers.append({key: value for key, value in given.items() if value is not None})
    return answers


def lane_data(item: LaneItemView) -> dict[str, Any]:
    shown = item.model_dump(mode="json", exclude_none=True)
    if item.output:
        shown["output"] = clip(item.output, EARLIER_OUTPUT)
    if item.answer:
        shown["answer"] = clip(item.answer, EARLIER_OUTPUT)
    return shown


def fix_data(fix: FixView, context: TurnContext) -> dict[str, Any]:
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


def flows_data(found: Sequence[FoundFlow]) -> list[dict[str, Any]]:
    """The best flows whole, the others by their title and description."""
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
