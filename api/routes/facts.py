"""What we know: the facts of a session."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.problems import documented
from api.rate_limiting import take_turn
from api.schemas.facts import AddFactBody, EditFactBody, PromoteFactBody
from api.session_commands import SessionCommands
from api.session_reads import require_session
from domain.resources import FactResource
from infra.database.resources import fact_resource
from infra.database.rows import read_deleted_facts, read_facts
from workflows.troubleshooting_session.messages import AddFact, EditFact, FactCommand, PromoteFact

router = APIRouter(prefix="/ai-sessions/{session_id}/facts", tags=["facts"])


@router.get(
    "", operation_id="listFacts", summary="Facts, oldest first", responses=documented(401, 403, 404, 422, 503)
)
async def list_facts(
    session_id: UUID,
    db: TenantDb,
    identity: Reader,
    deleted: Annotated[
        bool, Query(description="The deleted ones instead: what can be restored, last deleted first.")
    ] = False,
) -> list[FactResource]:
    """All facts that stand, with provenance and whether they can be edited."""
    await require_session(db, session_id)
    rows = await (read_deleted_facts if deleted else read_facts)(db, session_id)
    return [fact_resource(row) for row in rows]


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


@router.post(
    "/promote",
    operation_id="promoteFact",
    summary="Turn an answer or a result into a fact",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
async def promote_fact(
    session_id: UUID,
    body: PromoteFactBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> FactResource:
    """Store `proposed_text` as it is, or one statement made of `raw_input`.

    `raw_input` is put as a fact by the model, or by rule where there is none. 422 `nothing_substantive` for "I don't
    know", a question back, an empty or failed output. The fact carries the item in `source_ref`, which must be of the
    same kind, and the message that answered it.
    """
    if body.raw_input is not None:
        await take_turn(services, identity)
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run(
        "promote_fact",
        PromoteFact,
        "promote_fact",
        body,
        source_type=body.source_type,
        source_ref=body.source_ref,
        text=body.proposed_text,
        raw_input=body.raw_input,
        summary=body.proposed_summary,
    )
    return FactResource.model_validate(stored.result)


@router.patch(
    "/{fact_id}",
    operation_id="editFact",
    summary="Correct a fact",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def edit_fact(
    session_id: UUID,
    fact_id: UUID,
    body: EditFactBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> FactResource:
    """Change the text or the summary. Refused (403) for a fact from a question or a check: answer that again."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run(
        "edit_fact",
        EditFact,
        f"edit_fact/{fact_id}",
        body,
        fact_id=fact_id,
        text=body.text,
        summary=body.summary,
    )
    return FactResource.model_validate(stored.result)


@router.delete(
    "/{fact_id}",
    operation_id="deleteFact",
    summary="Delete a fact",
    status_code=204,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def delete_fact(
    session_id: UUID, fact_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> None:
    """Take a fact of any source out of what we know. It can be restored."""
    commands = SessionCommands(services, identity, session_id, key)
    await commands.run("delete_fact", FactCommand, f"delete_fact/{fact_id}", None, fact_id=fact_id)


@router.post(
    "/{fact_id}/restore",
    operation_id="restoreFact",
    summary="Take a deletion back",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def restore_fact(
    session_id: UUID, fact_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> FactResource:
    """The fact stands again. A conflict when it is not deleted, or when an equal fact stands by now."""
    commands = SessionCommands(services, identity, session_id, key)
    stored = await commands.run("restore_fact", FactCommand, f"restore_fact/{fact_id}", None, fact_id=fact_id)
    return FactResource.model_validate(stored.result)
