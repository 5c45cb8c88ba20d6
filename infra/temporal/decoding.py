"""Payloads decoded for people: what cannot be read says why, and does not keep the rest from being read."""

from __future__ import annotations

import json
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from infra.storage.store import StorageUnavailable
from infra.temporal.payload_keys import PayloadUnreadable

ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes. A claim of a hundred bytes can stand for megabytes."""


async def decode_for_people(codec: PayloadCodec, payloads: Sequence[Payload]) -> tuple[list[Payload], int]:
    """One payload for each given one, in order, and how many of them could not be read."""
    decoded: list[Payload] = []
    unread = 0
    room = ANSWER_LIMIT
    for payload in payloads:
        try:
            [found] = await codec.decode([payload])
        except (PayloadUnreadable, StorageUnavailable) as error:
            found = _explanation(str(error))
            unread += 1
        if found.ByteSize() > room:
            found = _explanation("Left out: together the decoded payloads are too large for one answer.")
            unread += 1
        room -= found.ByteSize()
        decoded.append(found)
    return decoded, unread


def _explanation(sentence: str) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(sentence).encode())
