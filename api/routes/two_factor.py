"""Two-factor authentication of whoever asks: setting it up, renewing the recovery codes, switching it off."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pyotp
import segno
from fastapi import APIRouter
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from api.audit_trail import Audit
from api.dependencies import IdentityDep, ServicesDep
from api.problems import ApiProblem, documented
from api.rate_limiting import Guess, guess
from api.request_origin import Origin, RequestOrigin
from api.schemas.two_factor import (
    ConfirmBody,
    EnrolAnswer,
    EnrolBody,
    ProofBody,
    RecoveryCodesAnswer,
    TwoFactorAnswer,
)
from api.security.tokens import Identity
from api.services import Services
from api.sign_in import wrong_code
from api.two_factor import (
    Proof,
    matching_step,
    new_recovery_codes,
    prove,
    read_second_factor,
    recovery_codes_left,
    remove_second_factor,
    replace_recovery_codes,
    spend,
)
from domain.audit import AuditAction, AuditTarget
from infra.database.models import TwoFactor, User
from infra.passwords import password_matches

router = APIRouter(prefix="/auth/two-factor", tags=["auth"])

ISSUER = "ResolutionFlow"


@router.get("", operation_id="getTwoFactor", summary="Your second factor", responses=documented(401, 503))
async def get_two_factor(services: ServicesDep, identity: IdentityDep) -> TwoFactorAnswer:
    """Whether a code is asked for when you sign in, and how many recovery codes are left."""
    async with services.database.admin() as db:
        enabled = await read_second_factor(db, identity.user_id) is not None
        left = await recovery_codes_left(db, identity.user_id) if enabled else 0
    return TwoFactorAnswer(enabled=enabled, recovery_codes_left=left)


@router.post(
    "/enrol",
    operation_id="enrolTwoFactor",
    summary="Begin to set up two-factor authentication",
    responses=documented(400, 401, 403, 409, 413, 422, 429, 503),
)
async def enrol(
    body: EnrolBody, services: ServicesDep, identity: IdentityDep, origin: Origin, audit: Audit
) -> EnrolAnswer:
    """A new secret for an authenticator app. It counts once a code of the app has confirmed it."""
    user = await _with_password(services, identity, origin, body.password)
    secret = pyotp.random_base32()
    sealed = services.two_factor_box.seal({"secret": secret})
    async with services.database.admin() as db:
        # Begun again before it was confirmed: the newer secret counts.
        stored = await db.execute(
            insert(TwoFactor)
            .values(user_id=user.id, account_id=user.account_id, secret=sealed)
            .on_conflict_do_update(
                index_elements=[TwoFactor.user_id],
                set_={"secret": sealed, "last_step": 0},
                where=TwoFactor.confirmed_at.is_(None),
            )
            .returning(TwoFactor.user_id)
        )
        if stored.first() is None:
            raise ApiProblem(409, "two_factor_on", "Two-factor authentication is on already.")
        await audit.record(db, AuditAction.TWO_FACTOR_ENROLLED, AuditTarget.USER, user.id)
    url = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return EnrolAnswer(secret=secret, otpauth_url=url, qr_svg=_picture(url))


@router.post(
    "/confirm",
    operation_id="confirmTwoFactor",
    summary="Switch two-factor authentication on",
    responses=documented(400, 401, 403, 409, 413, 422, 429, 503),
)
async def confirm(
    body: ConfirmBody, services: ServicesDep, identity: IdentityDep, origin: Origin, audit: Audit
) -> RecoveryCodesAnswer:
    """The first code of the app proves that it works. Answers ten recovery codes, which are told only here."""
    async with services.database.admin() as db:
        factor = await db.get(TwoFactor, identity.user_id)
    if factor is None or factor.confirmed_at is not None:
        raise ApiProblem(
            409,
            "two_factor_not_begun",
            "There is nothing to confirm. Begin to set up two-factor authentication first.",
        )
    secret = services.two_factor_box.open(factor.secret)["secret"]
    async with guess(services, origin, Guess.CODE, str(identity.user_id)):
        step = matching_step(secret, body.code.get_secret_value(), datetime.now(UTC))
        if step is None:
            raise wrong_code(403)
    codes = await new_recovery_codes()
    async with services.database.admin() as db:
        row = (
            await db.execute(
                select(TwoFactor)
                .where(TwoFactor.user_id == identity.user_id, TwoFactor.confirmed_at.is_(None))
                .with_for_update()
            )
        ).scalar_one_or_none()
        if row is None or row.secret != factor.secret:
            raise ApiProblem(409, "two_factor_not_begun", "This was set up anew meanwhile. Begin again.")
        row.confirmed_at, row.last_step = datetime.now(UTC), step
        told = await replace_recovery_codes(db, identity.account_id, identity.user_id, codes)
        await audit.record(db, AuditAction.TWO_FACTOR_CONFIRMED, AuditTarget.USER, identity.user_id)
    return RecoveryCodesAnswer(recovery_codes=told)


@router.post(
    "/recovery-codes",
    operation_id="renewRecoveryCodes",
    summary="Get new recovery codes",
    responses=documented(400, 401, 403, 409, 413, 422, 429, 503),
)
async def renew_recovery_codes(
    body: ProofBody, services: ServicesDep, identity: IdentityDep, origin: Origin, audit: Audit
) -> RecoveryCodesAnswer:
    """Ten new codes; the earlier ones let nobody in any more. Needs password and a code."""
    proof = await _proven(services, identity, origin, body)
    codes = await new_recovery_codes()
    async with services.database.admin() as db:
        if not await spend(db, identity.user_id, proof):
            raise wrong_code(403)
        told = await replace_recovery_codes(db, identity.account_id, identity.user_id, codes)
        await audit.record(db, AuditAction.RECOVERY_CODES_RENEWED, AuditTarget.USER, identity.user_id)
    return RecoveryCodesAnswer(recovery_codes=told)


@router.post(
    "/disable",
    operation_id="disableTwoFactor",
    summary="Switch two-factor authentication off",
    status_code=204,
    responses=documented(400, 401, 403, 409, 413, 422, 429, 503),
)
async def disable(
    body: ProofBody, services: ServicesDep, identity: IdentityDep, origin: Origin, audit: Audit
) -> None:
    """Needs password and a code: whoever finds an open page cannot do it."""
    proof = await _proven(services, identity, origin, body)
    async with services.database.admin() as db:
        if not await spend(db, identity.user_id, proof):
            raise wrong_code(403)
        await remove_second_factor(db, identity.user_id)
        await audit.record(db, AuditAction.TWO_FACTOR_DISABLED, AuditTarget.USER, identity.user_id)


async def _with_password(
    services: Services, identity: Identity, origin: RequestOrigin, password: SecretStr
) -> User:
    """The user, once they have given their password. A wrong one is 403: the sign-in itself is fine."""
    async with services.database.admin() as db:
        user = await db.get_one(User, identity.user_id)
    async with guess(services, origin, Guess.PASSWORD, user.email):
        if not await password_matches(password.get_secret_value(), user.password_hash):
            raise ApiProblem(403, "password_wrong", "This is not your password.")
    return user


async def _proven(services: Services, identity: Identity, origin: RequestOrigin, body: ProofBody) -> Proof:
    await _with_password(services, identity, origin, body.password)
    async with services.database.admin() as db:
        factor = await read_second_factor(db, identity.user_id)
    if factor is None:
        raise ApiProblem(409, "two_factor_off", "Two-factor authentication is off.")
    async with guess(services, origin, Guess.CODE, str(identity.user_id)):
        proof = await prove(factor, services.two_factor_box, body.code.get_secret_value())
        if proof is None:
            raise wrong_code(403)
    return proof


def _picture(url: str) -> str:
    """The address as an SVG document of its own, which a page can show as an image."""
    drawn = BytesIO()
    segno.make(url, error="m").save(drawn, kind="svg", xmldecl=False, scale=5, border=2, light="white")
    return drawn.getvalue().decode()
