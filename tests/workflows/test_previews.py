"""Previews: generated once for a state, checked, and new as soon as the state is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import select
from temporalio.client import WorkflowUpdateStage

from domain.notes.sections import ESCALATION_SECTIONS, RESOLUTION_SECTIONS, check_sections
from domain.pilot import PilotUnavailable
from domain.vocabulary import ArtifactKind, FixOutcome, GeneratedBy
from infra.database.models import Artifact, LlmCall
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.replies import promote, questions, suggest
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import PreviewReady

FACT = "The light is red"


def note(*facts: str) -> str:
    """A note as a good model writes it."""
    bodies = [
        "It printed nothing.",
        "\n".join(f"- {fact}" for fact in facts) or "- Nothing.",
        "Dust.",
        "Cleaned.",
    ]
    return "\n\n".join(
        f"## {section}\n\n{body}" for section, body in zip(RESOLUTION_SECTIONS, bodies, strict=True)
    )


async def test_every_change_that_a_note_could_show_counts_once_and_makes_a_new_preview(
    sessions: Sessions,
) -> None:
    reply = "Look." + questions("Is it on?") + promote(FACT) + suggest("Restart the spooler")
    session = await sessions.start("Hello.", reply, "Fine.")
    fix_of = session.active_fix

    async def apply() -> object:
        return await session.apply(await fix_of())

    async def judge() -> object:
        return await session.judge(await fix_of(), FixOutcome.APPLIED_SUCCESS)

    steps: list[tuple[Callable[[], Awaitable[object]], int]] = [
        (lambda: session.say("a reply with a fact, a question and a fix is one change"), 1),
        (lambda: session.say("a reply of prose alone changes no note"), 0),
        (lambda: session.add_fact("The cable is new"), 1),
        (apply, 1),
        (apply, 0),
        (judge, 1),
        (lambda: session.change("pause"), 0),
        (lambda: session.change("resume"), 0),
    ]
    await session.preview()
    texts = [await _latest(session)]
    for step, grows_by in steps:
        before = (await session.row()).state_version
        await step()
        assert (await session.row()).state_version == before + grows_by
        ready = await session.preview()
        assert ready.state_version == before + grows_by
        assert ready.from_cache is (grows_by == 0)
        if grows_by:
            texts.append(await _latest(session))
    assert len(set(texts)) == len(texts), "each change can be read in the note"


async def test_a_forced_preview_is_written_anew(sessions: Sessions) -> None:
    session = await sessions.start(notes=(note(), note().replace("Dust.", "More dust.")))
    await session.preview()
    assert (await session.preview()).from_cache
    assert not (await session.preview(force=True)).from_cache
    assert "More dust." in await _latest(session)
    assert len(await session.rows(Artifact)) == 1


async def test_equal_previews_at_one_time_are_generated_once(sessions: Sessions) -> None:
    go_on = asyncio.Event()
    session = await sessions.start(notes=((go_on, note()),))
    first = asyncio.create_task(session.preview())
    await _called(session, 1)
    others = [
        await session.handle.start_update(
            "preview",
            session.preview_request(),
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            result_type=PreviewReady,
        )
        for _ in range(3)
    ]
    await session.add_fact("Other commands do not wait for it")
    go_on.set()
    answers = [await first, *[await other.result() for other in others]]
    assert len({answer.state_version for answer in answers}) == 1
    assert len(session.script.corrections) == 1


async def test_a_note_that_lacks_something_is_corrected_once(sessions: Sessions) -> None:
    session = await sessions.start("Seen." + promote(FACT), notes=(note(), note(FACT)))
    await session.preview()
    (artifact,) = await session.rows(Artifact)
    assert (artifact.generated_by, artifact.model) == (GeneratedBy.MODEL, "scripted")
    assert artifact.markdown == note(FACT)
    first, second = session.script.corrections
    assert first is None
    assert second is not None
    assert FACT in second


async def test_a_note_that_still_lacks_a_section_or_a_fact_is_written_by_the_renderer(
    sessions: Sessions,
) -> None:
    session = await sessions.start("Seen." + promote(FACT), notes=("It was dust.",))
    await session.preview()
    (artifact,) = await session.rows(Artifact)
    assert (artifact.generated_by, artifact.model) == (GeneratedBy.RENDERER, None)
    assert check_sections(ArtifactKind.RESOLUTION_NOTE, artifact.markdown) == []
    assert FACT in artifact.markdown
    assert len(session.script.corrections) == 2


async def test_without_the_model_the_renderer_writes_the_note(sessions: Sessions) -> None:
    session = await sessions.start("Seen." + promote(FACT), notes=(PilotUnavailable("overloaded"),))
    await session.preview()
    (artifact,) = await session.rows(Artifact)
    assert artifact.generated_by is GeneratedBy.RENDERER
    assert FACT in artifact.markdown


async def _latest(session: WorkedSession) -> str:
    return (await session.rows(Artifact))[-1].markdown


async def _called(session: WorkedSession, times: int) -> None:
    async def probe() -> bool:
        return len(session.script.corrections) >= times

    await until(probe, what="the call for a note")


async def test_equal_packages_at_one_time_are_generated_once_and_apart_from_notes(
    sessions: Sessions,
) -> None:
    go_on = asyncio.Event()
    package = "\n\n".join(f"## {section}\n\nNothing." for section in ESCALATION_SECTIONS)
    session = await sessions.start(notes=((go_on, package),))
    kind = ArtifactKind.ESCALATION_PACKAGE
    first = asyncio.create_task(session.preview(kind))
    await _called(session, 1)
    others = [
        await session.handle.start_update(
            "preview",
            session.preview_request(kind),
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            result_type=PreviewReady,
        )
        for _ in range(3)
    ]
    go_on.set()
    answers = [await first, *[await other.result() for other in others]]
    assert len({answer.state_version for answer in answers}) == 1
    assert len(session.script.corrections) == 1
    (artifact,) = await session.rows(Artifact)
    assert (artifact.kind, artifact.markdown) == (kind, package)


async def test_a_note_without_a_fix_that_was_run_is_written_by_the_renderer(sessions: Sessions) -> None:
    session = await sessions.start("Look." + suggest("Restart the spooler"), notes=(note(),))
    fix = await session.active_fix()
    await session.judge(fix, FixOutcome.APPLIED_FAILED)
    await session.preview()
    (artifact,) = await session.rows(Artifact)
    assert artifact.generated_by is GeneratedBy.RENDERER
    assert "Restart the spooler: did not help" in artifact.markdown
    assert "Restart the spooler" in (session.script.corrections[1] or "")


async def test_every_call_for_a_note_is_accounted_for_also_one_that_was_not_used(sessions: Sessions) -> None:
    session = await sessions.start(notes=("Too short.", note()))
    await session.preview()
    async with session.database.tenant(session.tenant.account_id) as db:
        calls = (await db.execute(select(LlmCall).where(LlmCall.session_id == session.id))).scalars().all()
    assert [call.action for call in calls if call.action == "resolution_note"] == ["resolution_note"] * 2


async def test_a_resolution_that_counts_a_fix_as_worked_is_a_new_version_of_the_note(
    sessions: Sessions,
) -> None:
    session = await sessions.start("Look." + suggest("Restart the spooler"))
    await session.apply(await session.active_fix())
    await session.preview(ArtifactKind.ESCALATION_PACKAGE)
    await session.resolve()
    await session.preview(ArtifactKind.ESCALATION_PACKAGE)
    before, after = await session.rows(Artifact)
    assert after.state_version == before.state_version + 1
    assert before.markdown != after.markdown
