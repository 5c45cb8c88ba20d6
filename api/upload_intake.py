"""Taking in a file: one part of a form, read up to the limit and no further, and looked into by its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

from fastapi import Request
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api.problems import ApiProblem, unavailable, upload_too_large
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands
from domain.uploads import UPLOAD_LIMIT, clean_file_name
from infra.database.models import Upload
from infra.files.content_type import Identified, TypeNotAllowed, identify
from infra.files.pictures import PIXEL_LIMIT, TooManyPixels, off_the_loop
from infra.storage.store import StorageUnavailable, UploadVariant, upload_key

FIELD = "file"

# A file sent twice with one key must be one upload: its id follows from account, user and key.
_UPLOAD_IDS = UUID("c1f0a8a4-6c53-4a41-9f43-0e2b7d7f5d52")


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent."""

    name: str
    data: bytes


async def read_file(request: Request) -> SentFile:
    """The one file of a form. Raises 413 while it is still coming in, 422 for another form or an empty file."""
    try:
        async with request.form(max_files=1, max_fields=0) as form:
            parts = form.multi_items()
            if len(parts) != 1 or parts[0][0] != FIELD or not isinstance(parts[0][1], UploadFile):
                raise _malformed()
            part = parts[0][1]
            if (part.size or 0) > UPLOAD_LIMIT:
                raise upload_too_large()
            data = await part.read()
            name = clean_file_name(part.filename or "")
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise _malformed() from None
    if not data:
        raise ApiProblem(422, "upload_empty", "The file is empty: there is nothing in it to look at.")
    return SentFile(name, data)


def _malformed() -> ApiProblem:
    return ApiProblem(
        422,
        "upload_malformed",
        f"Send exactly one file, as multipart/form-data, in a field with the name `{FIELD}`.",
    )


async def look_into(sent: SentFile) -> Identified:
    """What the file is. Raises 415, and 422 for a picture that is too large to be decoded."""
    try:
        return await off_the_loop(lambda: identify(sent.data))
    except TypeNotAllowed as refused:
        raise ApiProblem(415, "upload_type_not_allowed", str(refused)) from None
    except TooManyPixels:
        raise ApiProblem(
            422,
            "upload_too_many_pixels",
            f"The picture has more than {PIXEL_LIMIT // 1_000_000} million pixels. Send a smaller one.",
        ) from None


async def keep(
    services: Services, identity: Identity, key: str | None, sent: SentFile, found: Identified
) -> Upload:
    """Store row and bytes; with a key that was used before, the upload that was made then.

    The row comes first: whatever happens after it, the sweep finds what nobody took. A repeat stores the bytes
    again, so that it also mends a first attempt that stopped half way. Raises 422 for a key of another file, 503.
    """
    account_id = identity.account_id
    upload_id = uuid5(_UPLOAD_IDS, f"{account_id}/{identity.user_id}/{key}") if key else uuid4()
    original, thumbnail = (upload_key(account_id, upload_id, variant) for variant in UploadVariant)
    sha256 = hashlib.sha256(sent.data).hexdigest()
    values = {
        "id": upload_id,
        "account_id": account_id,
        "created_by": identity.user_id,
        "file_name": sent.name,
        "content_type": found.content_type,
        "size_bytes": len(sent.data),
        "width": found.picture.width if found.picture else None,
        "height": found.picture.height if found.picture else None,
        "sha256": sha256,
        "storage_key": original,
        "thumbnail_key": thumbnail if found.thumbnail else None,
    }
    async with services.database.tenant(account_id) as db:
        inserted = await db.execute(
            insert(Upload).values(values).on_conflict_do_nothing(index_elements=["id"]).returning(Upload.id)
        )
        is_new = inserted.first() is not None
        row = await db.get_one(Upload, upload_id)
    SessionCommands.check_hash(row.sha256, sha256)
    try:
        await services.storage.put(original, sent.data, found.content_type)
        if found.thumbnail is not None:
            await services.storage.put(thumbnail, found.thumbnail.data, found.thumbnail.content_type)
    except StorageUnavailable:
        if is_new:
            await _forget(services, account_id, upload_id)
        raise storage_unavailable() from None
    return row


def storage_unavailable() -> ApiProblem:
    """The object store is away."""
    return unavailable("storage_unavailable", "The file store cannot be reached. Try again in a moment.")


async def _forget(services: Services, account_id: UUID, upload_id: UUID) -> None:
    async with services.database.tenant(account_id) as db:
        await db.execute(delete(Upload).where(Upload.id == upload_id, Upload.session_id.is_(None)))
