"""What a reply may change: facts, lane and the one active fix; and what it may not."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain.commands import CommandAck
from domain.markers import BlockName, render_block
from domain.vocabulary import (
    EventType,
    FactSource,
    FixOutcome,
    FixStatus,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
)
from infra.database.models import Fact, Fix, LaneItem, Turn
from tests.workflows.conftest import Sessions
from tests.workflows.replies import promote, propose_outcome, questions, suggest
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.troubleshooting_session.messages import AnswerItems, FixCommand, ItemAnswer


async def test_a_new_proposal_takes_the_place_of_the_active_fix(sessions: Sessions) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler"), "Two." + suggest("Replace the cable")
    )
    await session.say("did not help")
    old, new = await session.rows(Fix)
    assert old.superseded_at is not None
    assert old.status is FixStatus.PROPOSED
    assert (new.title, new.superseded_at, new.applied_at) == ("Replace the cable", None, None)
    assert (await session.active_fix()).id == new.id
    view = await session.snapshot()
    assert view.snapshot is not None
    assert view.snapshot.active_fix is not None
    assert view.snapshot.active_fix.id == new.id
    (line,) = await session.said(MessageRole.SYSTEM)
    assert "“Replace the cable” replaces “Restart the spooler”" in line
    assert len(await session.events(EventType.FIX_SUPERSEDED)) == 1


async def test_a_fix_that_was_run_and_replaced_asks_for_its_outcome_and_takes_it(sessions: Sessions) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler"), "Two." + suggest("Replace the cable")
    )
    old = await session.active_fix()
    await session.apply(old)
    await session.say("hmm")
    assert "was applied without an outcome" in (await session.said(MessageRole.SYSTEM))[-1]
    new = await session.active_fix()
    await session.judge(old, FixOutcome.APPLIED_FAILED, "no change")
    old, unchanged = await session.rows(Fix)
    assert (old.status, old.failure_reason) == (FixStatus.APPLIED_FAILED, "no change")
    assert (unchanged.id, unchanged.status, unchanged.applied_at) == (new.id, FixStatus.PROPOSED, None)


async def test_the_same_title_again_keeps_the_fix_with_its_run(sessions: Sessions) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler", "Stop and start it."),
        "Again." + suggest("  restart   the SPOOLER ", "Stop it, wait, start it.", 95),
    )
    fix = await session.active_fix()
    await session.apply(fix)
    applied = await session.active_fix()
    await session.say("how exactly?")
    same = await session.active_fix()
    assert (same.id, same.status, same.applied_at) == (fix.id, FixStatus.PROPOSED, applied.applied_at)
    assert (same.description, same.confidence_pct) == ("Stop it, wait, start it.", 95)
    assert len(await session.rows(Fix)) == 1


async def test_a_fix_that_did_not_work_is_not_proposed_again(sessions: Sessions) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler"),
        "Two." + suggest("Replace the cable"),
        "Once more." + suggest("restart the spooler"),
    )
    await session.judge(await session.active_fix(), FixOutcome.APPLIED_FAILED)
    await session.say("what now?")
    await session.say("and now?")
    assert (await session.active_fix()).title == "Replace the cable"
    assert len(await session.rows(Fix)) == 2
    assert "SUGGEST_FIX: this fix was tried and did not work" in await _ignored(session)


async def test_a_failed_fix_keeps_its_words_while_it_is_the_active_one(sessions: Sessions) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler", "Stop and start it."),
        "Again." + suggest("Restart the spooler", "Try harder."),
    )
    await session.judge(await session.active_fix(), FixOutcome.APPLIED_FAILED)
    await session.say("what now?")
    (fix,) = await session.rows(Fix)
    assert (fix.status, fix.description) == (FixStatus.APPLIED_FAILED, "Stop and start it.")
    assert "SUGGEST_FIX: this fix was tried and did not work" in await _ignored(session)


async def test_a_fix_that_was_dismissed_is_not_proposed_again_but_can_be_restored(
    sessions: Sessions,
) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler"), "Once more." + suggest("restart  the spooler")
    )
    fix = await session.active_fix()
    await session.judge(fix, FixOutcome.DISMISSED)
    await session.say("what now?")
    (dismissed,) = await session.rows(Fix)
    assert dismissed.status is FixStatus.DISMISSED
    assert "SUGGEST_FIX: the engineer has dismissed this fix and can restore it" in await _ignored(session)
    await session.send("restore_fix", session.command(FixCommand, fix_id=fix.id), CommandAck)
    assert (await session.active_fix()).id == fix.id


async def test_a_fix_that_worked_before_may_be_proposed_again_when_the_problem_comes_back(
    sessions: Sessions,
) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler"),
        "Two." + suggest("Replace the cable"),
        "Back again." + suggest("Restart the spooler"),
    )
    await session.judge(await session.active_fix(), FixOutcome.APPLIED_SUCCESS)
    await session.say("another problem")
    await session.say("and the first one is back")
    active = await session.active_fix()
    assert (active.title, active.status, active.applied_at) == (
        "Restart the spooler",
        FixStatus.PROPOSED,
        None,
    )


async def test_no_outcome_is_proposed_before_the_fix_was_run(sessions: Sessions) -> None:
    answers = ["One." + suggest("Restart the spooler"), "placeholder"]
    session = await sessions.start(*answers)
    fix = await session.active_fix()
    session.script.answers = [answers[0], "Great." + propose_outcome(fix.id, "success")]
    version = (await session.row()).state_version
    await session.say("that should work")
    assert (await session.active_fix()).outcome_proposal is None
    assert (await session.row()).state_version == version
    assert "FIX_OUTCOME: nobody has run the fix yet" in await _ignored(session)


async def test_of_several_fixes_and_outcomes_in_a_reply_the_last_ones_count(sessions: Sessions) -> None:
    answers = ["One." + suggest("Wait a day") + suggest("Restart the spooler"), "placeholder"]
    session = await sessions.start(*answers)
    fix = await session.active_fix()
    assert [one.title for one in await session.rows(Fix)] == ["Restart the spooler"]
    await session.apply(fix)
    session.script.answers = [
        answers[0],
        "Hm." + propose_outcome(fix.id, "failure") + propose_outcome(fix.id, "partial", "two of five"),
    ]
    await session.say("two of five print")
    proposal = (await session.active_fix()).outcome_proposal
    assert proposal is not None
    assert (proposal["outcome"], proposal["reason"]) == ("partial", "two of five")


async def test_a_fork_becomes_one_question_with_exclusive_options(sessions: Sessions) -> None:
    fork = {
        "fork_reason": "Which way do you want to go?",
        "options": [
            {"label": "Graphical", "description": "In the settings"},
            {"label": "By script", "description": "One command"},
        ],
    }
    session = await sessions.start("Choose." + render_block(BlockName.FORK, fork))
    (item,) = await session.rows(LaneItem)
    assert (item.kind, item.text, item.status, item.options) == (
        LaneItemKind.QUESTION,
        "Which way do you want to go?",
        LaneItemStatus.OPEN,
        ["Graphical", "By script"],
    )
    assert item.context == "Graphical: In the settings\nBy script: One command"
    (turn,) = await _turns(session)
    assert turn.diagnostics is not None
    assert turn.diagnostics["format_miss"] is False


async def test_confidence_is_rounded_and_kept_between_nothing_and_certain(sessions: Sessions) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler", confidence=140),
        "Two." + suggest("Replace the cable", confidence=66.5),
        "Three." + suggest("Wait a day", confidence=-3),
    )
    await session.say("and?")
    await session.say("and?")
    assert [fix.confidence_pct for fix in await session.rows(Fix)] == [100, 67, 0]


async def test_a_template_that_nobody_knows_is_no_template(sessions: Sessions) -> None:
    session = await sessions.start("One." + suggest("Restart it", script_template_slug="no-such-script"))
    fix = await session.active_fix()
    assert (fix.script_template_id, fix.script_template_slug) == (None, None)
    assert "SUGGEST_FIX: unknown script_template_slug" in await _ignored(session)


async def test_a_fact_drawn_from_several_sources_names_none(sessions: Sessions) -> None:
    answers = ["Tell me." + questions("Is the light on?"), "placeholder"]
    session = await sessions.start(*answers)
    (item,) = await session.rows(LaneItem)
    drawn = promote("Power and network are fine", item.id, source="ai_synthesis")
    session.script.answers = [answers[0], "So." + drawn + promote("My own idea", source="user_note")]
    await session.say("all fine")
    (fact,) = await session.rows(Fact)
    assert (fact.source_type, fact.source_ref) == (FactSource.AI_SYNTHESIS, None)


async def test_a_reply_that_says_nothing_of_the_lane_is_delivered_and_counted(sessions: Sessions) -> None:
    session = await sessions.start("Tell me." + questions("Is the light on?"), "Just words.")
    await session.say("hello")
    (item,) = await session.rows(LaneItem)
    assert item.status is LaneItemStatus.OPEN
    assert [(turn.diagnostics or {})["format_miss"] for turn in await _turns(session)] == [False, True]


async def test_a_final_outcome_stays(sessions: Sessions) -> None:
    session = await sessions.start("One." + suggest("Restart the spooler"))
    fix = await session.active_fix()
    await session.judge(fix, FixOutcome.APPLIED_SUCCESS)
    for answer in (session.judge(fix, FixOutcome.APPLIED_FAILED), session.apply(fix)):
        assert (await refusal_of(answer)).type == "fix_final"
    assert (await session.active_fix()).status is FixStatus.APPLIED_SUCCESS


async def test_a_dismissed_fix_is_no_longer_active(sessions: Sessions) -> None:
    session = await sessions.start(
        "One." + suggest("Restart the spooler"), "Two." + suggest("Replace the cable")
    )
    fix = await session.active_fix()
    await session.judge(fix, FixOutcome.DISMISSED)
    view = await session.snapshot()
    assert view.snapshot is not None
    assert view.snapshot.active_fix is None
    assert (await refusal_of(session.judge(fix, FixOutcome.APPLIED_SUCCESS))).type == "fix_dismissed"
    await session.say("something else?")
    dismissed, _ = await session.rows(Fix)
    assert dismissed.superseded_at is None, "a dismissed fix is not replaced, so it can be restored"


async def test_what_the_pilot_reads_as_outcome_is_only_a_proposal_and_only_of_the_active_fix(
    sessions: Sessions,
) -> None:
    answers = ["One." + suggest("Restart the spooler"), "placeholder", "placeholder"]
    session = await sessions.start(*answers)
    fix = await session.active_fix()
    await session.apply(fix)
    session.script.answers = [
        answers[0],
        "Another's." + propose_outcome(uuid4(), "success"),
        "Great." + propose_outcome(fix.id, "success", "it prints"),
    ]
    await session.say("it prints?")
    assert (await session.active_fix()).outcome_proposal is None
    assert "FIX_OUTCOME: not the active fix of this session" in await _ignored(session)
    version = (await session.row()).state_version
    await session.say("it prints!")
    proposed = await session.active_fix()
    assert proposed.status is FixStatus.PROPOSED
    assert (await session.row()).state_version == version, "no note tells what was only proposed"
    assert proposed.outcome_proposal is not None
    assert proposed.outcome_proposal["outcome"] == "success"
    await session.judge(fix, FixOutcome.APPLIED_SUCCESS)
    judged = await session.active_fix()
    assert (judged.status, judged.outcome_proposal) == (FixStatus.APPLIED_SUCCESS, None)


async def test_answers_become_facts_with_the_item_and_the_message_they_came_from(sessions: Sessions) -> None:
    answers = ["Tell me." + questions("Is the light on?"), "placeholder", "placeholder"]
    session = await sessions.start(*answers)
    (item,) = await session.rows(LaneItem)
    session.script.answers = [answers[0], "Noted." + promote("The light is on", item.id)]
    command = session.command(AnswerItems, items=[ItemAnswer(item_id=item.id, answer="Yes, green")])
    ack = await session.send("answer_items", command, CommandAck)
    await session.settled()
    (item,) = await session.rows(LaneItem)
    assert (item.status, item.answer) == (LaneItemStatus.ANSWERED, "Yes, green")
    (fact,) = await session.rows(Fact)
    assert (fact.text, fact.source_type) == ("The light is on", FactSource.QUESTION)
    assert (fact.source_ref, fact.message_id) == (item.id, ack.entity_id)
    (given,) = session.script.contexts[-1].inputs
    assert [(one.item_id, one.answer) for one in given.answers] == [(item.id, "Yes, green")]


async def test_a_fact_with_a_source_of_another_session_is_kept_without_it(sessions: Sessions) -> None:
    other = await sessions.start("Tell me." + questions("Is the light on?"))
    (foreign,) = await other.rows(LaneItem)
    session = await sessions.start("Noted." + promote("The light is on", foreign.id))
    (fact,) = await session.rows(Fact)
    assert (fact.text, fact.source_ref) == ("The light is on", None)
    assert any("not an item of this session" in one for one in await _ignored(session))


async def test_a_fact_is_not_stored_twice(sessions: Sessions) -> None:
    session = await sessions.start("Noted." + promote("The light is on") + promote("the  LIGHT is on"))
    await session.say("again")
    assert [fact.text for fact in await session.rows(Fact)] == ["The light is on"]
    refused = await refusal_of(session.add_fact(" the light is ON "))
    assert refused.type == "fact_duplicate"


async def test_a_question_asked_again_is_the_same_question(sessions: Sessions) -> None:
    session = await sessions.start(
        "Tell me." + questions("Is the light on?", "Is there paper?", "is there PAPER?"),
        "Again." + questions("Is  the light on?"),
        "And again." + questions("Is there paper?"),
    )
    first = {item.text: item.id for item in await session.rows(LaneItem)}
    assert len(first) == 2
    await session.say("what?")
    assert [item.status for item in await session.rows(LaneItem)] == [
        LaneItemStatus.OPEN,
        LaneItemStatus.SET_ASIDE,
    ]
    await session.say("hm?")
    again = await session.rows(LaneItem)
    assert {item.id for item in again} == set(first.values())
    assert [item.status for item in again] == [LaneItemStatus.SET_ASIDE, LaneItemStatus.OPEN]


@pytest.mark.parametrize(
    "raw",
    [
        "The answer. [QUESTIONS]not json[/QUESTIONS]",
        "The answer. [SUGGEST_FIX]{}[/SUGGEST_FIX]",
        "The answer. [PROMOTE][{]",
        'The answer. [FIX_OUTCOME]{"fix_id": 7, "outcome": "won"}[/FIX_OUTCOME]',
        "The answer. [/QUESTIONS][ACTIONS]",
        'The answer. [SUGGEST_FIX]{"title": "\\u0000", "description": 5, "confidence": "many"}[/SUGGEST_FIX]',
        "The answer. \x00",
    ],
)
async def test_a_malformed_block_never_costs_the_reply(sessions: Sessions, raw: str) -> None:
    session = await sessions.start(raw)
    assert [text.strip() for text in await session.said(MessageRole.PILOT)] == ["The answer."]
    assert await session.rows(Fix) == []
    await session.say("go on")
    assert session.script.turns == 2


async def _ignored(session: WorkedSession) -> list[str]:
    return [one for turn in await _turns(session) for one in (turn.diagnostics or {}).get("ignored", [])]


async def _turns(session: WorkedSession) -> Sequence[Turn]:
    query = select(Turn).where(Turn.session_id == session.id).order_by(Turn.started_at)
    async with session.database.tenant(session.tenant.account_id) as db:
        return (await db.execute(query)).scalars().all()
