"""Telling what a call to a model cost: one row for the account, one line in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog

from domain.pilot import Usage
from domain.vocabulary import PilotProvider
from infra.database.models import LlmCall

logger = structlog.get_logger()


def llm_call_row(
    *,
    account_id: UUID,
    session_id: UUID,
    action: str,
    provider: PilotProvider,
    model: str,
    usage: Usage,
    seconds: float,
    attempt: int,
    turn_id: UUID | None = None,
) -> LlmCall:
    """The row of one call, which is logged as `llm.call`; `seconds` is how long the model took."""
    latency_ms = round(seconds * 1000)
    logger.info(
        "llm.call",
        action=action,
        provider=provider.value,
        model=model,
        attempt=attempt,
        latency_ms=latency_ms,
        **usage.model_dump(),
    )
    return LlmCall(
        id=uuid4(),
        account_id=account_id,
        session_id=session_id,
        turn_id=turn_id,
        action=action,
        provider=provider,
        model=model,
        latency_ms=latency_ms,
        attempt=attempt,
        created_at=datetime.now(UTC),
        **usage.model_dump(),
    )
