"""Keys derived from RESOLUTIONFLOW_SECRET_KEYS, one per purpose, and the encryption of stored credentials."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

_SALT = b"resolutionflow"


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose: knowing one of them tells nothing of the others."""
    return HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=purpose.encode()).derive(secret.encode())


class SecretBox:
    """Encrypts with the newest key and decrypts with any of them. `keys` are newest first."""

    def __init__(self, keys: Sequence[SecretStr], purpose: str) -> None:
        if not keys:
            raise ValueError("RESOLUTIONFLOW_SECRET_KEYS is empty: nothing can be encrypted")
        self._fernet = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(derive_key(key.get_secret_value(), purpose))) for key in keys]
        )
        self._newest = Fernet(base64.urlsafe_b64encode(derive_key(keys[0].get_secret_value(), purpose)))

    def seal(self, values: dict[str, str]) -> bytes:
        """Encrypt a small object."""
        return self._fernet.encrypt(json.dumps(values, sort_keys=True).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """Decrypt what `seal` made. Raises cryptography.fernet.InvalidToken when no key fits."""
        opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed))
        return opened

    def sealed_anew(self, sealed: bytes) -> bytes | None:
        """The same under the newest key; None when it is already. Raises InvalidToken when no key fits."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return self._fernet.rotate(sealed)
        return None


PSA_CREDENTIALS = "psa-credentials"
ACCESS_TOKENS = "access-tokens"
SHARE_LINKS = "share-links"
UPLOAD_ADDRESSES = "upload-addresses"
CODEC_TOKENS = "codec-tokens"
TEMPORAL_PAYLOADS = "temporal-payloads"
TWO_FACTOR_SECRETS = "two-factor-secrets"
