"""Suggested fixes: applying one, its script, whether it worked, and setting it aside."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.problems import documented, not_found
from api.schemas.fixes import AttachScriptBody, DecisionAnswer, DecisionBody, OutcomeBody
from api.session_commands import SessionCommands
from api.session_reads import require_session
from domain.redaction import redact_parameters
from domain.resources import FixResource
from domain.vocabulary import FixDecision
from infra.database.models import Fix
from infra.database.resources import read_fix_resource
from infra.database.rows import find_active_fix, read_fixes
from workflows.troubleshooting_session.messages import (
    AttachScript,
    FixApplied,
    FixCommand,
    FixDecisionClick,
    FixOutcomeClick,
)

router = APIRouter(prefix="/ai-sessions/{session_id}/suggested-fixes", tags=["fixes"])


@router.get(
    "",
    operation_id="listFixes",
    summary="Every fix of the session, newest first",
    responses=documented(401, 403, 404, 422, 503),
)
async def list_fixes(session_id: UUID, db: TenantDb, identity: Reader) -> list[FixResource]:
    """The history: active, superseded and dismissed ones with their outcomes."""
    await require_session(db, session_id)
    return [await read_fix_resource(db, row) for row in reversed(await read_fixes(db, session_id))]


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
    """Worked, did not work, partly (with notes), or dismissed.

    A superseded fix takes an outcome when it had been run; the active fix is not touched by it.
    """
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


@router.post(
    "/{fix_id}/decision",
    operation_id="decideFix",
    summary="Take a script path",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def decide(
    session_id: UUID,
    fix_id: UUID,
    body: DecisionBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> DecisionAnswer:
    """Run the script once, run it and review it as a template later, build a template, or dismiss the fix.

    `one_off` and `draft_template` declare the run; they need a script, drafted or sent along. `build_template` changes
    nothing and tells where to go. The script is answered as it stands: `parameters_used` are recorded with the fix
    (secrets redacted), not put into it.
    """
    commands = SessionCommands(services, identity, session_id, key)
    if body.parameters_used is not None:
        # Before it goes anywhere: neither a history nor the hash of the request may know a secret.
        body = body.model_copy(update={"parameters_used": redact_parameters(body.parameters_used)})
    name = f"fix_decision/{fix_id}"
    if body.decision is FixDecision.BUILD_TEMPLATE:
        await commands.stored_answer(name, body)
        async with services.database.tenant(identity.account_id) as db:
            fix = await db.get(Fix, fix_id)
        if fix is None or fix.session_id != session_id:
            raise not_found("fix", "fix_not_found")
        return DecisionAnswer(
            user_decision=body.decision, redirect_path=f"/scripts/builder?session={session_id}&fix={fix_id}"
        )
    stored = await commands.run(
        "fix_decision",
        FixDecisionClick,
        name,
        body,
        fix_id=fix_id,
        decision=body.decision,
        edited_script=body.edited_script,
        parameters_used=body.parameters_used,
    )
    return DecisionAnswer.model_validate(stored.result)


@router.patch(
    "/{fix_id}/script",
    operation_id="attachScript",
    summary="Give the fix a script",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
async def attach_script(
    session_id: UUID,
    fix_id: UUID,
    body: AttachScriptBody,
    services: ServicesDep,
    identity: Worker,
    key: IdempotencyKey = None,
) -> FixResource:
    """Attach a script in place of one it had. Declares no run."""
    commands = SessionCommands(services, identity, session_id, key)
    if body.ai_drafted_parameters is not None:
        body = body.model_copy(
            update={"ai_drafted_parameters": redact_parameters(body.ai_drafted_parameters)}
        )
    stored = await commands.run(
        "fix_script",
        AttachScript,
        f"fix_script/{fix_id}",
        body,
        fix_id=fix_id,
        script=body.ai_drafted_script,
        parameters=body.ai_drafted_parameters,
    )
    return FixResource.model_validate(stored.result)


@router.delete(
    "/{fix_id}/ai-outcome-proposal",
    operation_id="clearOutcomeProposal",
    summary="Not yet: forget the outcome that the pilot proposed",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def clear_outcome_proposal(
    session_id: UUID, fix_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> FixResource:
    """Clear the proposal for good. Idempotent; `state_version` stays."""
    return await _command(
        SessionCommands(services, identity, session_id, key), "clear_outcome_proposal", fix_id
    )


@router.post(
    "/{fix_id}/resume",
    operation_id="resumeFix",
    summary="Finish a partial fix",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def resume_fix(
    session_id: UUID, fix_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> FixResource:
    """Run the rest: the fix is verifying again from now, its notes kept. A conflict unless it is partial."""
    return await _command(SessionCommands(services, identity, session_id, key), "resume_fix", fix_id)


@router.post(
    "/{fix_id}/restore",
    operation_id="restoreFix",
    summary="Take a dismissal back",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def restore_fix(
    session_id: UUID, fix_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> FixResource:
    """Bring a dismissed fix back with the status it had. A conflict while another fix is active."""
    return await _command(SessionCommands(services, identity, session_id, key), "restore_fix", fix_id)


@router.post(
    "/{fix_id}/still-checking",
    operation_id="silenceNudge",
    summary="Still checking: no reminder for three more messages",
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def still_checking(
    session_id: UUID, fix_id: UUID, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> FixResource:
    """Silence the reminder of the missing outcome. A conflict unless the fix is verifying; `state_version` stays."""
    return await _command(SessionCommands(services, identity, session_id, key), "silence_nudge", fix_id)


async def _command(commands: SessionCommands, update: str, fix_id: UUID) -> FixResource:
    stored = await commands.run(update, FixCommand, f"{update}/{fix_id}", None, fix_id=fix_id)
    return FixResource.model_validate(stored.result)
