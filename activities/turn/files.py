"""What came with the messages of a turn: pictures made ready for a model, and what text files say."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from domain.pilot import EngineerInput, InputFile, InputImage, InputUpload, TurnContext
from domain.uploads import is_picture, is_text
from infra.files.content_type import decode_text
from infra.files.pictures import NotAPicture, TooManyPixels, off_the_loop, prepare_for_model
from infra.storage.store import NotStored, ObjectStore, StorageUnavailable, UploadVariant, upload_key

logger = structlog.get_logger()

FILES_PER_TURN = 12
"""Several messages may wait for one turn. The latest files are given; the others are named only."""
TEXT_CHARACTERS = 20_000
"""Of a longer file the beginning and the end are given: there a log says what was started and what went wrong."""
READ_SECONDS = 30.0


async def load_files(storage: ObjectStore, account_id: UUID, context: TurnContext) -> TurnContext:
    """The context with the files of its messages. One that is missing or broken costs only itself, and is told."""
    uploads = [upload for message in context.inputs for upload in message.uploads]
    if not uploads:
        return context
    wanted = uploads[-FILES_PER_TURN:]
    loaded = await asyncio.gather(*(_load(storage, account_id, upload) for upload in wanted))
    found = dict(zip((upload.id for upload in wanted), loaded, strict=True))
    return context.model_copy(update={"inputs": [_with_files(message, found) for message in context.inputs]})


def _with_files(message: EngineerInput, found: dict[UUID, InputImage | InputFile]) -> EngineerInput:
    given = [found.get(upload.id) or _unread(upload, "too many files at once") for upload in message.uploads]
    return message.model_copy(
        update={
            "images": [one for one in given if isinstance(one, InputImage)],
            "files": [one for one in given if isinstance(one, InputFile)],
        }
    )


async def _load(storage: ObjectStore, account_id: UUID, upload: InputUpload) -> InputImage | InputFile:
    picture = is_picture(upload.content_type)
    if not picture and not is_text(upload.content_type):
        return _unread(upload, "only pictures and text files are read")
    try:
        async with asyncio.timeout(READ_SECONDS):
            data = await storage.get(upload_key(account_id, upload.id, UploadVariant.ORIGINAL))
        return await _picture(upload, data) if picture else _text(upload, data)
    except NotStored:
        reason = "the file is missing"
    except (StorageUnavailable, TimeoutError):
        reason = "the file store cannot be reached"
    except (NotAPicture, TooManyPixels):
        reason = "the picture cannot be decoded"
    logger.warning("turn.file_not_readable", upload_id=str(upload.id), reason=reason)
    return _unread(upload, reason)


async def _picture(upload: InputUpload, data: bytes) -> InputImage:
    prepared = await off_the_loop(lambda: prepare_for_model(data))
    return InputImage(file_name=upload.file_name, media_type=prepared.content_type, data=prepared.data)


def _text(upload: InputUpload, data: bytes) -> InputFile:
    text = decode_text(data)
    if text is None:
        return _unread(upload, "the text cannot be decoded")
    if len(text) <= TEXT_CHARACTERS:
        return InputFile(file_name=upload.file_name, text=text)
    half = TEXT_CHARACTERS // 2
    left_out = f"(… {len(text) - 2 * half:,} characters are left out here …)"
    return InputFile(file_name=upload.file_name, text=f"{text[:half]}\n{left_out}\n{text[-half:]}")


def _unread(upload: InputUpload, reason: str) -> InputFile:
    kind = "picture" if is_picture(upload.content_type) else "file"
    return InputFile(file_name=upload.file_name, text=f"({kind} not readable: {reason})")
