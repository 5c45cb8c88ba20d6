"""The demo flows can be walked to every solution, and every answer's words are understood."""

import re
from collections import deque
from itertools import pairwise

import pytest

from domain.flows import ActionNode, DecisionNode, Flow, SolutionNode
from domain.playbook.matching import match_option
from domain.playbook.said import check_labels
from domain.vocabulary import FixStatus
from infra.seed.flows import DEMO_FLOWS
from infra.seed.scripts import SCRIPT_TEMPLATES
from tests.unit.playbook.desk import Desk

SOLUTIONS = [
    pytest.param(flow, node, id=f"{flow.category}: {node.id}")
    for flow in DEMO_FLOWS
    for node in flow.nodes
    if isinstance(node, SolutionNode)
]
DECISIONS = [
    pytest.param(node, id=f"{flow.category}: {node.id}")
    for flow in DEMO_FLOWS
    for node in flow.nodes
    if isinstance(node, DecisionNode)
]


def shortest_path(flow: Flow, goal: str) -> list[str]:
    """Node ids from the root to `goal`, failed solutions included."""
    paths = deque([[flow.root_node_id]])
    seen = {flow.root_node_id}
    while paths:
        path = paths.popleft()
        if path[-1] == goal:
            return path
        node = flow.node(path[-1])
        match node:
            case DecisionNode():
                targets = [option.next_node_id for option in node.options]
            case ActionNode():
                targets = [node.next_node_id]
            case _:
                targets = [node.fallback_node_id] if node.fallback_node_id else []
        for target in targets:
            if target not in seen:
                seen.add(target)
                paths.append([*path, target])
    raise AssertionError(f"{goal} cannot be reached")


@pytest.mark.parametrize(("flow", "solution"), SOLUTIONS)
def test_every_solution_is_reached_by_answering(flow: Flow, solution: SolutionNode) -> None:
    desk = Desk([flow])
    desk.say(flow.title)
    path = shortest_path(flow, solution.id)
    facts = 0
    for node_id, next_id in pairwise(path):
        node = flow.node(node_id)
        assert desk.reply.lane_stated
        match node:
            case DecisionNode():
                assert node.question in desk.open_questions
                option = next(option for option in node.options if option.next_node_id == next_id)
                desk.answer(node.question, option.label)
                facts += option.fact is not None
                assert option.fact is None or option.fact in desk.fact_texts
            case ActionNode():
                labels = [label for label, _, _ in check_labels(node)]
                assert labels == [label for label in labels if label in desk.open_checks]
                desk.answer_all({label: f"State{number} : Fine" for number, label in enumerate(labels)})
            case SolutionNode():
                desk.outcome(FixStatus.APPLIED_FAILED)
                desk.say("It did not help, what now?")
    fix = desk.reply.suggested_fix
    assert fix is not None
    assert fix.title == solution.title
    assert fix.confidence_pct == solution.confidence
    assert fix.script_template_slug == solution.script_template_slug
    assert all(step in fix.description for step in solution.resolution_steps)
    assert len(desk.facts) >= facts


@pytest.mark.parametrize("node", DECISIONS)
def test_every_label_and_keyword_means_its_option(node: DecisionNode) -> None:
    for option in node.options:
        assert match_option(option.label, node.options) == option
        for phrase in option.keywords:
            assert match_option(phrase, node.options) in (option, None), phrase


@pytest.mark.parametrize("flow", DEMO_FLOWS, ids=lambda flow: flow.category)
def test_every_demo_flow_is_deep_enough_to_be_useful(flow: Flow) -> None:
    solutions = [node for node in flow.nodes if isinstance(node, SolutionNode)]
    assert len(flow.nodes) >= 10
    assert len(solutions) >= 3
    assert any(isinstance(node, ActionNode) and node.commands for node in flow.nodes)
    for node in flow.nodes:
        shortest_path(flow, node.id)
        if isinstance(node, DecisionNode):
            assert all(option.fact and option.fact.endswith(".") for option in node.options)
            assert all(3 <= len((option.fact_summary or "").split()) <= 7 for option in node.options), node.id


def test_demo_flows_and_templates_have_identities_of_their_own() -> None:
    assert len({flow.id for flow in DEMO_FLOWS}) == len(DEMO_FLOWS) == 6
    assert len({template.slug for template in SCRIPT_TEMPLATES}) == len(SCRIPT_TEMPLATES) == 2


def test_solutions_only_name_templates_that_are_seeded() -> None:
    named = {
        node.script_template_slug
        for flow in DEMO_FLOWS
        for node in flow.nodes
        if isinstance(node, SolutionNode) and node.script_template_slug
    }
    assert named == {template.slug for template in SCRIPT_TEMPLATES}


@pytest.mark.parametrize("template", SCRIPT_TEMPLATES, ids=lambda template: template.slug)
def test_every_placeholder_of_a_template_is_declared_and_every_parameter_used(template: object) -> None:
    body: str = template.script_body  # type: ignore[attr-defined]
    schema: dict[str, list[dict[str, str]]] = template.parameters_schema  # type: ignore[attr-defined]
    declared = {parameter["key"] for parameter in schema["parameters"]}
    assert set(re.findall(r"{{ (\w+) }}", body)) == declared
    assert body.count("{{") == len(re.findall(r"{{ \w+ }}", body))
