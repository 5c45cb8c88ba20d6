"""Files that come with a message: sending one, its signed addresses, its bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import delete

from api.dependencies import IdempotencyKey, Reader, ServicesDep, TenantDb, Worker
from api.middleware import UPLOADS_PATH
from api.problems import ApiProblem, documented, not_found
from api.rate_limiting import UploadAllowance
from api.schemas.uploads import UploadAnswer
from api.security.upload_addresses import AddressRejected
from api.services import Services
from api.upload_intake import FIELD, keep, look_into, read_file, storage_unavailable
from domain.uploads import is_picture
from infra.database.models import Upload
from infra.files.pictures import JPEG, PNG
from infra.storage.store import NotStored, StorageUnavailable, UploadVariant

router = APIRouter(prefix="/uploads", tags=["uploads"])

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "additionalProperties": False,
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}

# Whatever a browser makes of the bytes, it is alone with them: no script, no form, no page of ours around it.
_CONTENT_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@router.post(
    "",
    operation_id="uploadFile",
    summary="Send a file",
    status_code=201,
    responses=documented(401, 403, 413, 415, 422, 429, 503),
    dependencies=[UploadAllowance],
    openapi_extra=_FORM,
)
async def upload_file(
    request: Request, services: ServicesDep, identity: Worker, key: IdempotencyKey = None
) -> UploadAnswer:
    """A picture (PNG, JPEG, WebP, GIF), a text or log file, or a PDF, of at most 10 MB.

    What it is, is decided by its content. A message takes it into a session by its id within a day.
    """
    # The body is read here and not by the framework: only after the caller is known to be allowed to send one.
    sent = await read_file(request)
    found = await look_into(sent)
    return _answer(services, await keep(services, identity, key, sent, found))


@router.get(
    "/{upload_id}",
    operation_id="getUpload",
    summary="A file with fresh addresses",
    responses=documented(401, 403, 404, 422, 503),
)
async def get_upload(upload_id: UUID, services: ServicesDep, db: TenantDb, identity: Reader) -> UploadAnswer:
    """What is known of a file, and where its bytes are for the next ten minutes."""
    row = await db.get(Upload, upload_id)
    if row is None:
        raise not_found("upload", "upload_not_found")
    return _answer(services, row)


@router.get(
    "/{upload_id}/content",
    operation_id="getUploadContent",
    summary="The bytes of a file",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **documented(403, 404, 422, 503),
    },
)
async def get_upload_content(
    upload_id: UUID,
    services: ServicesDep,
    expires: Annotated[int, Query(ge=0, le=2**62)],
    signature: Annotated[str, Query(max_length=200)],
    variant: UploadVariant = UploadVariant.ORIGINAL,
) -> Response:
    """Needs no token: the signature of the address is the permission. Only pictures are shown, the rest is saved."""
    try:
        account_id = services.upload_addresses.account_of(
            upload_id, variant, expires, signature, datetime.now(UTC)
        )
    except AddressRejected as rejected:
        if rejected.expired:
            raise ApiProblem(
                403, "signature_expired", "This address has expired. Ask for the upload again."
            ) from None
        raise ApiProblem(403, "signature_invalid", "This address is not one that was given out.") from None
    async with services.database.tenant(account_id) as db:
        row = await db.get(Upload, upload_id)
    if row is None:
        raise not_found("upload", "upload_not_found")
    try:
        key = row.storage_key if variant is UploadVariant.ORIGINAL else row.thumbnail_key
        if key is None:
            raise NotStored
        data = await services.storage.get(key)
    except NotStored:
        raise not_found("upload", "upload_not_found") from None
    except StorageUnavailable:
        raise storage_unavailable() from None
    content_type = row.content_type if variant is UploadVariant.ORIGINAL else _thumbnail_type(data)
    inline = is_picture(content_type)
    return Response(
        data,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": _disposition(row.file_name, inline=inline),
            **_CONTENT_HEADERS,
        },
    )


@router.delete(
    "/{upload_id}",
    operation_id="deleteUpload",
    summary="Take back a file that no message took",
    status_code=204,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def delete_upload(upload_id: UUID, services: ServicesDep, identity: Worker) -> None:
    """Delete an upload of one's own that was not sent with a message."""
    async with services.database.tenant(identity.account_id) as db:
        row = await db.get(Upload, upload_id, with_for_update=True)
        if row is None or row.created_by != identity.user_id:
            raise not_found("upload", "upload_not_found")
        if row.session_id is not None:
            raise ApiProblem(
                409, "upload_in_use", "The file was sent with a message and belongs to its session."
            )
        try:
            for key in (row.storage_key, row.thumbnail_key):
                if key is not None:
                    await services.storage.delete(key)
        except StorageUnavailable:
            raise storage_unavailable() from None
        await db.execute(delete(Upload).where(Upload.id == upload_id))


def _answer(services: Services, row: Upload) -> UploadAnswer:
    now = datetime.now(UTC)

    def address(variant: UploadVariant) -> tuple[str, datetime]:
        query, expires = services.upload_addresses.sign(row.account_id, row.id, variant, now)
        return f"{UPLOADS_PATH}/{row.id}/content?{query}", expires

    content_url, expires = address(UploadVariant.ORIGINAL)
    return UploadAnswer(
        id=row.id,
        file_name=row.file_name,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        width=row.width,
        height=row.height,
        has_thumbnail=row.thumbnail_key is not None,
        session_id=row.session_id,
        created_by=row.created_by,
        created_at=row.created_at,
        content_url=content_url,
        thumbnail_url=address(UploadVariant.THUMBNAIL)[0] if row.thumbnail_key else None,
        addresses_expire_at=expires,
    )


def _thumbnail_type(data: bytes) -> str:
    return PNG if data.startswith(b"\x89PNG") else JPEG


def _disposition(file_name: str, *, inline: bool) -> str:
    """The name twice: as every client reads it, and with all its letters."""
    plain = "".join(one if one.isascii() and one not in '"\\' else "_" for one in file_name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
