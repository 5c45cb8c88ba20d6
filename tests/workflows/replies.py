"""Replies as a model writes them: prose and blocks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.markers import BlockName, render_block


def questions(*texts: str) -> str:
    return render_block(BlockName.QUESTIONS, [{"text": text} for text in texts])


def actions(*labels: str) -> str:
    return render_block(BlockName.ACTIONS, [{"label": label} for label in labels])


def promote(text: str, source_ref: UUID | None = None, source: str = "question") -> str:
    return render_block(
        BlockName.PROMOTE,
        [{"text": text, "source_type": source, "source_ref": str(source_ref) if source_ref else None}],
    )


def suggest(title: str, description: str = "Do it.", confidence: float = 80, **more: Any) -> str:
    return render_block(
        BlockName.SUGGEST_FIX,
        {"title": title, "description": description, "confidence": confidence, **more},
    )


def propose_outcome(fix_id: UUID, outcome: str, reason: str = "the engineer said so") -> str:
    return render_block(BlockName.FIX_OUTCOME, {"fix_id": str(fix_id), "outcome": outcome, "reason": reason})


def nested(depth: int) -> dict[str, Any]:
    """An object in an object, so often."""
    made: dict[str, Any] = {"in": None}
    for _ in range(depth - 1):
        made = {"in": made}
    return made
