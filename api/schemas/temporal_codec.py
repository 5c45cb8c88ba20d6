"""Temporal's protocol for decoding payloads elsewhere."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, Field

PAYLOADS_LIMIT = 500


class EncodedPayload(BaseModel):
    """A payload in the JSON form of Temporal's API: every value is base64."""

    metadata: dict[str, str] = Field(default_factory=dict)
    data: str = ""


class Payloads(BaseModel):
    """Other fields are ignored: newer versions of Temporal's tools may send some."""

    payloads: list[EncodedPayload] = Field(max_length=PAYLOADS_LIMIT)


class CodecAccess(BaseModel):
    """Until when this browser may have payloads decoded, and where Temporal's UI is."""

    temporal_ui_url: str
    expires_at: AwareDatetime
