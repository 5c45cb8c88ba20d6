"""Health for people and machines. These routes need no sign-in and tell no content."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from api.dependencies import ServicesDep
from api.schemas.health import Health, Readiness
from api.services import Services
from infra.database.schema import SchemaMismatch
from infra.storage.store import StorageUnavailable

router = APIRouter(tags=["operations"])

PROBE_WITHIN = 3.0


@router.get("/healthz", operation_id="healthz", summary="Is the process alive")
async def healthz() -> Health:
    """Answers as long as the process does."""
    return Health()


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Can requests be served",
    responses={503: {"model": Readiness, "description": "Something is away; `down` names it"}},
)
async def readyz(response: Response, services: ServicesDep) -> Readiness:
    """Names what is away: postgres, temporal, storage."""
    names = ("postgres", "temporal", "storage")
    found = await asyncio.gather(_postgres(services), _temporal(services), _storage(services))
    down = {name: why for name, why in zip(names, found, strict=True) if why is not None}
    if down:
        response.status_code = 503
    return Readiness(status="not_ready" if down else "ready", down=down)


@router.get("/metrics", operation_id="metrics", summary="Prometheus metrics", include_in_schema=False)
async def metrics() -> Response:
    """Counters of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _postgres(services: Services) -> str | None:
    try:
        async with asyncio.timeout(PROBE_WITHIN), services.database.without_tenant() as db:
            await db.execute(text("SELECT 1"))
    except SchemaMismatch as mismatch:
        return mismatch.detail
    except Exception as error:
        return f"no answer ({type(error).__name__})"
    return None


async def _temporal(services: Services) -> str | None:
    try:
        async with asyncio.timeout(PROBE_WITHIN):
            await services.temporal.service_client.check_health(timeout=timedelta(seconds=PROBE_WITHIN))
    except Exception as error:
        return f"no answer ({type(error).__name__})"
    return None


async def _storage(services: Services) -> str | None:
    try:
        async with asyncio.timeout(PROBE_WITHIN):
            await services.storage.check()
    except StorageUnavailable as unavailable:
        return str(unavailable)
    except Exception as error:
        return f"no answer ({type(error).__name__})"
    return None
