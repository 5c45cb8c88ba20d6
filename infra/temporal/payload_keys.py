"""The keys of the payload codec: each encrypted payload names the one it needs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from infra.secret_box import TEMPORAL_PAYLOADS, derive_key

_ID_BYTES = 4


class PayloadUnreadable(Exception):
    """A payload of Temporal cannot be read here and now. The message holds no content and says what to do."""


class PayloadKeyUnknown(PayloadUnreadable):
    """The key that a payload was encrypted with is not among ours; `key_id` names it."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"A payload was encrypted with the key {key_id}, which is not among RESOLUTIONFLOW_SECRET_KEYS "
            "of this process: add that key behind the others and restart; what waits for it then goes on."
        )
        self.key_id = key_id


@dataclass(frozen=True)
class PayloadKey:
    """One key with what is derived from it. `id` is no secret: it tells keys apart and nothing else."""

    id: str
    cipher: AESGCM
    naming: bytes

    @classmethod
    def of(cls, secret: str) -> PayloadKey:
        return cls(
            derive_key(secret, f"{TEMPORAL_PAYLOADS}/id")[:_ID_BYTES].hex(),
            AESGCM(derive_key(secret, TEMPORAL_PAYLOADS)),
            derive_key(secret, f"{TEMPORAL_PAYLOADS}/names"),
        )

    def name_of(self, content: bytes) -> str:
        """A name for a stored content: the same for the same content, and telling nothing of it without the key."""
        return hmac.new(self.naming, content, hashlib.sha256).hexdigest()


class PayloadKeys:
    """Encrypts with the newest key and decrypts with any of them. `secrets` are newest first."""

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        if not secrets:
            raise ValueError("RESOLUTIONFLOW_SECRET_KEYS is empty: no payload can be encrypted")
        keys = [PayloadKey.of(secret.get_secret_value()) for secret in secrets]
        self.newest = keys[0]
        self._by_id = {key.id: key for key in keys}

    def find(self, key_id: str) -> PayloadKey:
        """Raises PayloadKeyUnknown."""
        try:
            return self._by_id[key_id]
        except KeyError:
            raise PayloadKeyUnknown(key_id) from None
