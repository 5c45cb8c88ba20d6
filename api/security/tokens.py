"""Access tokens: signed, short-lived, never stored. Refresh tokens: random, stored as a hash, spent once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
from pydantic import SecretStr

from domain.vocabulary import AccountRole
from infra.secret_box import ACCESS_TOKENS, derive_key

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
_ALGORITHM = "HS256"
_AUDIENCE = "resolutionflow-api"


@dataclass(frozen=True)
class Identity:
    """Who sends a request."""

    user_id: UUID
    account_id: UUID
    role: AccountRole
    is_super_admin: bool
    login_session_id: UUID


class TokenRejected(Exception):
    """The token is expired, forged, or not a token. `expired` tells a client that refreshing will help."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("token rejected")
        self.expired = expired


class AccessTokens:
    """Signs with the newest key, accepts all of them."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        if not keys:
            raise ValueError("RESOLUTIONFLOW_SECRET_KEYS is empty: no token can be signed")
        self._keys = [derive_key(key.get_secret_value(), ACCESS_TOKENS) for key in keys]

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
            "aud": _AUDIENCE,
            "iat": now,
            "exp": expires,
        }
        return jwt.encode(claims, self._keys[0], algorithm=_ALGORITHM), expires

    def read(self, token: str) -> Identity:
        """The identity in a token. Raises TokenRejected."""
        for key in self._keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=_AUDIENCE,
                    options={"require": ["exp", "sub"]},
                )
                return Identity(
                    user_id=UUID(claims["sub"]),
                    account_id=UUID(claims["account"]),
                    role=AccountRole(claims["role"]),
                    is_super_admin=bool(claims["super"]),
                    login_session_id=UUID(claims["sid"]),
                )
            except jwt.ExpiredSignatureError:
                raise TokenRejected(expired=True) from None
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, KeyError, ValueError):
                raise TokenRejected(expired=False) from None
        raise TokenRejected(expired=False)


def new_refresh_token() -> str:
    return secrets.token_urlsafe(48)


def token_hash(token: str) -> str:
    """What is stored of a refresh token. It is random, so a plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
