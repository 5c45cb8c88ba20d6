"""What an object store can do, and the names under which things lie in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class StorageUnavailable(Exception):
    """The store cannot be reached or refuses. The message names the kind of failure, never content or credentials."""


class NotStored(Exception):
    """Nothing lies under this key."""


class ObjectStore(Protocol):
    """Bytes under keys. One instance per process, safe for concurrent use.

    Every method raises StorageUnavailable when the store does not do it; what can be tried again was tried again
    by then, so that callers do not.
    """

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store the bytes, in place of what was there. Readers see all of it or nothing."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes. Raises NotStored when there are none."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the bytes; that there are none is no error."""
        ...

    def list(self) -> AsyncIterator[str]:
        """Every key, in no promised order. What is stored or deleted meanwhile may be told or not."""
        ...

    async def check(self) -> None:
        """Whether bytes could be stored now: for readiness."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class UploadVariant(StrEnum):
    """What is kept of an upload: its bytes as they came and, of a picture, a small one."""

    ORIGINAL = "original"
    THUMBNAIL = "thumbnail"


def upload_key(account_id: UUID, upload_id: UUID, variant: UploadVariant) -> str:
    """Where the bytes of an upload lie. Nothing of it is chosen by whoever sends the file."""
    return f"accounts/{account_id}/uploads/{upload_id}/{variant.value}"


def payload_key(name: str) -> str:
    """Where a payload lies that is too large for Temporal. The name tells nothing, of its account neither."""
    return f"temporal-payloads/{name}"
