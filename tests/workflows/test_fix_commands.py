"""What an engineer does with a fix: its script, its run, its dismissal, and the reminder of its outcome."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.commands import Command, CommandAck
from domain.vocabulary import DraftState, EventType, FixDecision, FixOutcome, FixStatus, MessageRole
from infra.database.models import DraftTemplate, Fix, SessionEvent
from tests.workflows.conftest import Sessions
from tests.workflows.replies import propose_outcome, suggest
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.troubleshooting_session.messages import (
    AttachScript,
    FixApplied,
    FixCommand,
    FixDecisionClick,
    FixOutcomeClick,
)

SCRIPT = "Restart-Service Spooler"
RUNS = [FixDecision.ONE_OFF, FixDecision.DRAFT_TEMPLATE]


async def start(sessions: Sessions, *more: str, script: str | None = SCRIPT) -> tuple[WorkedSession, Fix]:
    drafted: dict[str, Any] = {"ai_drafted_script": script} if script else {}
    session = await sessions.start("Try this." + suggest("Restart the spooler", **drafted), *more)
    return session, await session.active_fix()


async def decide(session: WorkedSession, fix: Fix, decision: FixDecision, **fields: Any) -> dict[str, Any]:
    """The stored answer."""
    command = session.command(FixDecisionClick, fix_id=fix.id, decision=decision, **fields)
    ack = await session.send("fix_decision", command, CommandAck)
    return await result_at(session, ack.seq)


async def result_at(session: WorkedSession, seq: int) -> dict[str, Any]:
    (event,) = [one for one in await session.rows(SessionEvent) if one.seq == seq]
    assert event.result is not None
    return event.result


async def tell(session: WorkedSession, update: str, fix: Fix) -> CommandAck:
    return await session.send(update, session.command(FixCommand, fix_id=fix.id), CommandAck)


async def attach(session: WorkedSession, fix: Fix, script: str, **fields: Any) -> CommandAck:
    command = session.command(AttachScript, fix_id=fix.id, script=script, **fields)
    return await session.send("fix_script", command, CommandAck)


async def version(session: WorkedSession) -> int:
    return (await session.row()).state_version


async def drafts(session: WorkedSession) -> list[DraftTemplate]:
    async with session.database.tenant(session.tenant.account_id) as db:
        rows = await db.execute(select(DraftTemplate).where(DraftTemplate.session_id == session.id))
        return list(rows.scalars())


async def last_told(session: WorkedSession) -> dict[str, Any]:
    told: dict[str, Any] = (await session.events(EventType.FIX_CHANGED))[-1]["fix"]
    return told


async def find(session: WorkedSession, fix_id: UUID) -> Fix:
    (fix,) = [one for one in await session.rows(Fix) if one.id == fix_id]
    return fix


# --- script paths ---


@pytest.mark.parametrize("decision", RUNS)
async def test_a_script_path_declares_the_run_and_keeps_what_was_run(
    sessions: Sessions, decision: FixDecision
) -> None:
    session, fix = await start(sessions)
    before = await version(session)
    answer = await decide(session, fix, decision, parameters_used={"Server": "print01"})
    after = await session.active_fix()
    assert (after.user_decision, after.status) == (decision, FixStatus.PROPOSED)
    assert after.applied_at is not None
    assert (after.script_used, after.parameters_used) == (None, {"Server": "print01"})
    assert (answer["user_decision"], answer["rendered_script"]) == (decision.value, SCRIPT)
    assert (await session.said(MessageRole.SYSTEM))[-1] == "Applied fix: Restart the spooler"
    assert await version(session) == before + 1


async def test_an_edited_script_is_the_one_that_was_run(sessions: Sessions) -> None:
    session, fix = await start(sessions)
    answer = await decide(session, fix, FixDecision.ONE_OFF, edited_script="Stop-Service Spooler")
    after = await session.active_fix()
    assert (after.script_used, after.ai_drafted_script) == ("Stop-Service Spooler", SCRIPT)
    assert answer["rendered_script"] == "Stop-Service Spooler"
    assert answer["draft_template_id"] is None


async def test_secrets_among_the_parameters_are_never_stored(sessions: Sessions) -> None:
    session, fix = await start(sessions)
    secrets = {"admin_password": "hunter2hunter2", "note": "password=Sw0rdf1sh!", "Server": "print01"}
    await decide(session, fix, FixDecision.ONE_OFF, parameters_used=secrets)
    await attach(session, fix, SCRIPT, parameters={"api_key": "k-123456789"})
    after = await session.active_fix()
    assert after.parameters_used is not None
    assert after.parameters_used["Server"] == "print01"
    told = str([event.payload for event in await session.rows(SessionEvent)])
    for kept in (str(after.parameters_used), str(after.ai_drafted_parameters), told):
        for secret in ("hunter2", "Sw0rdf1sh", "k-123456789"):
            assert secret not in kept


async def test_a_run_to_templatize_leaves_one_draft_to_review(sessions: Sessions) -> None:
    session, fix = await start(sessions)
    first = await decide(session, fix, FixDecision.DRAFT_TEMPLATE)
    again = await decide(session, fix, FixDecision.DRAFT_TEMPLATE, edited_script="Stop-Service Spooler")
    (draft,) = await drafts(session)
    assert first["draft_template_id"] == again["draft_template_id"] == str(draft.id)
    assert (draft.fix_id, draft.state, draft.script_body) == (
        fix.id,
        DraftState.PENDING,
        "Stop-Service Spooler",
    )
    assert draft.created_by == session.tenant.user_id()
    (told, _) = await session.events(EventType.DRAFT_READY)
    assert told == {"draft_template_id": str(draft.id), "fix_id": str(fix.id)}


@pytest.mark.parametrize("decision", RUNS)
async def test_there_is_nothing_to_run_without_a_script(sessions: Sessions, decision: FixDecision) -> None:
    session, fix = await start(sessions, script=None)
    before = await version(session)
    refused = await refusal_of(decide(session, fix, decision))
    assert (refused.type, refused.details) == ("script_required", ("invalid",))
    assert (await session.active_fix()).applied_at is None
    assert await version(session) == before
    assert await drafts(session) == []
    await decide(session, fix, decision, edited_script=SCRIPT)
    assert (await session.active_fix()).applied_at is not None


async def test_building_a_template_changes_nothing(sessions: Sessions) -> None:
    session, fix = await start(sessions)
    before = await version(session)
    await decide(session, fix, FixDecision.BUILD_TEMPLATE)
    after = await session.active_fix()
    assert (after.user_decision, after.applied_at, after.updated_at) == (None, None, fix.updated_at)
    assert await version(session) == before


async def test_running_the_script_of_a_partial_fix_is_finishing_it(sessions: Sessions) -> None:
    session, fix = await start(sessions)
    await session.judge(fix, FixOutcome.APPLIED_PARTIAL, "one of two hosts")
    parked = await session.active_fix()
    await decide(session, fix, FixDecision.ONE_OFF)
    after = await session.active_fix()
    assert (after.status, after.partial_notes) == (FixStatus.PROPOSED, "one of two hosts")
    assert after.applied_at is not None
    assert parked.applied_at is not None
    assert after.applied_at > parked.applied_at
    assert (await session.said(MessageRole.SYSTEM))[-1].startswith("Finishing the rest of")


async def test_attaching_a_script_declares_nothing(sessions: Sessions) -> None:
    session, fix = await start(sessions, script=None)
    before = await version(session)
    await attach(session, fix, SCRIPT, parameters={"Server": "print01"})
    after = await session.active_fix()
    assert (after.ai_drafted_script, after.ai_drafted_parameters) == (SCRIPT, {"Server": "print01"})
    assert (after.applied_at, after.user_decision) == (None, None)
    assert await session.said(MessageRole.SYSTEM) == []
    assert await version(session) == before + 1
    await attach(session, fix, SCRIPT, parameters={"Server": "print01"})
    assert await version(session) == before + 1, "the same script again changes nothing"
    view = await session.snapshot()
    assert view.snapshot is not None
    assert view.snapshot.active_fix is not None
    assert view.snapshot.active_fix.has_script


# --- dismissing and coming back ---


@pytest.mark.parametrize("as_outcome", [True, False], ids=["as outcome", "as decision"])
async def test_dismissing_is_one_thing_and_restoring_takes_all_of_it_back(
    sessions: Sessions, as_outcome: bool
) -> None:
    session, fix = await start(sessions)
    await session.apply(fix)
    applied = await session.active_fix()
    before = await version(session)
    if as_outcome:
        await session.judge(fix, FixOutcome.DISMISSED)
    else:
        await decide(session, fix, FixDecision.DISMISSED)
    dismissed = await find(session, fix.id)
    assert (dismissed.status, dismissed.user_decision) == (FixStatus.DISMISSED, FixDecision.DISMISSED)
    assert dismissed.applied_at == applied.applied_at
    assert (await last_told(session))["nudge"] is None
    await tell(session, "restore_fix", fix)
    back = await session.active_fix()
    assert (back.id, back.status, back.applied_at) == (fix.id, FixStatus.PROPOSED, applied.applied_at)
    assert (back.user_decision, back.status_before_dismissal) == (None, None)
    assert (await session.said(MessageRole.SYSTEM))[-2:] == [
        "Dismissed: Restart the spooler",
        "Restored: Restart the spooler",
    ]
    assert await version(session) == before + 2


async def test_the_script_path_of_a_run_is_remembered_over_a_dismissal(sessions: Sessions) -> None:
    session, fix = await start(sessions)
    await decide(session, fix, FixDecision.ONE_OFF)
    await decide(session, fix, FixDecision.DISMISSED)
    await tell(session, "restore_fix", fix)
    assert (await session.active_fix()).user_decision is FixDecision.ONE_OFF


async def test_a_dismissed_fix_stays_aside_while_another_is_active(sessions: Sessions) -> None:
    session, old = await start(sessions, "Two." + suggest("Replace the cable"))
    await session.judge(old, FixOutcome.DISMISSED)
    await session.say("something else?")
    new = await session.active_fix()
    assert (await refusal_of(tell(session, "restore_fix", old))).type == "another_fix_active"
    await session.judge(new, FixOutcome.DISMISSED)
    await tell(session, "restore_fix", old)
    assert (await session.active_fix()).id == old.id


async def test_finishing_a_partial_fix_verifies_it_from_now(sessions: Sessions) -> None:
    session, fix = await start(sessions, "Fine.")
    await session.judge(fix, FixOutcome.APPLIED_PARTIAL, "one of two hosts")
    await session.say("the second one is busy")
    parked, before = await session.active_fix(), await version(session)
    await tell(session, "resume_fix", fix)
    after = await session.active_fix()
    assert (after.status, after.partial_notes) == (FixStatus.PROPOSED, "one of two hosts")
    assert parked.applied_at is not None
    assert after.applied_at is not None
    assert after.applied_at > parked.applied_at
    assert (await last_told(session))["nudge"] == {
        "messages_since_apply": 0,
        "silenced_until": None,
        "due": False,
    }
    assert await version(session) == before + 1


# --- the pilot's proposal and the reminder ---


async def test_not_yet_clears_the_proposal_and_leaves_every_note_as_it_is(sessions: Sessions) -> None:
    session, fix = await start(sessions, "placeholder")
    session.script.answers = [session.script.answers[0], "Great." + propose_outcome(fix.id, "success")]
    await session.apply(fix)
    await session.say("it prints!")
    assert (await session.active_fix()).outcome_proposal is not None
    before = await version(session)
    for _ in range(2):
        await tell(session, "clear_outcome_proposal", fix)
        cleared = await session.active_fix()
        assert (cleared.outcome_proposal, cleared.status) == (None, FixStatus.PROPOSED)
        assert (await last_told(session))["ai_outcome_proposal"] is None
    assert await version(session) == before
    assert (await session.said(MessageRole.SYSTEM))[-1] == "Applied fix: Restart the spooler"


async def test_three_messages_bring_the_reminder_and_still_checking_silences_three_more(
    sessions: Sessions,
) -> None:
    session, fix = await start(sessions, "Fine.")
    await session.say("before the run")
    await session.apply(fix)
    assert (await last_told(session))["nudge"] == {
        "messages_since_apply": 0,
        "silenced_until": None,
        "due": False,
    }
    for text in ("one", "two", "three"):
        await session.say(text)
    before = await version(session)
    view = await session.snapshot()
    assert view.snapshot is not None
    assert view.snapshot.messages_since_apply == 3
    await tell(session, "silence_nudge", fix)
    assert (await last_told(session))["nudge"] == {
        "messages_since_apply": 3,
        "silenced_until": 6,
        "due": False,
    }
    for text in ("four", "five", "six"):
        await session.say(text)
    await tell(session, "clear_outcome_proposal", fix)
    assert (await last_told(session))["nudge"] == {
        "messages_since_apply": 6,
        "silenced_until": 6,
        "due": True,
    }
    assert await version(session) == before


async def test_every_event_of_the_active_fix_carries_its_reminder(sessions: Sessions) -> None:
    session, fix = await start(
        sessions,
        "Again." + suggest("restart the spooler", "Stop it, wait, start it."),
        "Two." + suggest("Replace the cable"),
    )
    await session.apply(fix)
    await session.say("how?")
    await session.say("no help")
    (proposed, new) = [one["fix"] for one in await session.events(EventType.FIX_PROPOSED)]
    (superseded,) = [one["fix"] for one in await session.events(EventType.FIX_SUPERSEDED)]
    changed = [one["fix"] for one in await session.events(EventType.FIX_CHANGED)]
    assert (
        proposed["nudge"]
        == new["nudge"]
        == {
            "messages_since_apply": 0,
            "silenced_until": None,
            "due": False,
        }
    )
    assert [one["nudge"]["messages_since_apply"] for one in changed] == [0, 1]
    assert superseded["nudge"] is None


# --- refusals and repeats ---


async def test_what_a_fix_does_not_take_is_refused_and_changes_nothing(sessions: Sessions) -> None:
    session, old = await start(sessions, "Two." + suggest("Replace the cable", ai_drafted_script="x"), "Ok.")
    await session.say("another?")
    new = await session.active_fix()
    before = (await version(session), await session.said(MessageRole.SYSTEM))
    nobody = Fix(id=uuid4())
    dismissed = FixDecision.DISMISSED
    for answer, code in (
        (decide(session, old, dismissed), "fix_superseded"),
        (decide(session, old, FixDecision.ONE_OFF), "fix_superseded"),
        (attach(session, old, SCRIPT), "fix_superseded"),
        (tell(session, "resume_fix", old), "fix_superseded"),
        (tell(session, "restore_fix", old), "fix_superseded"),
        (tell(session, "silence_nudge", old), "fix_superseded"),
        (tell(session, "resume_fix", new), "fix_not_partial"),
        (tell(session, "restore_fix", new), "fix_not_dismissed"),
        (tell(session, "silence_nudge", new), "fix_not_verifying"),
        (decide(session, nobody, dismissed), "fix_not_found"),
        (attach(session, nobody, SCRIPT), "fix_not_found"),
        *(
            (tell(session, update, nobody), "fix_not_found")
            for update in ("resume_fix", "restore_fix", "silence_nudge", "clear_outcome_proposal")
        ),
    ):
        assert (await refusal_of(answer)).type == code
    assert (await version(session), await session.said(MessageRole.SYSTEM)) == before
    await session.judge(new, FixOutcome.APPLIED_SUCCESS)
    for answer in (
        decide(session, new, dismissed),
        decide(session, new, FixDecision.ONE_OFF),
        attach(session, new, SCRIPT),
        tell(session, "resume_fix", new),
        tell(session, "silence_nudge", new),
    ):
        assert (await refusal_of(answer)).type == "fix_final"


@pytest.mark.history("fix-commands")
async def test_every_command_on_a_fix_has_one_effect_however_often_it_is_sent(sessions: Sessions) -> None:
    session, fix = await start(sessions)
    of_fix: dict[str, Any] = {"fix_id": fix.id}
    commands: list[tuple[str, Command, int]] = [
        ("fix_script", session.command(AttachScript, script="Get-Service", **of_fix), 1),
        ("fix_applied", session.command(FixApplied, **of_fix), 1),
        ("silence_nudge", session.command(FixCommand, **of_fix), 0),
        (
            "fix_outcome",
            session.command(FixOutcomeClick, outcome=FixOutcome.APPLIED_PARTIAL, notes="half", **of_fix),
            1,
        ),
        ("resume_fix", session.command(FixCommand, **of_fix), 1),
        ("fix_decision", session.command(FixDecisionClick, decision=FixDecision.DRAFT_TEMPLATE, **of_fix), 1),
        ("fix_decision", session.command(FixDecisionClick, decision=FixDecision.DISMISSED, **of_fix), 1),
        ("restore_fix", session.command(FixCommand, **of_fix), 1),
        ("clear_outcome_proposal", session.command(FixCommand, **of_fix), 0),
    ]
    for name, command, grows in commands:
        before = await version(session)
        first = await session.send(name, command, CommandAck)
        seen = len(await session.rows(SessionEvent))
        for update_id in (command.command_id, str(uuid4())):
            assert await session.send(name, command, CommandAck, update_id=update_id) == first
        assert await version(session) == before + grows, name
        assert len(await session.rows(SessionEvent)) == seen, name
    assert len(await drafts(session)) == 1
