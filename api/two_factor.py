"""Checking second factors, and keeping what they are checked against."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.models import RecoveryCode, TwoFactor
from infra.passwords import hash_drawn_codes, password_matches
from infra.secret_box import SecretBox

STEP_SECONDS = 30
RECOVERY_CODES = 10
_CODE_LENGTH = 12
# Without letters that are taken for others when they are written down.
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


@dataclass(frozen=True)
class SecondFactor:
    """What a code is checked against. `recovery_codes`: id and hash of those that were not used yet."""

    user_id: UUID
    secret: bytes
    recovery_codes: list[tuple[UUID, str]]


@dataclass(frozen=True)
class Proof:
    """What a code was: one of the app's time steps, or a recovery code."""

    step: int | None = None
    recovery_code_id: UUID | None = None


async def read_second_factor(db: AsyncSession, user_id: UUID) -> SecondFactor | None:
    """The second factor that a sign-in of this user needs."""
    found = await db.execute(
        select(TwoFactor.secret).where(TwoFactor.user_id == user_id, TwoFactor.confirmed_at.is_not(None))
    )
    secret = found.scalar_one_or_none()
    if secret is None:
        return None
    codes = await db.execute(
        select(RecoveryCode.id, RecoveryCode.code_hash).where(
            RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
        )
    )
    return SecondFactor(user_id, secret, [(code_id, code_hash) for code_id, code_hash in codes.all()])


async def prove(factor: SecondFactor, box: SecretBox, code: str) -> Proof | None:
    """What the code is; None when it is nothing of this user's. No transaction is held while hashes are made."""
    step = matching_step(box.open(factor.secret)["secret"], code, datetime.now(UTC))
    if step is not None:
        return Proof(step=step)
    wanted = _plain(code)
    if len(wanted) == _CODE_LENGTH:
        for code_id, code_hash in factor.recovery_codes:
            if await password_matches(wanted, code_hash):
                return Proof(recovery_code_id=code_id)
    return None


async def spend(db: AsyncSession, user_id: UUID, proof: Proof) -> bool:
    """Use a proof up. False when it was used before: of two requests with one code, only one gets through."""
    if proof.step is not None:
        spent = await db.execute(
            update(TwoFactor)
            .where(TwoFactor.user_id == user_id, TwoFactor.last_step < proof.step)
            .values(last_step=proof.step)
            .returning(TwoFactor.user_id)
        )
    else:
        spent = await db.execute(
            update(RecoveryCode)
            .where(RecoveryCode.id == proof.recovery_code_id, RecoveryCode.used_at.is_(None))
            .values(used_at=datetime.now(UTC))
            .returning(RecoveryCode.user_id)
        )
    return spent.first() is not None


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is: the present one or its neighbours, for clocks that differ a little."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    fitting = [
        step
        for step in (current - 1, current, current + 1)
        if secrets.compare_digest(totp.generate_otp(step), digits)
    ]
    return max(fitting, default=None)


async def new_recovery_codes() -> list[tuple[str, str]]:
    """Codes as they are shown, each with its hash. 58 bits each, so an argon2 hash cannot be searched."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    hashes = await hash_drawn_codes(codes)
    return [
        ("-".join((code[:4], code[4:8], code[8:])), code_hash)
        for code, code_hash in zip(codes, hashes, strict=True)
    ]


async def replace_recovery_codes(
    db: AsyncSession, account_id: UUID, user_id: UUID, codes: list[tuple[str, str]]
) -> list[str]:
    """Keep these instead of all earlier ones; answers them as they are shown."""
    await db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.add_all(
        RecoveryCode(id=uuid4(), account_id=account_id, user_id=user_id, code_hash=code_hash)
        for _, code_hash in codes
    )
    return [code for code, _ in codes]


async def recovery_codes_left(db: AsyncSession, user_id: UUID) -> int:
    found = await db.execute(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    )
    return found.scalar_one()


async def remove_second_factor(db: AsyncSession, user_id: UUID) -> bool:
    """Take it away with its recovery codes; answers whether there was one."""
    await db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    gone = await db.execute(
        delete(TwoFactor).where(TwoFactor.user_id == user_id).returning(TwoFactor.user_id)
    )
    return gone.first() is not None


def _plain(code: str) -> str:
    return "".join(one for one in code.upper() if one in _ALPHABET)
