"""The starter library of an account: flows and script templates."""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.flows import ActionNode, DecisionNode, Flow, SolutionNode
from domain.vocabulary import FlowStatus
from infra.database.models import FlowRecord, ScriptTemplate
from infra.seed.flows import DEMO_FLOWS
from infra.seed.scripts import SCRIPT_TEMPLATES


async def seed_knowledge(db: AsyncSession, account_id: UUID) -> None:
    """Add what is missing; what the team has changed stays as it is."""
    for flow in DEMO_FLOWS:
        own = flow.model_copy(update={"id": uuid5(account_id, f"flow/{flow.id}")})
        await db.execute(insert(FlowRecord).values(**flow_row(account_id, own)).on_conflict_do_nothing())
    for template in SCRIPT_TEMPLATES:
        await db.execute(
            insert(ScriptTemplate)
            .values(
                id=uuid5(account_id, f"template/{template.slug}"),
                account_id=account_id,
                **template.model_dump(),
            )
            .on_conflict_do_nothing()
        )


def flow_row(account_id: UUID, flow: Flow) -> dict[str, object]:
    """Columns of a published flow, with the texts that search looks at."""
    return {
        "id": flow.id,
        "account_id": account_id,
        "title": flow.title,
        "description": flow.description,
        "category": flow.category,
        "tags": flow.tags,
        "tags_text": " ".join(flow.tags),
        "steps_text": "\n".join([flow.description, *(_node_text(node) for node in flow.nodes)]),
        "status": FlowStatus.PUBLISHED,
        "version": 1,
        "document": flow.model_dump(mode="json"),
    }


def _node_text(node: DecisionNode | ActionNode | SolutionNode) -> str:
    match node:
        case DecisionNode():
            words = [node.question, *(option.label for option in node.options)]
        case ActionNode():
            words = [node.description]
        case SolutionNode():
            words = [node.description, *node.resolution_steps]
    return "\n".join([node.title, *words])
