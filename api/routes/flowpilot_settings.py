"""How the account puts notes on tickets: read by everyone who works, set by administrators."""

from __future__ import annotations

from uuid import uuid4

import structlog
from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit_trail import Audit
from api.dependencies import Administrator, Reader, TenantDb
from api.problems import documented
from api.schemas.flowpilot_settings import FlowpilotSettingsAnswer, FlowpilotSettingsBody
from domain.audit import AuditAction, AuditTarget
from infra.database.models import FlowpilotSettings

logger = structlog.get_logger()

router = APIRouter(prefix="/integrations/psa/flowpilot-settings", tags=["psa"])


@router.get(
    "",
    operation_id="getFlowpilotSettings",
    summary="FlowPilot settings",
    responses=documented(401, 403, 503),
)
async def get_flowpilot_settings(db: TenantDb, identity: Reader) -> FlowpilotSettingsAnswer:
    """The settings of the account; the defaults while nobody has set anything."""
    return await _read(db)


@router.put(
    "",
    operation_id="putFlowpilotSettings",
    summary="Change the FlowPilot settings",
    responses=documented(400, 401, 403, 413, 422, 503),
)
async def put_flowpilot_settings(
    body: FlowpilotSettingsBody, db: TenantDb, identity: Administrator, audit: Audit
) -> FlowpilotSettingsAnswer:
    """Set all of them. They hold for what is confirmed from now on; a note on its way goes on as it was begun."""
    values = body.model_dump(exclude={"status_map", "is_default"}) | {
        "status_map": body.model_dump(mode="json", include={"status_map"}, exclude_none=True)["status_map"]
    }
    before = await _read(db)
    await db.execute(
        insert(FlowpilotSettings)
        .values(id=uuid4(), account_id=identity.account_id, **values)
        .on_conflict_do_update(index_elements=["account_id"], set_=values)
    )
    logger.info("settings.changed", account_id=str(identity.account_id), user_id=str(identity.user_id))
    after = await _read(db)
    await audit.record(
        db,
        AuditAction.SETTINGS_CHANGED,
        AuditTarget.SETTINGS,
        "flowpilot",
        before=before.model_dump(mode="json"),
        after=after.model_dump(mode="json"),
    )
    return after


async def _read(db: AsyncSession) -> FlowpilotSettingsAnswer:
    row = (await db.execute(select(FlowpilotSettings))).scalar_one_or_none()
    if row is None:
        return FlowpilotSettingsAnswer(is_default=True)
    return FlowpilotSettingsAnswer.model_validate(row)
