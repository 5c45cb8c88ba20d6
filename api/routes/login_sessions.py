"""The sign-ins of whoever asks: where they are signed in, and ending that."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from api.audit_trail import Audit
from api.dependencies import IdentityDep, ServicesDep
from api.login_sessions import end_login_sessions, list_login_sessions
from api.problems import documented, not_found
from api.schemas.login_sessions import EndedAnswer, LoginSessionsAnswer
from domain.audit import AuditAction, AuditTarget
from infra.database.models import LoginSession

router = APIRouter(prefix="/auth/sessions", tags=["auth"])


@router.get(
    "", operation_id="listLoginSessions", summary="Where you are signed in", responses=documented(401, 503)
)
async def get_login_sessions(services: ServicesDep, identity: IdentityDep) -> LoginSessionsAnswer:
    """Your sign-ins that still count, the one last used first."""
    async with services.database.admin() as db:
        items = await list_login_sessions(db, identity.user_id, identity.login_session_id)
    return LoginSessionsAnswer(items=items)


@router.post(
    "/end-others",
    operation_id="endOtherLoginSessions",
    summary="Sign out everywhere else",
    responses=documented(401, 503),
)
async def end_others(services: ServicesDep, identity: IdentityDep, audit: Audit) -> EndedAnswer:
    """End all your sign-ins but the one that asks. The others are out within a minute."""
    async with services.database.admin() as db:
        ended = await end_login_sessions(
            db, LoginSession.user_id == identity.user_id, LoginSession.id != identity.login_session_id
        )
        await audit.record(
            db,
            AuditAction.OTHER_LOGIN_SESSIONS_ENDED,
            AuditTarget.USER,
            identity.user_id,
            after={"ended": len(ended)},
        )
    services.standing.forget()
    return EndedAnswer(ended=len(ended))


@router.delete(
    "/{login_session_id}",
    operation_id="endLoginSession",
    summary="Sign out there",
    status_code=204,
    responses=documented(401, 404, 422, 503),
)
async def end_one(
    login_session_id: UUID, services: ServicesDep, identity: IdentityDep, audit: Audit
) -> Response:
    """End one of your sign-ins. Its page is out within a minute."""
    async with services.database.admin() as db:
        ended = await end_login_sessions(
            db, LoginSession.id == login_session_id, LoginSession.user_id == identity.user_id
        )
        if not ended:
            raise not_found("sign-in", "login_session_not_found")
        await audit.record(db, AuditAction.LOGIN_SESSION_ENDED, AuditTarget.LOGIN_SESSION, login_session_id)
    services.standing.forget()
    return Response(status_code=204)
