"""Passwords: argon2id, hashed and checked away from the event loop."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1024
"""Characters of a password that a person chooses. A longer one would be work for the server and nobody's gain."""

_HASHER = PasswordHasher()
# For what a machine has drawn: nobody tries 2^58 codes, however quick one is.
_DRAWN_HASHER = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
# Checked when there is no such user, so that the answer takes as long as for a wrong password. Of a password that was
# drawn and thrown away; made beforehand, because each start of a process would wait for it.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$G2aElJ2BwT+5jwT5sP1RYg$3u1g9De8cfjDr5S4A2lIHCoH/9T44nqvqKUMQUj18tA"


async def hash_password(password: str) -> str:
    return await asyncio.to_thread(_HASHER.hash, password)


async def hash_drawn_codes(codes: list[str]) -> list[str]:
    """Hashes of long random codes, at a fraction of the price; `password_matches` checks them."""
    return await asyncio.to_thread(lambda: [_DRAWN_HASHER.hash(code) for code in codes])


async def password_matches(password: str, stored: str | None) -> bool:
    """Whether the password fits the stored hash; with None the work is done all the same."""

    def verify() -> bool:
        try:
            return _HASHER.verify(stored or _NOBODY, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.to_thread(verify)
