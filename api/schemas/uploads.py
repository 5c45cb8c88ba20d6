"""Answers of upload routes."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.resources import UploadResource


class UploadAnswer(UploadResource):
    """An uploaded file with addresses of its bytes, which work without a token until `addresses_expire_at`."""

    session_id: UUID | None = Field(None, description="The session that a message took it into.")
    created_by: UUID
    created_at: AwareDatetime
    content_url: str = Field(description="Path of the bytes as they came; signed, so keep it to yourself.")
    thumbnail_url: str | None = Field(None, description="Path of a small picture; of pictures only.")
    addresses_expire_at: AwareDatetime
