"""In Temporal's UI a session reads as a story, told without a word of what engineers and clients wrote."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from domain.commands import CommandAck
from tests.support.waiting import until
from tests.workflows import histories
from tests.workflows.conftest import TICKET, Sessions
from tests.workflows.replies import promote, suggest
from tests.workflows.ticket_on_psa import NOTE
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.search_attributes import ACCOUNT_ID, ENGINEER_ID, SESSION_STATUS, TICKET_REF
from workflows.troubleshooting_session import workflow as session_workflow
from workflows.troubleshooting_session.messages import AddFact

SECRET = "Zanzibar"
"""A word that occurs in everything that is said in these sessions."""


@pytest.fixture
async def told(ticket_sessions: Sessions) -> WorkedSession:
    """A resolved session in which the word was said everywhere."""
    reply = f"{SECRET}." + promote(f"{SECRET} is down") + suggest(f"Restart {SECRET}")
    session = await ticket_sessions.start(f"Hello {SECRET}.", reply, ticket_id=TICKET)
    await session.say(f"{SECRET} does not answer")
    await session.add_fact(f"{SECRET} is new")
    fix = await session.active_fix()
    await session.apply(fix)
    await session.preview()
    await session.resolve(NOTE + SECRET)
    return session


async def test_sessions_are_found_by_account_status_ticket_and_engineer(told: WorkedSession) -> None:
    found = (await told.handle.describe()).typed_search_attributes
    assert found[ACCOUNT_ID] == str(told.tenant.account_id)
    assert found[SESSION_STATUS] == "resolved"
    assert found[TICKET_REF] == TICKET
    assert found[ENGINEER_ID] == str(told.tenant.user_id())
    query = (
        f"AccountId = '{told.tenant.account_id}' AND SessionStatus = 'resolved' AND TicketRef = '{TICKET}'"
    )

    async def listed() -> list[str]:
        return [one.id async for one in told.temporal.list_workflows(query)]

    assert await until(listed, what="the session in the list") == [told.handle.id]


async def test_the_details_say_where_it_stands(told: WorkedSession) -> None:
    metadata = await told.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "**Status** resolved" in metadata.current_details
    assert f"**Ticket** {TICKET}" in metadata.current_details
    assert SECRET not in str(metadata)


async def test_every_step_has_a_summary_and_nothing_but_payloads_holds_content(told: WorkedSession) -> None:
    summaries = []
    for history in (await histories.histories_of(told)).values():
        for event in (await histories.decoded(history)).events:
            if event.user_metadata.HasField("summary"):
                summaries.append(event.user_metadata.summary.data.decode())
            clear = "".join(
                str(value)
                for value in (
                    event.activity_task_scheduled_event_attributes.activity_id,
                    event.activity_task_scheduled_event_attributes.activity_type,
                    event.upsert_workflow_search_attributes_event_attributes,
                    event.workflow_execution_started_event_attributes.search_attributes,
                    event.workflow_execution_started_event_attributes.memo,
                    event.user_metadata,
                )
            )
            assert SECRET not in clear
    for words in (
        "turn: pilot, 1 message",
        "store the engineer's message",
        "add a fact",
        "fix applied",
        "preview: resolution_note",
        "resolution confirmed",
        "post the note, once",
        "move the ticket's status",
        "re-read the ticket and compare",
        "writeback done",
    ):
        assert any(words in summary for summary in summaries), words


async def test_a_workflow_for_a_session_that_nobody_opens_ends_by_itself(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_workflow, "OPEN_WITHIN", timedelta(seconds=0.2))
    nobody = sessions.new()
    command = nobody.command(AddFact, text="to nobody")
    refused = await refusal_of(nobody.send("add_fact", command, CommandAck, fresh=True))
    assert refused.type == "session_not_found"
    await nobody.ended()


async def test_a_running_turn_shows_how_far_it_is_and_not_what_it_says(sessions: Sessions) -> None:
    go_on = asyncio.Event()
    session = await sessions.start((f"{SECRET} first.", go_on), settle=False)

    converter = session.temporal.data_converter

    async def beats() -> list[object]:
        pending = (await session.handle.describe()).raw_description.pending_activities
        return [told for one in pending for told in await converter.decode(one.heartbeat_details.payloads)]

    async def so_far() -> bool:
        return await beats() == [{"characters": len(SECRET) + 7}]

    await until(so_far, what="a heartbeat with the characters so far, and nothing else")
    go_on.set()
    await session.settled()
