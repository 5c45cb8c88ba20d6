"""Troubleshooting flows: the team's decision trees, as the playbook pilot walks them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domain.hidden_text import visible_text
from domain.vocabulary import ScriptLanguage

NodeId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Sentence = Annotated[str, AfterValidator(visible_text)]
"""Without what is hidden, as a reply keeps it: an answer is found again by the text that asked for it."""


class FlowCommand(BaseModel):
    """One command of an action; `code` is shown and copied exactly as written."""

    model_config = ConfigDict(frozen=True)

    code: str
    label: Sentence | None = None
    language: ScriptLanguage = ScriptLanguage.POWERSHELL


class FlowOption(BaseModel):
    """An answer to a decision. `fact` is the statement that this answer confirms, if it confirms one."""

    model_config = ConfigDict(frozen=True)

    id: NodeId
    label: Sentence
    next_node_id: NodeId
    keywords: list[Sentence] = Field(default_factory=list)
    fact: Sentence | None = None
    fact_summary: Sentence | None = None


class DecisionNode(BaseModel):
    model_config = ConfigDict(frozen=True)

    kind: Literal["decision"] = "decision"
    id: NodeId
    title: Sentence
    question: Sentence
    help_text: Sentence | None = None
    options: list[FlowOption] = Field(min_length=2)


class ActionNode(BaseModel):
    model_config = ConfigDict(frozen=True)

    kind: Literal["action"] = "action"
    id: NodeId
    title: Sentence
    description: Sentence
    commands: list[FlowCommand] = Field(default_factory=list)
    expected_outcome: Sentence | None = None
    next_node_id: NodeId


class SolutionNode(BaseModel):
    """A leaf: what resolves the problem, proposed as the fix with `confidence` per cent."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["solution"] = "solution"
    id: NodeId
    title: Sentence
    description: Sentence
    resolution_steps: list[Sentence]
    script_template_slug: str | None = None
    confidence: int = Field(ge=0, le=100)
    fallback_node_id: NodeId | None = None
    """Where to go on when the engineer says that the solution did not help."""


FlowNode = Annotated[DecisionNode | ActionNode | SolutionNode, Field(discriminator="kind")]


class Flow(BaseModel):
    """A decision tree with its root and nodes; every reference is checked when it is built."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    title: Sentence
    description: Sentence
    tags: list[Sentence] = Field(default_factory=list)
    category: Sentence
    root_node_id: NodeId
    nodes: list[FlowNode]

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        ids = [node.id for node in self.nodes]
        problems = [f"node id {one!r} is used twice" for one in sorted({i for i in ids if ids.count(i) > 1})]
        targets = [("root_node_id", self.root_node_id)]
        for node in self.nodes:
            match node:
                case DecisionNode():
                    targets += [
                        (f"{node.id}.options.{option.id}", option.next_node_id) for option in node.options
                    ]
                case ActionNode():
                    targets.append((f"{node.id}.next_node_id", node.next_node_id))
                case SolutionNode(fallback_node_id=str(fallback)):
                    targets.append((f"{node.id}.fallback_node_id", fallback))
                case _:
                    pass
        problems += [
            f"{where} points to {target!r}, which does not exist"
            for where, target in targets
            if target not in ids
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def node(self, node_id: str) -> DecisionNode | ActionNode | SolutionNode:
        """The node of that id. Raises KeyError when there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)
