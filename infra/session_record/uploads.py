"""Taking uploads into a session, in the transaction of the message that brings them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain.errors import RuleViolation, ViolationKind
from domain.resources import UploadResource
from infra.database.models import Upload
from infra.database.resources import upload_resource
from infra.session_record.transaction import SessionTransaction


async def claim_uploads(
    transaction: SessionTransaction, actor_id: UUID, upload_ids: Sequence[UUID]
) -> list[UploadResource]:
    """The uploads, in the order in which they were named; from now on they belong to the session.

    Whoever sent a file takes it into one session; what the session has already, everybody in it may name again.
    Without ids nothing is read. Raises upload_not_found, upload_in_use.
    """
    if not upload_ids:
        return []
    session = transaction.session
    found = await transaction.db.execute(
        # In one order, so that two messages that name the same files do not wait for each other for ever.
        select(Upload).where(Upload.id.in_(upload_ids)).order_by(Upload.id).with_for_update()
    )
    rows = {row.id: row for row in found.scalars()}
    for upload_id in upload_ids:
        row = rows.get(upload_id)
        if row is None or (row.session_id != session.id and row.created_by != actor_id):
            raise RuleViolation(
                "upload_not_found", "There is no such upload. Send the file again.", ViolationKind.NOT_FOUND
            )
        if row.session_id not in (None, session.id):
            raise RuleViolation("upload_in_use", f"“{row.file_name}” belongs to another session already.")
        row.session_id = session.id
    return [upload_resource(rows[upload_id]) for upload_id in upload_ids]
