"""What the routes write the audit log with: who, from where, by which request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import IdentityDep
from api.request_origin import Origin, RequestOrigin
from api.security.tokens import Identity
from domain.audit import AuditAction, AuditTarget
from infra.database.audit import write_audit_entry


class AuditTrail:
    """Entries of one request, each in the transaction of the change it tells of."""

    def __init__(self, identity: Identity, origin: RequestOrigin) -> None:
        self._identity = identity
        self._origin = origin

    async def record(
        self,
        db: AsyncSession,
        action: AuditAction,
        target: AuditTarget,
        target_id: object,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Add an entry to the caller's account. `before` and `after` are JSON without secrets."""
        await write_audit_entry(
            db,
            self._identity.account_id,
            action,
            (target, target_id),
            actor_id=self._identity.user_id,
            before=before,
            after=after,
            request_id=self._origin.request_id,
            address=self._origin.address,
        )


def audit_trail(identity: IdentityDep, origin: Origin) -> AuditTrail:
    return AuditTrail(identity, origin)


Audit = Annotated[AuditTrail, Depends(audit_trail)]
