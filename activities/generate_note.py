"""Writing an artifact for the present state: by the model when there is one, checked, else by the renderer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from temporalio import activity

from activities.failures import explained
from activities.llm_calls import llm_call_row
from domain.errors import RuleViolation, ViolationKind
from domain.hidden_text import without_hidden
from domain.notes.checks import problems_of
from domain.notes.renderer import render_note
from domain.notes.state import NoteState
from domain.notes.view import state_for
from domain.pilot import DraftedNote, PilotRejected, PilotUnavailable
from domain.text import drop_unstorable
from domain.vocabulary import ArtifactKind, GeneratedBy
from infra.crash_points import CrashPoint, reached
from infra.database.connection import Database
from infra.database.models import Artifact, Session
from infra.database.rows import read_closing_settings, read_note_state
from infra.pilots.factory import Pilots
from workflows.troubleshooting_session.messages import PreviewReady, PreviewRequest

logger = structlog.get_logger()

ATTEMPTS = 2
"""The draft, and one correction."""


@dataclass
class _Written:
    """The text, the model that wrote it when one did, and every call that was paid for."""

    markdown: str
    model: str | None = None
    calls: list[tuple[DraftedNote, float]] = field(default_factory=list)


class NoteActivities:
    """Activities on artifacts."""

    def __init__(self, database: Database, pilots: Pilots) -> None:
        self._database = database
        self._pilots = pilots

    @activity.defn
    @explained
    async def generate_note(self, request: PreviewRequest) -> PreviewReady:
        """Store the artifact for the state as it is now; one that is stored already is kept unless forced."""
        async with self._database.tenant(request.account_id) as db:
            session = (
                await db.execute(select(Session).where(Session.id == request.session_id))
            ).scalar_one_or_none()
            if session is None:
                raise RuleViolation("session_not_found", "There is no such session.", ViolationKind.NOT_FOUND)
            version = session.state_version
            lists_checks = (await read_closing_settings(db)).lists_checks(request.kind)
            stored = await db.execute(
                select(Artifact.id).where(
                    Artifact.session_id == session.id,
                    Artifact.kind == request.kind,
                    Artifact.state_version == version,
                    Artifact.lists_checks == lists_checks,
                )
            )
            if not request.force and stored.first() is not None:
                return PreviewReady(state_version=version, from_cache=True)
            whole = await read_note_state(db, session)
        written = await self._write(request.kind, state_for(request.kind, whole, lists_checks=lists_checks))
        await self._store(request, version, lists_checks, written)
        return PreviewReady(state_version=version, from_cache=False)

    async def _write(self, kind: ArtifactKind, state: NoteState) -> _Written:
        """The model's text when it holds everything it must, with one correction; else the renderer's."""
        calls: list[tuple[DraftedNote, float]] = []
        correction: str | None = None
        for _ in range(ATTEMPTS):
            started = time.monotonic()
            try:
                draft = await self._pilots.primary.draft_note(kind, state, correction)
            except (PilotUnavailable, PilotRejected) as error:
                logger.warning("note.model_unavailable", kind=kind.value, reason=type(error).__name__)
                break
            await reached(CrashPoint.AFTER_MODEL)
            if draft is None:
                break
            draft = draft.model_copy(update={"markdown": drop_unstorable(draft.markdown)})
            calls.append((draft, time.monotonic() - started))
            markdown = without_hidden(draft.markdown)
            problems = problems_of(kind, markdown, state)
            if not problems:
                return _Written(markdown, draft.model, calls)
            logger.warning("note.corrected", kind=kind.value, problems=len(problems))
            correction = "\n".join(problems)
        # No time in it: the text is kept for as long as the state stays the same.
        return _Written(render_note(kind, state, None), None, calls)

    async def _store(
        self, request: PreviewRequest, version: int, lists_checks: bool, written: _Written
    ) -> None:
        values = {
            "markdown": written.markdown,
            "lists_checks": lists_checks,
            "generated_by": GeneratedBy.MODEL if written.model else GeneratedBy.RENDERER,
            "model": written.model,
            "created_at": datetime.now(UTC),
        }
        async with self._database.tenant(request.account_id) as db:
            await db.execute(
                insert(Artifact)
                .values(
                    id=uuid4(),
                    account_id=request.account_id,
                    session_id=request.session_id,
                    kind=request.kind,
                    state_version=version,
                    **values,
                )
                .on_conflict_do_update(index_elements=["session_id", "kind", "state_version"], set_=values)
            )
            for draft, seconds in written.calls:
                db.add(
                    llm_call_row(
                        account_id=request.account_id,
                        session_id=request.session_id,
                        action=request.kind.value,
                        provider=self._pilots.primary.provider,
                        model=draft.model,
                        usage=draft.usage,
                        seconds=seconds,
                        attempt=activity.info().attempt,
                    )
                )
