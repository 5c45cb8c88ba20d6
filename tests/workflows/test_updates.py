"""Interim updates: on the ticket once, where their audience says, and the session goes on."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from domain.conversation import posted_line
from domain.vocabulary import (
    UPDATE_KINDS,
    ArtifactKind,
    EventType,
    GeneratedBy,
    MessageRole,
    SessionStatus,
    UpdateAudience,
    WritebackState,
)
from infra.database.models import Artifact, PsaConnection, Writeback
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.conftest import Sessions
from tests.workflows.replies import promote, questions, suggest
from tests.workflows.ticket_on_psa import BOARD_STATUSES, NOTE, TICKET, Ticket, configure, shown_on
from tests.workflows.worked_session import WorkedSession, refusal_of

NEWS = "We are working on it. The drum comes tomorrow."
MORE_NEWS = "The drum is here."


async def _latest(session: WorkedSession) -> Writeback:
    return (await session.rows(Writeback))[-1]


@pytest.mark.history("update-shared")
async def test_an_update_is_posted_once_and_the_session_goes_on(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    before = await session.row()
    answer = await session.share(NEWS)
    assert not answer.pending
    assert on_psa.texts == [NEWS]
    assert psa.requests("PATCH") == []
    assert on_psa.status == BOARD_STATUSES["in_progress"]
    row = await session.row()
    assert (row.status, row.state_version) == (SessionStatus.ACTIVE, before.state_version)
    writeback = await _latest(session)
    assert (writeback.kind, writeback.state) == (ArtifactKind.UPDATE_CLIENT, WritebackState.DONE)
    assert writeback.status_transition_skipped_reason is None
    assert (await session.said(MessageRole.SYSTEM))[-1] == posted_line(
        TICKET, "In Progress", ArtifactKind.UPDATE_CLIENT
    )
    assert await session.events(EventType.SESSION_CHANGED) == []
    await session.say("and on")


@pytest.mark.parametrize(
    ("audience", "tab"),
    [
        (UpdateAudience.INTERNAL, "internal"),
        (UpdateAudience.CLIENT, "discussion"),
        (UpdateAudience.REQUEST_INFO, "discussion"),
    ],
)
async def test_an_update_stands_where_its_audience_reads(
    ticket_sessions: Sessions, on_psa: Ticket, audience: UpdateAudience, tab: str
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await configure(session, resolution_visibility="internal", auto_post_on_close=False)
    await session.share(NEWS, audience)
    assert [shown_on(note) for note in on_psa.new_notes] == [[tab]]
    assert (await _latest(session)).kind is UPDATE_KINDS[audience]


async def test_an_update_can_move_the_status(ticket_sessions: Sessions, on_psa: Ticket) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.share(NEWS, status_id=BOARD_STATUSES["escalated"])
    assert on_psa.status == BOARD_STATUSES["escalated"]
    row = await session.row()
    assert row.status is SessionStatus.ACTIVE
    assert row.ticket is not None
    assert row.ticket["status"] == "Escalated"


async def test_each_update_is_a_note_of_its_own(ticket_sessions: Sessions, on_psa: Ticket) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.share(NEWS)
    await session.share(MORE_NEWS)
    await session.share(NEWS)
    assert on_psa.texts == [NEWS, MORE_NEWS, NEWS]


async def test_updates_and_the_note_that_ends_the_session_leave_each_other_alone(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    await session.share(NEWS)
    await session.resolve(NOTE)
    assert on_psa.texts == [NEWS, NOTE]
    assert (await session.row()).status is SessionStatus.RESOLVED


async def test_without_a_ticket_there_is_nothing_to_share_on(sessions: Sessions) -> None:
    session = await sessions.start()
    assert (await refusal_of(session.share(NEWS))).type == "no_ticket"
    assert await session.rows(Writeback) == []


async def test_a_closed_session_and_one_without_its_connection_share_nothing(
    ticket_sessions: Sessions, on_psa: Ticket
) -> None:
    closed = await ticket_sessions.start(ticket_id=TICKET)
    await closed.change("abandon")
    assert (await refusal_of(closed.share(NEWS))).type == "session_closed"
    session = await ticket_sessions.start(ticket_id=TICKET)
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(update(PsaConnection).values(is_active=False))
    assert (await refusal_of(session.share(NEWS))).type == "psa_connection_gone"
    assert on_psa.texts == []


async def test_sharing_twice_with_one_key_posts_one_update(ticket_sessions: Sessions, on_psa: Ticket) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    first = await session.share(NEWS, command_id="one click")
    await session.handle.terminate("lost")
    assert await session.share(NEWS, command_id="one click") == first
    assert on_psa.texts == [NEWS]


@pytest.mark.usefixtures("quick_retries")
async def test_an_update_whose_answer_is_lost_is_there_once(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("lost_answer", method="POST", path="notes")
    await session.share(NEWS)
    assert on_psa.texts == [NEWS]


@pytest.mark.usefixtures("quick_retries")
async def test_an_update_that_went_wrong_is_gone_on_with_by_the_same_text_and_never_by_another(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    escalated = BOARD_STATUSES["escalated"]
    psa.add_fault("silent_no_change", method="PATCH", path="tickets", times=2)
    await session.share(NEWS, status_id=escalated)
    assert (await _latest(session)).state is WritebackState.UNVERIFIED
    await session.share(MORE_NEWS, status_id=escalated)
    assert on_psa.texts == [NEWS, MORE_NEWS], "another update replaces nothing"
    await session.share(NEWS, status_id=escalated)
    assert on_psa.texts == [NEWS, MORE_NEWS], "the same one is there already"
    assert on_psa.status == escalated


@pytest.mark.usefixtures("quick_retries")
async def test_the_rest_of_an_update_is_retried_and_the_session_stays_as_it_is(
    ticket_sessions: Sessions, psa: SimulatorServer, on_psa: Ticket
) -> None:
    session = await ticket_sessions.start(ticket_id=TICKET)
    psa.add_fault("silent_no_change", method="PATCH", path="tickets")
    await session.share(NEWS, status_id=BOARD_STATUSES["escalated"])
    await session.retry_writeback()
    assert on_psa.texts == [NEWS]
    assert on_psa.status == BOARD_STATUSES["escalated"]
    assert (await session.row()).status is SessionStatus.ACTIVE


async def test_drafts_of_updates_are_kept_for_each_audience_and_state(sessions: Sessions) -> None:
    reply = "Look." + questions("Does it print a test page?") + promote("The light is red") + suggest("Clean")
    session = await sessions.start(reply)
    for kind in UPDATE_KINDS.values():
        assert not (await session.preview(kind)).from_cache
        assert (await session.preview(kind)).from_cache
    drafts = {artifact.kind: artifact for artifact in await session.rows(Artifact)}
    assert set(drafts) == set(UPDATE_KINDS.values())
    for draft in drafts.values():
        assert draft.generated_by is GeneratedBy.RENDERER
        assert "The light is red" in draft.markdown
    assert "Does it print a test page?" in drafts[ArtifactKind.UPDATE_REQUEST_INFO].markdown


async def test_a_models_draft_is_taken_when_it_holds_nothing_it_must_not(sessions: Sessions) -> None:
    session = await sessions.start(
        notes=("Run this:\n\n```\nRestart-Service Spooler\n```", "It is looked at.")
    )
    await session.preview(ArtifactKind.UPDATE_CLIENT)
    (draft,) = await session.rows(Artifact)
    assert (draft.generated_by, draft.markdown) == (GeneratedBy.MODEL, "It is looked at.")
    assert session.script.corrections[0] is None
    assert "commands" in (session.script.corrections[1] or "")
