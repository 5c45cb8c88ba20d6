"""The token with which a browser has payloads of Temporal decoded: short-lived, and good for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
from pydantic import SecretStr

from api.security.tokens import TokenRejected
from infra.secret_box import CODEC_TOKENS, derive_key

LIFETIME = timedelta(hours=1)
_ALGORITHM = "HS256"
_AUDIENCE = "resolutionflow-codec"


class CodecTokens:
    """Signs with the newest key, accepts all of them. Whether the user still may is not the token's to say."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        if not keys:
            raise ValueError("RESOLUTIONFLOW_SECRET_KEYS is empty: no token can be signed")
        self._keys = [derive_key(key.get_secret_value(), CODEC_TOKENS) for key in keys]

    def issue(self, user_id: UUID) -> tuple[str, datetime]:
        """A token and when it ends."""
        expires = datetime.now(UTC) + LIFETIME
        claims = {"sub": str(user_id), "aud": _AUDIENCE, "exp": expires}
        return jwt.encode(claims, self._keys[0], algorithm=_ALGORITHM), expires

    def read(self, token: str) -> UUID:
        """The user it was made for. Raises TokenRejected."""
        for key in self._keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=_AUDIENCE,
                    options={"require": ["exp", "sub"]},
                )
                return UUID(claims["sub"])
            except jwt.ExpiredSignatureError:
                raise TokenRejected(expired=True) from None
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, ValueError):
                break
        raise TokenRejected(expired=False)
