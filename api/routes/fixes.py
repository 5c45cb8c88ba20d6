"""The suggested fix: applying it and saying whether it worked."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.problems import documented, not_found
from api.schemas.sessions import OutcomeBody
from api.session_commands import SessionCommands
from api.session_reads import require_session
from domain.resources import FixResource
from infra.database.resources import read_fix_resource
from infra.database.rows import find_active_fix
from workflows.troubleshooting_session.messages import FixApplied, FixOutcomeClick

router = APIRouter(prefix="/ai-sessions/{session_id}/suggested-fixes", tags=["fixes"])


@router.get(
    "/active",
    operation_id="getActiveFix",
    summary="The active fix",
    responses=documented(401, 403, 404, 422, 503),
)
async def active_fix(session_id: UUID, db: TenantDb, identity: Reader) -> FixResource:
    """The fix that is neither superseded nor dismissed. 404 when there is none."""
    await require_session(db, session_id)
    row = await find_active_fix(db, session_id)
    if row is None:
        raise not_found("fix: the pilot has proposed none yet", "no_active_fix")
    return await read_fix_resource(db, row)


@router.post(
    "/{fix_id}/apply",
    operation_id="applyFix",
    summary="Declare that the fix was run",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def apply_fix(
    session_id: UUID, fix_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> FixResource:
    """Stamp the run. Idempotent; a conflict unless the fix is still proposed."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run("fix_applied", FixApplied, f"fix_applied/{fix_id}", None, fix_id=fix_id)
    return FixResource.model_validate(stored.result)


@router.patch(
    "/{fix_id}/outcome",
    operation_id="setFixOutcome",
    summary="Say whether the fix worked",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def set_outcome(
    session_id: UUID,
    fix_id: UUID,
    body: OutcomeBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> FixResource:
    """Worked, did not work, partly (with notes), or dismissed."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run(
        "fix_outcome",
        FixOutcomeClick,
        f"fix_outcome/{fix_id}",
        body,
        fix_id=fix_id,
        outcome=body.outcome,
        notes=body.notes,
    )
    return FixResource.model_validate(stored.result)
