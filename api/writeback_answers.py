"""Confirming something that goes to the ticket, and how the writeback stands as the answer to it."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel
from sqlalchemy import select

from api.problems import ApiProblem
from api.schemas.artifacts import PostNoteAnswer
from api.security.tokens import Identity
from api.services import Services
from api.session_commands import SessionCommands, StoredAnswer
from api.session_reads import require_session
from domain.commands import Command
from domain.hidden_text import without_hidden
from domain.sessions import status_after_writeback
from domain.vocabulary import ArtifactKind, WritebackState
from infra.database.models import Writeback
from infra.database.resources import writeback_resource
from workflows.troubleshooting_session.messages import WritebackAnswer

CONFIRM_WITHIN = 30.0
"""Seconds; the workflow itself answers after twenty."""

Outcome = Literal["resolved", "escalated", "shared", "resolved_local", "escalated_local"]

_POSTED: Final[dict[ArtifactKind, Outcome]] = {
    ArtifactKind.RESOLUTION_NOTE: "resolved",
    ArtifactKind.ESCALATION_PACKAGE: "escalated",
}
_KEPT: Final[dict[ArtifactKind, Outcome]] = {
    ArtifactKind.RESOLUTION_NOTE: "resolved_local",
    ArtifactKind.ESCALATION_PACKAGE: "escalated_local",
}


def confirmed_text(markdown: str) -> str:
    """What is posted: what the engineer saw of the text. Raises note_empty when nothing is left after trimming."""
    trimmed = without_hidden(markdown).strip()
    if not trimmed:
        raise ApiProblem(422, "note_empty", "The note is empty.")
    return trimmed


async def confirm(
    services: Services,
    identity: Identity,
    commands: SessionCommands,
    update: str,
    kind: type[Command],
    body: BaseModel | None,
    **fields: Any,
) -> PostNoteAnswer:
    """Send the confirmation once and answer how its writeback stands. Raises 502 when it did not end well."""
    stored = await commands.stored_answer(update, body)
    if stored is None:
        command = commands.command(kind, update, body, **fields)
        answer = await commands.send(update, command, WritebackAnswer, answer_within=CONFIRM_WITHIN)
        commands.check_hash(answer.request_hash, command.request_hash)
        stored = await commands.answer_at(answer.seq)
    return await _answer(services, identity, commands, stored)


async def _answer(
    services: Services, identity: Identity, commands: SessionCommands, stored: StoredAnswer
) -> PostNoteAnswer:
    async with services.database.tenant(identity.account_id) as db:
        session = await require_session(db, commands.session_id)
        row = (
            await db.execute(
                select(Writeback).where(
                    Writeback.session_id == session.id, Writeback.number == stored.result["number"]
                )
            )
        ).scalar_one()
    if row.state is WritebackState.FAILED:
        raise ApiProblem(
            502,
            "psa_post_failed",
            row.error_detail or "The ticketing system refused the note.",
            extra={"psa_code": row.error_code, "step": row.step.value},
        )
    if row.state is WritebackState.UNVERIFIED:
        raise ApiProblem(
            502,
            "psa_status_unverified",
            row.error_detail or "The ticket does not show the change.",
            extra={"expected": row.expected_status_name, "observed": row.observed_status_name},
        )
    # A repeat gets the answer of its time, whatever became of the session since.
    status = session.status
    if row.state is WritebackState.DONE:
        status = status_after_writeback(row.kind, status)
    if row.ticket_id is None:
        return PostNoteAnswer(outcome=_KEPT[row.kind], session_status=status)
    return PostNoteAnswer(
        outcome="pending" if row.state is WritebackState.RUNNING else _POSTED.get(row.kind, "shared"),
        session_status=status,
        external_id=row.note_id,
        posted_at=row.posted_at,
        verified_status_id=row.observed_status_id,
        verified_status_name=row.observed_status_name,
        status_transition_skipped_reason=row.status_transition_skipped_reason,
        writeback=writeback_resource(row),
    )
