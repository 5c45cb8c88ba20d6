"""Signing claims for a while and for one purpose: what every kind of token of ours is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import jwt
from pydantic import SecretStr

from infra.secret_box import derive_key

_ALGORITHM = "HS256"


class TokenRejected(Exception):
    """The token is expired, forged, or not a token. `expired` tells a client that refreshing will help."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("token rejected")
        self.expired = expired


class SignedTokens:
    """Signs with the newest key, accepts all of them. A token of one purpose counts for no other."""

    def __init__(self, keys: Sequence[SecretStr], *, purpose: str, audience: str) -> None:
        if not keys:
            raise ValueError("RESOLUTIONFLOW_SECRET_KEYS is empty: no token can be signed")
        self._keys = [derive_key(key.get_secret_value(), purpose) for key in keys]
        self._audience = audience

    def sign(self, claims: Mapping[str, Any], expires: datetime) -> str:
        """A token with these claims. `sub` is needed to read it again."""
        return jwt.encode(
            {**claims, "aud": self._audience, "exp": expires}, self._keys[0], algorithm=_ALGORITHM
        )

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token. Raises TokenRejected."""
        for key in self._keys:
            try:
                claims: dict[str, Any] = jwt.decode(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=self._audience,
                    options={"require": ["exp", "sub"]},
                )
                return claims
            except jwt.ExpiredSignatureError:
                raise TokenRejected(expired=True) from None
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, ValueError):
                break
        raise TokenRejected(expired=False)
