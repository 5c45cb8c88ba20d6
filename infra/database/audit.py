"""Writing the audit log: an entry is part of the transaction that it tells of."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.audit import AuditAction, AuditTarget
from infra.database.models import AuditEntry

_EFFECTS = UUID("7c1d0b8e-52f4-4d0a-9a4e-2f5f7b6f0c11")


async def write_audit_entry(
    db: AsyncSession,
    account_id: UUID,
    action: AuditAction,
    target: tuple[AuditTarget, object],
    *,
    actor_id: UUID | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request_id: str | None = None,
    address: str | None = None,
    effect: str | None = None,
) -> None:
    """Add an entry. `before` and `after` are JSON and hold no secrets.

    `effect` names what happened outside: steps that may run twice write its entry once.
    """
    kind, target_id = target
    entry = {
        "id": uuid5(_EFFECTS, f"{action}/{effect}") if effect is not None else uuid4(),
        "account_id": account_id,
        "actor_id": actor_id,
        "action": action.value,
        "target_type": kind.value,
        "target_id": str(target_id),
        "before": before,
        "after": after,
        "request_id": request_id,
        "address": address,
    }
    await db.execute(insert(AuditEntry).values(entry).on_conflict_do_nothing(index_elements=[AuditEntry.id]))
