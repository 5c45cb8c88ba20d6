"""Addresses of uploaded bytes that work without a token, for ten minutes: what a page puts into an `<img>`."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from infra.secret_box import UPLOAD_ADDRESSES, derive_key
from infra.storage.store import UploadVariant

LIFETIME = timedelta(minutes=10)
_ACCOUNT_BYTES = 16


class AddressRejected(Exception):
    """The address was not made by us, or not for this; `expired` when it was and is too old."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("address rejected")
        self.expired = expired


class UploadAddresses:
    """Signs with the newest key, accepts all of them. An address opens one variant of one upload and nothing else."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        if not keys:
            raise ValueError("RESOLUTIONFLOW_SECRET_KEYS is empty: no address can be signed")
        self._keys = [derive_key(key.get_secret_value(), UPLOAD_ADDRESSES) for key in keys]

    def sign(
        self, account_id: UUID, upload_id: UUID, variant: UploadVariant, now: datetime
    ) -> tuple[str, datetime]:
        """The query of an address, and when it ends. The signature carries the account that it was made for."""
        expires = datetime.fromtimestamp(int((now + LIFETIME).timestamp()), UTC)
        seconds = int(expires.timestamp())
        mac = _mac(self._keys[0], account_id, upload_id, variant, seconds)
        signature = base64.urlsafe_b64encode(account_id.bytes + mac).decode().rstrip("=")
        return f"variant={variant.value}&expires={seconds}&signature={signature}", expires

    def account_of(
        self, upload_id: UUID, variant: UploadVariant, expires: int, signature: str, now: datetime
    ) -> UUID:
        """The account whose upload may be shown. Raises AddressRejected."""
        try:
            given = base64.b64decode(signature + "=" * (-len(signature) % 4), altchars=b"-_", validate=True)
            account_id = UUID(bytes=given[:_ACCOUNT_BYTES])
        except ValueError:
            raise AddressRejected(expired=False) from None
        macs = [_mac(key, account_id, upload_id, variant, expires) for key in self._keys]
        if not any(hmac.compare_digest(mac, given[_ACCOUNT_BYTES:]) for mac in macs):
            raise AddressRejected(expired=False)
        if expires <= now.timestamp():
            raise AddressRejected(expired=True)
        return account_id


def _mac(key: bytes, account_id: UUID, upload_id: UUID, variant: UploadVariant, expires: int) -> bytes:
    signed = f"{account_id}/{upload_id}/{variant.value}/{expires}"
    return hmac.new(key, signed.encode(), hashlib.sha256).digest()
