"""The token with which a browser has payloads of Temporal decoded: short-lived, and good for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from api.security.signed_tokens import SignedTokens, TokenRejected
from infra.secret_box import CODEC_TOKENS

LIFETIME = timedelta(hours=1)


class CodecTokens:
    """A token belongs to the sign-in it was asked for with.

    Whether that goes on, and whether the user still may, is not the token's to say.
    """

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._tokens = SignedTokens(keys, purpose=CODEC_TOKENS, audience="resolutionflow-codec")

    def issue(self, user_id: UUID, login_session_id: UUID) -> tuple[str, datetime]:
        """A token and when it ends."""
        expires = datetime.now(UTC) + LIFETIME
        return self._tokens.sign({"sub": str(user_id), "sid": str(login_session_id)}, expires), expires

    def read(self, token: str) -> tuple[UUID, UUID]:
        """The user and the sign-in it was made for. Raises TokenRejected."""
        claims = self._tokens.read(token)
        try:
            return UUID(claims["sub"]), UUID(claims["sid"])
        except (KeyError, ValueError):
            raise TokenRejected(expired=False) from None
