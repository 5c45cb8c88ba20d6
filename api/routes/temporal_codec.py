"""Decoding Temporal's payloads for super admins: in Temporal's own UI, and for its command line."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, Cookie, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from sqlalchemy import select
from temporalio.api.common.v1 import Payload

from api.audit_trail import Audit
from api.codec_cors import CODEC_COOKIE, CODEC_PATH
from api.dependencies import BEARER, Operator, Requires, ServicesDep, identity
from api.problems import ApiProblem, documented
from api.schemas.temporal_codec import CodecAccess, EncodedPayload, Payloads
from api.security.signed_tokens import TokenRejected
from api.services import Services
from domain.audit import AuditAction, AuditTarget
from domain.permissions import Permission
from infra.database.models import LoginSession, User
from infra.temporal.decoding import decode_for_people

logger = structlog.get_logger()

router = APIRouter(prefix="/temporal/codec", tags=["operations"])


async def reader(
    request: Request,
    services: ServicesDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    cookie: Annotated[str | None, Cookie(alias=CODEC_COOKIE, include_in_schema=False)] = None,
) -> UUID:
    """Who wants payloads decoded: a super admin with an access token, or with the cookie from Temporal's UI."""
    if bearer is None and cookie is not None:
        if request.headers.get("origin") != services.settings.temporal_ui_origin:
            raise ApiProblem(
                403,
                "codec_origin_refused",
                "The sign-in for Temporal's UI counts for requests from there only.",
            )
        try:
            user_id, login_session_id = services.codec_tokens.read(cookie)
        except TokenRejected:
            raise _access_ended() from None
        if not await _goes_on(services, user_id, login_session_id):
            raise _access_ended()
    else:
        user_id = Requires(Permission.OPERATE)(await identity(services, bearer)).user_id
    await _require_super_admin(services, user_id)
    return user_id


@router.post(
    "/access",
    operation_id="openCodec",
    summary="Let this browser read histories in Temporal's UI",
    responses=documented(401, 403, 503),
)
async def open_codec(
    response: Response, services: ServicesDep, operator: Operator, audit: Audit
) -> CodecAccess:
    """Sets a cookie that counts for an hour, for decoding alone, and from Temporal's UI alone."""
    await _require_super_admin(services, operator.user_id)
    async with services.database.admin() as db:
        await audit.record(db, AuditAction.CODEC_OPENED, AuditTarget.USER, operator.user_id)
    token, expires = services.codec_tokens.issue(operator.user_id, operator.login_session_id)
    settings = services.settings
    secure = settings.public_url.startswith("https://")
    # A UI of another site gets the cookie too; what keeps other sites out is the origin, checked above.
    same_site = not secure or _belong_together(settings.public_url, settings.temporal_ui_origin)
    response.set_cookie(
        CODEC_COOKIE,
        token,
        expires=expires,
        path=CODEC_PATH,
        httponly=True,
        secure=secure,
        samesite="strict" if same_site else "none",
    )
    logger.info("codec.opened", user_id=str(operator.user_id))
    return CodecAccess(temporal_ui_url=settings.temporal_ui_origin, expires_at=expires)


@router.post(
    "/decode",
    operation_id="decodePayloads",
    summary="Decode payloads of Temporal",
    responses=documented(400, 401, 403, 413, 422, 503),
)
async def decode_payloads(
    body: Payloads, services: ServicesDep, user_id: Annotated[UUID, Depends(reader)]
) -> Payloads:
    """One payload for each, in order. In place of one that cannot be read comes a sentence that says why."""
    try:
        sent = [ParseDict(one.model_dump(), Payload()) for one in body.payloads]
    except ParseError:
        raise ApiProblem(422, "payload_malformed", "A value of a payload is not base64.") from None
    decoded, unread = await decode_for_people(services.codec, sent)
    logger.info("codec.decoded", user_id=str(user_id), payloads=len(decoded), unread=unread)
    return Payloads(payloads=[EncodedPayload(**MessageToDict(one)) for one in decoded])


def _access_ended() -> ApiProblem:
    return ApiProblem(
        401, "codec_access_ended", "Open the Temporal UI from ResolutionFlow again: this access has ended."
    )


async def _goes_on(services: Services, user_id: UUID, login_session_id: UUID) -> bool:
    """Whether the sign-in that the cookie was given to has not ended: whoever is signed out decodes nothing more."""
    async with services.database.admin() as db:
        found = await db.execute(
            select(LoginSession.id).where(
                LoginSession.id == login_session_id,
                LoginSession.user_id == user_id,
                LoginSession.ended_at.is_(None),
            )
        )
        return found.first() is not None


async def _require_super_admin(services: Services, user_id: UUID) -> None:
    """Tokens outlive what they say of a user, and this opens what belongs to every account."""
    async with services.database.admin() as db:
        user = await db.get(User, user_id)
    if user is None or not user.is_active or not user.is_super_admin:
        raise ApiProblem(403, "permission_denied", "Only a super admin may read Temporal's payloads.")


def _belong_together(one_url: str, other_url: str) -> bool:
    one, other = (urlsplit(url).hostname or "" for url in (one_url, other_url))
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
