"""Facts: corrected, deleted and taken back, and made of what the engineer said."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.commands import CommandAck
from domain.facts import FACT_TEXT_LIMIT
from domain.pilot import PilotRejected, PilotUnavailable, SynthesisedFact, Usage
from domain.vocabulary import EventType, FactSource, PilotProvider
from infra.database.fact_metrics import count_disputed_facts
from infra.database.models import Fact, LaneItem, LlmCall
from infra.database.rows import read_facts
from tests.support.pilots import DirectedPilot
from tests.workflows.conftest import Sessions
from tests.workflows.replies import actions, promote, questions
from tests.workflows.worked_session import WorkedSession, refusal_of
from workflows.troubleshooting_session import steps
from workflows.troubleshooting_session.messages import (
    AnswerItems,
    EditFact,
    FactCommand,
    ItemAnswer,
    PromoteFact,
)


async def edit(session: WorkedSession, fact_id: UUID, **fields: Any) -> CommandAck:
    return await session.send("edit_fact", session.command(EditFact, fact_id=fact_id, **fields), CommandAck)


async def delete(session: WorkedSession, fact_id: UUID) -> CommandAck:
    return await session.send("delete_fact", session.command(FactCommand, fact_id=fact_id), CommandAck)


async def restore(session: WorkedSession, fact_id: UUID) -> CommandAck:
    return await session.send("restore_fact", session.command(FactCommand, fact_id=fact_id), CommandAck)


async def promote_to_fact(session: WorkedSession, **fields: Any) -> CommandAck:
    fields = {"source_type": FactSource.AI_SYNTHESIS, **fields}
    return await session.send("promote_fact", session.command(PromoteFact, **fields), CommandAck)


async def only_fact(session: WorkedSession) -> Fact:
    (fact,) = await session.rows(Fact)
    return fact


async def version(session: WorkedSession) -> int:
    return (await session.row()).state_version


# --- editing, deleting, taking back ---


async def test_a_corrected_fact_is_told_with_its_new_words_and_the_note_is_out_of_date(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    await session.add_fact("The light is of", summary="names the light")
    fact, before = await only_fact(session), await version(session)
    ack = await edit(session, fact.id, text="The light is off")
    corrected = await only_fact(session)
    assert ack.entity_id == fact.id
    assert (corrected.text, corrected.source_summary) == ("The light is off", "names the light")
    assert corrected.edited_at is not None
    assert not corrected.disputed, "an engineer's own note is not disputed by correcting it"
    assert await version(session) == before + 1
    (told,) = await session.events(EventType.FACT_UPDATED)
    assert (told["fact"]["id"], told["fact"]["text"]) == (str(fact.id), "The light is off")


async def test_a_summary_is_changed_or_removed_alone(sessions: Sessions) -> None:
    session = await sessions.start()
    await session.add_fact("The light is off", summary="names the light")
    fact = await only_fact(session)
    await edit(session, fact.id, summary="rules out the power")
    assert (await only_fact(session)).source_summary == "rules out the power"
    await edit(session, fact.id, summary="")
    changed = await only_fact(session)
    assert (changed.text, changed.source_summary) == ("The light is off", None)


async def test_the_same_words_again_are_no_edit(sessions: Sessions) -> None:
    session = await sessions.start("Noted." + promote("It is the cable", source="ai_synthesis"))
    fact, before = await only_fact(session), await version(session)
    await edit(session, fact.id, text=" It is the cable ")
    unchanged = await only_fact(session)
    assert (unchanged.edited_at, unchanged.disputed) == (None, False)
    assert await version(session) == before


async def test_a_deleted_fact_is_kept_aside_and_comes_back_as_it_was(sessions: Sessions) -> None:
    session = await sessions.start()
    await session.add_fact("The light is off", summary="names the light")
    fact, before = await only_fact(session), await version(session)
    await delete(session, fact.id)
    assert (await only_fact(session)).deleted_at is not None
    assert (await session.events(EventType.FACT_DELETED))[0]["fact"]["id"] == str(fact.id)
    await restore(session, fact.id)
    back = await only_fact(session)
    assert back.deleted_at is None
    assert (back.id, back.text, back.source_summary) == (fact.id, "The light is off", "names the light")
    assert [one["fact"]["id"] for one in await session.events(EventType.FACT_CREATED)] == [str(fact.id)] * 2
    assert await version(session) == before + 2


async def test_a_fact_may_be_as_long_as_it_may_be_in_every_script_and_is_known_again(
    sessions: Sessions,
) -> None:
    """An index takes 2,704 bytes and no more; two thousand characters of Chinese are six thousand."""
    dice = random.Random(1)
    long = "".join(chr(dice.randint(0x4E00, 0x9FFF)) for _ in range(FACT_TEXT_LIMIT))
    session = await sessions.start()
    await session.add_fact(long)
    await session.add_fact(long[:-1])
    assert [fact.text for fact in await session.rows(Fact)] == [long, long[:-1]]
    assert (await refusal_of(session.add_fact(f" {long}"))).type == "fact_duplicate"
    await edit(session, (await session.rows(Fact))[0].id, text=long[1:])
    await session.add_fact(long)
    assert [fact.text for fact in await session.rows(Fact)] == [long[1:], long[:-1], long]


async def test_a_fact_of_a_question_is_read_only_and_can_be_deleted(sessions: Sessions) -> None:
    session = await sessions.start("Noted." + promote("The light is on"))
    fact = await only_fact(session)
    refused = await refusal_of(edit(session, fact.id, text="The light is off"))
    assert (refused.type, refused.details) == ("fact_read_only", ("forbidden",))
    assert (await only_fact(session)).text == "The light is on"
    await delete(session, fact.id)
    assert (await only_fact(session)).deleted_at is not None


async def test_what_cannot_be_done_to_a_fact_is_refused_and_changes_nothing(sessions: Sessions) -> None:
    session = await sessions.start()
    await session.add_fact("The light is off")
    await session.add_fact("There is paper")
    off, paper = await session.rows(Fact)
    await delete(session, paper.id)
    await session.add_fact("there is PAPER")
    before = (await version(session), len(await session.events(EventType.FACT_UPDATED)))
    for answer, code in (
        (edit(session, off.id), "nothing_to_change"),
        (edit(session, off.id, text="  "), "fact_empty"),
        (edit(session, off.id, text="x" * 2_001), "fact_too_long"),
        (edit(session, off.id, summary="x" * 201), "fact_summary_too_long"),
        (edit(session, off.id, text="There  is paper"), "fact_duplicate"),
        (edit(session, paper.id, text="There is ink"), "fact_not_found"),
        (edit(session, uuid4(), text="There is ink"), "fact_not_found"),
        (delete(session, paper.id), "fact_not_found"),
        (delete(session, uuid4()), "fact_not_found"),
        (restore(session, off.id), "fact_not_deleted"),
        (restore(session, uuid4()), "fact_not_found"),
        (restore(session, paper.id), "fact_duplicate"),
    ):
        assert (await refusal_of(answer)).type == code
    assert (await version(session), len(await session.events(EventType.FACT_UPDATED))) == before


@pytest.mark.history("facts")
async def test_every_command_on_facts_has_one_effect_however_often_it_is_sent(sessions: Sessions) -> None:
    session = await sessions.start()
    await session.add_fact("The light is off")
    fact = await only_fact(session)
    promotion = session.command(
        PromoteFact, source_type=FactSource.AI_SYNTHESIS, raw_input="It began on Monday"
    )
    commands = [
        ("edit_fact", session.command(EditFact, fact_id=fact.id, text="The light is red")),
        ("delete_fact", session.command(FactCommand, fact_id=fact.id)),
        ("restore_fact", session.command(FactCommand, fact_id=fact.id)),
        ("promote_fact", promotion),
    ]
    before = await version(session)
    for name, command in commands:
        first = await session.send(name, command, CommandAck)
        for update_id in (command.command_id, str(uuid4())):
            assert await session.send(name, command, CommandAck, update_id=update_id) == first
    assert await version(session) == before + len(commands)
    assert [one.text for one in await session.rows(Fact)] == ["The light is red", "It began on Monday."]


async def test_facts_of_one_reply_stand_in_its_order_wherever_they_are_read(sessions: Sessions) -> None:
    texts = [f"Fact {letter}" for letter in "FCADEB"]
    session = await sessions.start("Noted." + "".join(promote(text, source="ai_synthesis") for text in texts))
    async with session.database.tenant(session.tenant.account_id) as db:
        assert [fact.text for fact in await read_facts(db, session.id)] == texts
    assert [told["fact"]["text"] for told in await session.events(EventType.FACT_CREATED)] == texts
    first, second, *_ = await session.rows(Fact)
    await delete(session, first.id)
    await restore(session, first.id)
    await edit(session, second.id, summary="rules out the dock")
    async with session.database.tenant(session.tenant.account_id) as db:
        assert [fact.text for fact in await read_facts(db, session.id)] == texts, "they keep their places"


# --- what the pilot concluded, and who doubts it ---


async def test_an_edited_or_deleted_conclusion_of_the_pilot_is_disputed(sessions: Sessions) -> None:
    session = await sessions.start(
        "Noted."
        + "".join(promote(text, source="ai_synthesis") for text in ("one", "two", "three", "four"))
        + promote("five")
    )
    one, two, three, four, five = await session.rows(Fact)
    await edit(session, one.id, text="one and a half")
    await delete(session, two.id)
    await delete(session, three.id)
    await restore(session, three.id)
    await edit(session, four.id, summary="rules out four")
    await delete(session, four.id)
    await restore(session, four.id)
    await delete(session, five.id)
    assert [fact.disputed for fact in await session.rows(Fact)] == [True, True, False, True, False]
    async with session.database.tenant(session.tenant.account_id) as db:
        begun = (await session.row()).created_at
        ours = await count_disputed_facts(db, since=begun)
        later = await count_disputed_facts(db, since=begun + timedelta(days=1))
        earlier = await count_disputed_facts(db, until=one.created_at)
    assert type(ours.disputed) is int
    assert (later.concluded, later.rate) == (0, None)
    assert ours.concluded >= 4
    async with session.database.tenant(session.tenant.account_id) as db:
        everything = await count_disputed_facts(db)
    assert everything.concluded - earlier.concluded == ours.concluded
    assert everything.rate == everything.disputed / everything.concluded


async def test_the_rate_counts_one_account_alone(sessions: Sessions) -> None:
    stranger = await sessions.application.tenant(with_flows=False)
    session = WorkedSession(sessions.temporal, sessions.application.database, stranger)
    sessions.made.append(session)
    name = f"case {uuid4().hex[:12]}"
    session.script = sessions.pilot.direct(
        name, "Noted." + "".join(promote(text, source="ai_synthesis") for text in ("a", "b", "c", "d"))
    )
    await session.open(f"{name}: the printer prints nothing")
    await session.settled()
    deleted, edited, restored, _ = await session.rows(Fact)
    await delete(session, deleted.id)
    await edit(session, edited.id, text="b and a half")
    await delete(session, restored.id)
    await restore(session, restored.id)
    async with session.database.tenant(stranger.account_id) as db:
        counted = await count_disputed_facts(db)
    assert (counted.concluded, counted.disputed, counted.rate) == (4, 2, 0.5)


# --- promoting ---


async def asked(sessions: Sessions) -> tuple[WorkedSession, LaneItem, LaneItem]:
    """A session with an open question and an open check."""
    session = await sessions.start(
        "Tell me." + questions("Who is affected?") + actions("Look at the spooler")
    )
    question, check = await session.rows(LaneItem)
    return session, question, check


async def test_a_promoted_answer_carries_its_question_and_the_message_that_answered_it(
    sessions: Sessions,
) -> None:
    session, question, check = await asked(sessions)
    for answer in ("Two", "Only one user"):
        items = [ItemAnswer(item_id=question.id, answer=answer), ItemAnswer(item_id=check.id, skipped=True)]
        said = await session.send("answer_items", session.command(AnswerItems, items=items), CommandAck)
        await session.settled()
    before = await version(session)
    await promote_to_fact(
        session,
        source_type=FactSource.QUESTION,
        source_ref=question.id,
        text="Only one user was affected",
        summary="rules out the tenant.",
    )
    fact = await only_fact(session)
    assert (fact.source_type, fact.source_ref, fact.message_id) == (
        FactSource.QUESTION,
        question.id,
        said.entity_id,
    )
    assert (fact.text, fact.source_summary) == ("Only one user was affected", "rules out the tenant")
    assert fact.created_by == session.tenant.user_id()
    assert await version(session) == before + 1
    assert len(await session.events(EventType.FACT_CREATED)) == 1


async def test_without_a_model_an_answer_becomes_a_fact_by_rule(sessions: Sessions) -> None:
    session, question, check = await asked(sessions)
    await promote_to_fact(
        session, source_type=FactSource.QUESTION, source_ref=question.id, raw_input="Only one user"
    )
    await promote_to_fact(
        session,
        source_type=FactSource.DIAGNOSTIC_CHECK,
        source_ref=check.id,
        raw_input="Status Name\n------ ----\nStopped Spooler",
        summary="rules in the spooler",
    )
    answered, shown = await session.rows(Fact)
    assert answered.text == "“Who is affected?” was answered with: Only one user."
    assert answered.source_summary == "answer to: Who is affected"
    assert answered.message_id is None, "nobody answered it in the conversation"
    assert shown.text == "The check “Look at the spooler” returned: Stopped Spooler."
    assert shown.source_summary == "rules in the spooler"


async def test_the_model_puts_the_answer_as_a_fact_and_its_usage_is_kept(
    sessions: Sessions, pilot: DirectedPilot
) -> None:
    session, question, _ = await asked(sessions)
    name = uuid4().hex
    made = pilot.make_facts(
        name,
        SynthesisedFact(
            text=" Only one user was affected. ",
            summary="rules out the tenant.",
            model="fast one",
            usage=Usage(input_tokens=70, output_tokens=9),
        ),
    )
    await promote_to_fact(
        session, source_type=FactSource.QUESTION, source_ref=question.id, raw_input=f"just one {name}"
    )
    fact = await only_fact(session)
    assert (fact.text, fact.source_summary) == ("Only one user was affected.", "rules out the tenant")
    (request,) = made.requests
    assert (request.source_type, request.asked) == (FactSource.QUESTION, "Who is affected?")
    (call,) = await llm_calls(session)
    assert (call.action, call.model, call.provider) == (
        "fact_synthesis",
        "fast one",
        PilotProvider.ANTHROPIC,
    )
    assert (call.input_tokens, call.output_tokens, call.attempt) == (70, 9, 1)


async def llm_calls(session: WorkedSession) -> list[LlmCall]:
    async with session.database.tenant(session.tenant.account_id) as db:
        rows = await db.execute(
            select(LlmCall).where(LlmCall.session_id == session.id, LlmCall.action == "fact_synthesis")
        )
        return list(rows.scalars())


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ([PilotRejected("the key is not valid")], 1),
        ([PilotUnavailable("overloaded")], 2),
        ([PilotUnavailable("too many requests", retry_after=60)], 1),
        ([SynthesisedFact(text="x" * 2_001, model="verbose")], 1),
    ],
    ids=["rejected", "away", "away for long", "unusable"],
)
async def test_a_model_that_fails_does_not_cost_the_promotion(
    sessions: Sessions, pilot: DirectedPilot, quick_retries: None, answers: list[object], calls: int
) -> None:
    session, question, _ = await asked(sessions)
    name = uuid4().hex
    made = pilot.make_facts(name, *answers)
    await promote_to_fact(
        session, source_type=FactSource.QUESTION, source_ref=question.id, raw_input=f"just one {name}"
    )
    assert (await only_fact(session)).text == f"“Who is affected?” was answered with: just one {name}."
    assert len(made.requests) == calls


async def test_a_model_that_comes_back_is_asked_again(
    sessions: Sessions, pilot: DirectedPilot, quick_retries: None
) -> None:
    session = await sessions.start()
    name = uuid4().hex
    pilot.make_facts(name, PilotUnavailable("busy"), SynthesisedFact(text="It was the cable.", model="fast"))
    await promote_to_fact(session, raw_input=f"the cable {name}")
    assert (await only_fact(session)).text == "It was the cable."
    (call,) = await llm_calls(session)
    assert call.attempt == 2


async def test_a_synthesis_that_is_lost_does_not_cost_the_promotion(
    sessions: Sessions, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await sessions.start()
    name = uuid4().hex
    never = asyncio.Event()
    pilot.make_facts(name, never)
    monkeypatch.setattr(steps, "_SHORT_CALL_TIMEOUT", timedelta(milliseconds=300))
    await promote_to_fact(session, raw_input=f"the cable {name}")
    never.set()
    assert (await only_fact(session)).text == f"The cable {name}."


@pytest.mark.parametrize("said", ["", "n/a", "I don't know", "?", "…", "Which one do you mean?"])
async def test_nothing_substantive_becomes_no_fact_and_costs_no_model(
    sessions: Sessions, pilot: DirectedPilot, said: str
) -> None:
    session = await sessions.start()
    before = await version(session)
    for fields in ({"raw_input": said}, {"text": said}):
        refused = await refusal_of(promote_to_fact(session, **fields))
        assert (refused.type, refused.details) == ("nothing_substantive", ("unprocessable",))
    assert await session.rows(Fact) == []
    assert await version(session) == before


async def test_what_the_model_finds_empty_becomes_no_fact(sessions: Sessions, pilot: DirectedPilot) -> None:
    session = await sessions.start()
    name = uuid4().hex
    pilot.make_facts(name, SynthesisedFact(text=None, model="fast"))
    refused = await refusal_of(promote_to_fact(session, raw_input=f"well, you know {name}"))
    assert refused.type == "nothing_substantive"
    assert await session.rows(Fact) == []
    assert len(await llm_calls(session)) == 1, "the call was made and is paid for"


async def test_a_promotion_that_contradicts_itself_is_refused_before_anything_is_asked(
    sessions: Sessions, pilot: DirectedPilot
) -> None:
    session, question, check = await asked(sessions)
    name = uuid4().hex
    made = pilot.make_facts(name, SynthesisedFact(text="Never made.", model="fast"))
    await session.add_fact("The light is off")
    before = await version(session)
    of_question = {"source_type": FactSource.QUESTION}
    for fields, code, kind in (
        ({}, "promotion_text_ambiguous", "invalid"),
        ({"text": "It was", "raw_input": name}, "promotion_text_ambiguous", "invalid"),
        ({"source_type": FactSource.USER_NOTE, "text": "It was"}, "promotion_source_invalid", "invalid"),
        ({"source_ref": question.id, "raw_input": name}, "source_ref_not_allowed", "invalid"),
        (of_question | {"source_ref": uuid4(), "raw_input": name}, "item_not_found", "not_found"),
        (of_question | {"source_ref": uuid4(), "text": "It was"}, "item_not_found", "not_found"),
        (of_question | {"source_ref": check.id, "raw_input": name}, "source_ref_mismatch", "invalid"),
        (of_question | {"source_ref": check.id, "text": "It was"}, "source_ref_mismatch", "invalid"),
        ({"text": "x" * 2_001}, "fact_too_long", "unprocessable"),
        ({"raw_input": "x" * 10_001}, "raw_input_too_long", "unprocessable"),
        ({"text": "the LIGHT is off"}, "fact_duplicate", "conflict"),
    ):
        refused = await refusal_of(promote_to_fact(session, **fields))
        assert (refused.type, refused.details) == (code, (kind,)), fields
    assert made.requests == []
    assert await version(session) == before
