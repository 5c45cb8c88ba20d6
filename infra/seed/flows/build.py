"""Short forms for writing a flow down as data."""

from domain.flows import ActionNode, DecisionNode, FlowCommand, FlowOption, SolutionNode
from domain.vocabulary import ScriptLanguage


def answer(
    label: str,
    goes_to: str,
    *keywords: str,
    fact: str | None = None,
    means: str | None = None,
) -> FlowOption:
    """An option; its id is made of its label. `means` is the summary of the fact: what it rules in or out."""
    slug = "-".join("".join(one if one.isascii() and one.isalnum() else " " for one in label.lower()).split())
    return FlowOption(
        id=slug[:80].rstrip("-"),
        label=label,
        next_node_id=goes_to,
        keywords=list(keywords),
        fact=fact,
        fact_summary=means,
    )


def ask(
    node_id: str, title: str, question: str, *options: FlowOption, hint: str | None = None
) -> DecisionNode:
    return DecisionNode(id=node_id, title=title, question=question, help_text=hint, options=list(options))


def run(
    node_id: str,
    title: str,
    description: str,
    *commands: FlowCommand,
    expect: str | None = None,
    then: str,
) -> ActionNode:
    return ActionNode(
        id=node_id,
        title=title,
        description=description,
        commands=list(commands),
        expected_outcome=expect,
        next_node_id=then,
    )


def powershell(code: str, label: str | None = None) -> FlowCommand:
    return FlowCommand(code=code, label=label, language=ScriptLanguage.POWERSHELL)


def solve(
    node_id: str,
    title: str,
    description: str,
    *steps: str,
    confidence: int,
    script: str | None = None,
    otherwise: str | None = None,
) -> SolutionNode:
    """`script` is the slug of a script template, `otherwise` the node to go on with when it did not help."""
    return SolutionNode(
        id=node_id,
        title=title,
        description=description,
        resolution_steps=list(steps),
        script_template_slug=script,
        confidence=confidence,
        fallback_node_id=otherwise,
    )
