"""Tokens of read-only links: derived from the link's id, so that nobody has to store one.

Only the hash of a token is kept. Whoever has the keys can tell the token of a link again, which a repeated request
needs; whoever reads the database cannot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

from pydantic import SecretStr

from infra.secret_box import SHARE_LINKS, derive_key


def share_token_hash(token: str) -> str:
    """What is kept of a token, and what it is found by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class ShareTokens:
    """`keys` are newest first; new links take the newest, older ones are told under any of them."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        if not keys:
            raise ValueError("RESOLUTIONFLOW_SECRET_KEYS is empty: no link can be made")
        self._keys = [derive_key(key.get_secret_value(), SHARE_LINKS) for key in keys]

    def new(self, link_id: UUID) -> str:
        """The token of a link that is made now."""
        return _derived(self._keys[0], link_id)

    def again(self, link_id: UUID, token_hash: str) -> str | None:
        """The token of a link that was made before; None when its key is no longer among the keys."""
        for key in self._keys:
            token = _derived(key, link_id)
            if hmac.compare_digest(share_token_hash(token), token_hash):
                return token
        return None


def _derived(key: bytes, link_id: UUID) -> str:
    digest = hmac.digest(key, link_id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
