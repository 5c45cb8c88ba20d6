"""Payloads as Temporal gets to see them: compressed and encrypted, and large ones not at all.

An encrypted payload has the metadata `encoding` and `key-id`; its data is

    format (1 byte) | workflow (16 bytes, if the format says so) | nonce (12 bytes) | ciphertext with its tag

and all before the nonce is authenticated with the key id. What is encrypted is the whole payload, metadata included.
One whose ciphertext is larger than CLAIM_OVER lies in the object store; in its place an encrypted claim names it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from infra.storage.store import NotStored, ObjectStore, payload_key
from infra.temporal.payload_keys import PayloadKey, PayloadKeys, PayloadUnreadable

ENCODING = b"binary/encrypted"
CLAIM_OVER = 128 * 1024
"""Bytes."""

_CLAIM = b"binary/claim-check"
_COMPRESSED, _BOUND = 1, 2
_WORKFLOW_BYTES = 16
_NONCE_BYTES = 12
_WORTH_COMPRESSING = 160
"""Bytes. Below it compressing costs time and wins nothing."""


class PayloadForged(PayloadUnreadable):
    """Not as it was encrypted, or brought here from another workflow."""

    def __init__(self) -> None:
        super().__init__(
            "A payload is not as it was encrypted, or belongs to another workflow: somebody or something changed "
            "Temporal's database. End the workflow; the session goes on from its rows with the next message."
        )


class PayloadLost(PayloadUnreadable):
    """The object that a claim names is gone."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"A large payload is missing from the object store ({key}): bring the object back, or end the workflow; "
            "the session goes on from its rows with the next message."
        )


class EncryptingCodec(PayloadCodec, WithSerializationContext):
    """The codec of every process of ours.

    A payload is bound to the workflow it was encrypted for, so that one who can write to Temporal's database cannot
    hand a session the payload of another. What was never encrypted (histories kept by tests, messages from Temporal's
    command line) is passed on as it is.
    """

    def __init__(self, keys: PayloadKeys, store: ObjectStore, workflow_id: str | None = None) -> None:
        self._keys = keys
        self._store = store
        self._workflow = (
            hashlib.sha256(workflow_id.encode()).digest()[:_WORKFLOW_BYTES] if workflow_id else None
        )

    def with_context(self, context: SerializationContext) -> EncryptingCodec:
        """The codec for the payloads of one workflow and its activities."""
        if isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return EncryptingCodec(self._keys, self._store, context.workflow_id)
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises StorageUnavailable when a large payload cannot be stored."""
        return [await self._encode(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises PayloadUnreadable, and StorageUnavailable when a large payload cannot be fetched.

        Both can pass, so that Temporal tries again.
        """
        return [await self._decode(payload) for payload in payloads]

    async def _encode(self, payload: Payload) -> Payload:
        key = self._keys.newest
        content = payload.SerializeToString()
        sealed = self._seal(key, content)
        if len(sealed) > CLAIM_OVER:
            name = key.name_of((self._workflow or b"") + content)
            # Stored even if it is there: what deletes old objects goes by their age.
            await self._store.put(payload_key(name), sealed, "application/octet-stream")
            claim = Payload(metadata={"encoding": _CLAIM}, data=name.encode())
            sealed = self._seal(key, claim.SerializeToString())
        return Payload(metadata={"encoding": ENCODING, "key-id": key.id.encode()}, data=sealed)

    async def _decode(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key = self._keys.find(payload.metadata.get("key-id", b"").decode(errors="replace"))
        _, content = self._open(key, payload.data)
        opened = _parse(content)
        if opened.metadata.get("encoding") != _CLAIM:
            return opened
        name = opened.data.decode()
        try:
            sealed = await self._store.get(payload_key(name))
        except NotStored:
            raise PayloadLost(payload_key(name)) from None
        workflow, content = self._open(key, sealed)
        if not hmac.compare_digest(key.name_of(workflow + content), name):
            raise PayloadForged
        return _parse(content)

    def _seal(self, key: PayloadKey, content: bytes) -> bytes:
        form = 0
        if len(content) >= _WORTH_COMPRESSING and len(smaller := zlib.compress(content)) < len(content):
            form, content = _COMPRESSED, smaller
        if self._workflow is not None:
            form |= _BOUND
        header = bytes([form]) + (self._workflow or b"")
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + key.cipher.encrypt(nonce, content, key.id.encode() + header)

    def _open(self, key: PayloadKey, sealed: bytes) -> tuple[bytes, bytes]:
        """The workflow it is bound to (empty: none) and the content."""
        form = sealed[0] if sealed else 0
        start = 1 + (_WORKFLOW_BYTES if form & _BOUND else 0)
        header, nonce = sealed[:start], sealed[start : start + _NONCE_BYTES]
        workflow = header[1:]
        # The endpoint that decodes for people does not know the workflow, and may open all.
        if workflow and self._workflow is not None and workflow != self._workflow:
            raise PayloadForged
        try:
            content = key.cipher.decrypt(nonce, sealed[start + _NONCE_BYTES :], key.id.encode() + header)
        except (InvalidTag, ValueError):
            raise PayloadForged from None
        return workflow, zlib.decompress(content) if form & _COMPRESSED else content


def _parse(content: bytes) -> Payload:
    try:
        return Payload.FromString(content)
    except DecodeError:
        raise PayloadForged from None
