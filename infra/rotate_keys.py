"""Encrypt what is stored with the newest key: `python -m infra.rotate_keys`. Safe to repeat, and to run beside the api.

A key is retired in three steps: put a new one first in RESOLUTIONFLOW_SECRET_KEYS and restart, run this, take the old
one out. What it cannot touch is in `docs/security.md`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from infra.config import Settings, load_settings
from infra.database.connection import Database, database_from
from infra.database.models import PsaConnection, TwoFactor
from infra.secret_box import PSA_CREDENTIALS, TWO_FACTOR_SECRETS, SecretBox


@dataclass(frozen=True)
class Sealed:
    """One encrypted column: what it is called, which row it belongs to, and for which purpose its key is made."""

    what: str
    key: InstrumentedAttribute[object]
    column: InstrumentedAttribute[bytes]
    purpose: str


@dataclass
class Rotated:
    """How many values were encrypted anew, were under the newest key already, or can be read with no key."""

    anew: int = 0
    current: int = 0
    unreadable: int = 0


SEALED = (
    Sealed("credentials of connections", PsaConnection.id, PsaConnection.credentials, PSA_CREDENTIALS),
    Sealed("secrets of second factors", TwoFactor.user_id, TwoFactor.secret, TWO_FACTOR_SECRETS),
)


async def rotate_keys(database: Database, keys: Sequence[SecretStr]) -> dict[str, Rotated]:
    """Encrypt every stored value with the first key; answers the counts by what it is."""
    return {
        sealed.what: await _rotate(database, sealed, SecretBox(keys, sealed.purpose)) for sealed in SEALED
    }


async def _rotate(database: Database, sealed: Sealed, box: SecretBox) -> Rotated:
    """One row, one transaction: nobody who saves credentials meanwhile is overwritten, and a crash loses nothing."""
    counts = Rotated()
    async with database.admin() as db:
        keys = (await db.execute(select(sealed.key))).scalars().all()
    for key in keys:
        async with database.admin() as db:
            row = (
                await db.execute(select(sealed.column.class_).where(sealed.key == key).with_for_update())
            ).scalar_one_or_none()
            if row is None:
                continue
            try:
                anew = box.sealed_anew(getattr(row, sealed.column.key))
            except InvalidToken:
                counts.unreadable += 1
                continue
            if anew is None:
                counts.current += 1
            else:
                setattr(row, sealed.column.key, anew)
                counts.anew += 1
    return counts


async def _run(settings: Settings) -> int:
    database = database_from(settings, with_admin=True)
    try:
        rotated = await rotate_keys(database, settings.secret_keys)
    finally:
        await database.aclose()
    for what, counts in rotated.items():
        sys.stdout.write(
            f"{what}: {counts.anew} encrypted anew, {counts.current} under the newest key already, "
            f"{counts.unreadable} that no key opens\n"
        )
    return 1 if any(counts.unreadable for counts in rotated.values()) else 0


def main() -> None:
    settings = load_settings()
    if not settings.secret_keys:
        sys.exit("RESOLUTIONFLOW_SECRET_KEYS is not set: there is no key to encrypt with")
    sys.exit(asyncio.run(_run(settings)))


if __name__ == "__main__":
    main()
