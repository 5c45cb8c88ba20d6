"""Access tokens: signed, short-lived, never stored. Refresh tokens: random, stored as a hash, spent once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from api.security.signed_tokens import SignedTokens, TokenRejected
from domain.vocabulary import AccountRole
from infra.secret_box import ACCESS_TOKENS

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Identity:
    """Who sends a request."""

    user_id: UUID
    account_id: UUID
    role: AccountRole
    is_super_admin: bool
    login_session_id: UUID


class AccessTokens:
    """Who somebody is, for a quarter of an hour."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._tokens = SignedTokens(keys, purpose=ACCESS_TOKENS, audience="resolutionflow-api")

    def issue(self, identity: Identity) -> tuple[str, datetime]:
        """A token and when it ends."""
        now = datetime.now(UTC)
        expires = now + ACCESS_LIFETIME
        claims = {
            "sub": str(identity.user_id),
            "account": str(identity.account_id),
            "role": identity.role.value,
            "super": identity.is_super_admin,
            "sid": str(identity.login_session_id),
            "iat": now,
        }
        return self._tokens.sign(claims, expires), expires

    def read(self, token: str) -> Identity:
        """The identity in a token. Raises TokenRejected."""
        claims = self._tokens.read(token)
        try:
            return Identity(
                user_id=UUID(claims["sub"]),
                account_id=UUID(claims["account"]),
                role=AccountRole(claims["role"]),
                is_super_admin=bool(claims["super"]),
                login_session_id=UUID(claims["sid"]),
            )
        except (KeyError, ValueError):
            raise TokenRejected(expired=False) from None


def new_refresh_token() -> str:
    return secrets.token_urlsafe(48)


def token_hash(token: str) -> str:
    """What is stored of a refresh token. It is random, so a plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
