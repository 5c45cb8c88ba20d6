"""Cursors of lists that are ordered by a time and an id: opaque outside, checked when they come back."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from uuid import UUID

from api.problems import ApiProblem

CURSOR_LIMIT = 400
"""Characters. A cursor of ours is far shorter."""


def encode_cursor(moment: datetime, row_id: UUID) -> str:
    """Where a list goes on: after this row."""
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(row_id)]).encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The row after which a list goes on. Raises 422 cursor_invalid for what no list gave out."""
    try:
        told, row_id = json.loads(base64.urlsafe_b64decode(cursor))
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is None:
            raise ValueError("a cursor's time has an offset")
        return moment.astimezone(UTC), UUID(row_id)
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error):
        raise ApiProblem(422, "cursor_invalid", "The cursor is not one that this list gave out.") from None
