"""What we know: the facts of a session."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.problems import documented
from api.schemas.sessions import AddFactBody
from api.session_commands import SessionCommands
from api.session_reads import require_session
from domain.resources import FactResource
from infra.database.resources import fact_resource
from infra.database.rows import read_facts
from workflows.troubleshooting_session.messages import AddFact

router = APIRouter(prefix="/ai-sessions/{session_id}/facts", tags=["facts"])


@router.get(
    "", operation_id="listFacts", summary="Facts, oldest first", responses=documented(401, 403, 404, 422, 503)
)
async def list_facts(session_id: UUID, db: TenantDb, identity: Reader) -> list[FactResource]:
    """All facts that stand, with provenance and whether they can be edited."""
    await require_session(db, session_id)
    return [fact_resource(row) for row in await read_facts(db, session_id)]


@router.post(
    "",
    operation_id="addFact",
    summary="Add a note",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def add_fact(
    session_id: UUID, body: AddFactBody, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> FactResource:
    """Add a statement of the engineer; its source is always `user_note`."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run(
        "add_fact", AddFact, "add_fact", body, text=body.text.strip(), summary=body.summary
    )
    return FactResource.model_validate(stored.result)
