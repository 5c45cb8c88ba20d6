"""Notes, facts and digests: what every pilot promises for them, whoever is behind it."""

import json

import pytest

from domain.facts import FACT_SUMMARY_LIMIT
from domain.notes.sections import check_sections
from domain.pilot import (
    DigestRequest,
    FactSynthesisRequest,
    HistoryMessage,
    Pilot,
    PilotRejected,
    PilotUnavailable,
)
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind, FactSource, MessageRole, PilotProvider
from infra.pilots.prompts.notes import NOTE_SYSTEMS
from tests.pilots.models import Ending, Model
from tests.pilots.test_contract import note_state

ANSWER = FactSynthesisRequest(
    source_type=FactSource.QUESTION, asked="Since when?", raw_input="It began on Monday after the update"
)
TALK = DigestRequest(
    previous="- The print queue was paused.",
    messages=[
        HistoryMessage(role=MessageRole.ENGINEER, text="Queue FRONT-3 is resumed, still nothing"),
        HistoryMessage(role=MessageRole.PILOT, text="Then the port is next."),
        HistoryMessage(role=MessageRole.SYSTEM, text="The ticket has changed."),
    ],
)


async def test_a_fact_is_made_from_what_was_said_or_left_to_the_rules(pilot: Pilot) -> None:
    fact = await pilot.synthesise_fact(ANSWER)
    if pilot.provider is PilotProvider.PLAYBOOK:
        assert fact is None
    else:
        assert fact is not None
        assert fact.text is not None
        assert "Monday" in fact.text
        assert fact.summary
        assert not fact.summary.endswith(".")
        assert fact.model
        assert fact.usage.input_tokens > 0
        assert fact.usage.output_tokens > 0


async def test_nothing_substantive_is_no_fact(pilot: Pilot) -> None:
    fact = await pilot.synthesise_fact(ANSWER.model_copy(update={"raw_input": "I don't know"}))
    assert fact is None or (fact.text is None and fact.summary is None)


async def test_a_digest_keeps_what_was_there_and_what_is_new_or_is_left_to_the_rules(pilot: Pilot) -> None:
    digest = await pilot.write_digest(TALK)
    if pilot.provider is PilotProvider.PLAYBOOK:
        assert digest is None
    else:
        assert digest is not None
        assert "paused" in digest.text
        assert "FRONT-3" in digest.text
        assert digest.model
        assert digest.usage.input_tokens > 0


async def test_the_first_digest_has_nothing_before_it(any_model: Model) -> None:
    digest = await any_model.pilot.write_digest(TALK.model_copy(update={"previous": None}))
    assert digest is not None
    [(_, _, prompt)] = any_model.asked()
    assert "<earlier_conversation>" not in prompt
    assert "FRONT-3" in digest.text


@pytest.mark.parametrize("kind", NOTE_SYSTEMS)
async def test_every_kind_of_text_is_drafted_by_a_model_and_left_to_the_renderer_without_one(
    pilot: Pilot, kind: ArtifactKind
) -> None:
    draft = await pilot.draft_note(kind, note_state())
    if pilot.provider is PilotProvider.PLAYBOOK:
        assert draft is None
    else:
        assert draft is not None
        assert note_state().facts[0].text in draft.markdown
        assert draft.usage.output_tokens > 0
        assert kind not in ENDING_ARTIFACTS or check_sections(kind, draft.markdown) == []


@pytest.mark.parametrize("ending", ["cut_off", "refused"])
@pytest.mark.parametrize("kind", NOTE_SYSTEMS)
async def test_a_text_that_was_cut_off_or_refused_is_no_draft(
    any_model: Model, kind: ArtifactKind, ending: Ending
) -> None:
    any_model.says("## Problem\nThe printer shows", ending)
    with pytest.raises(PilotRejected):
        await any_model.pilot.draft_note(kind, note_state())


@pytest.mark.parametrize("ending", ["cut_off", "refused"])
async def test_a_fact_or_a_digest_that_was_cut_off_is_none(any_model: Model, ending: Ending) -> None:
    for _ in range(2):
        any_model.says('{"text": "The printer was', ending)
    with pytest.raises(PilotRejected):
        await any_model.pilot.synthesise_fact(ANSWER)
    with pytest.raises(PilotRejected):
        await any_model.pilot.write_digest(TALK)


@pytest.mark.parametrize("answer", ["Sure!", '{"fact": "x"}', '{"text": 7}', '{"text": "x"', "[]", " "])
async def test_an_answer_that_is_no_fact_at_all_is_asked_for_again_later(
    any_model: Model, answer: str
) -> None:
    any_model.says(answer)
    with pytest.raises(PilotUnavailable):
        await any_model.pilot.synthesise_fact(ANSWER)


async def test_a_fact_is_read_whatever_the_model_puts_around_it(any_model: Model) -> None:
    any_model.says(
        'Here it is:\n```json\n{"text": " The port \\n was 9100. ", "summary": "rules the queue out."}\n```'
    )
    fact = await any_model.pilot.synthesise_fact(ANSWER)
    assert fact is not None
    assert (fact.text, fact.summary) == ("The port was 9100.", "rules the queue out")


@pytest.mark.parametrize("answer", ["null", "```json\nnull\n```", '{"text": null}', '{"text": "  "}'])
async def test_null_is_no_fact_in_every_form(any_model: Model, answer: str) -> None:
    any_model.says(answer)
    fact = await any_model.pilot.synthesise_fact(ANSWER)
    assert fact is not None
    assert (fact.text, fact.summary) == (None, None)


async def test_a_summary_that_is_none_or_too_long_costs_no_fact(any_model: Model) -> None:
    any_model.says(json.dumps({"text": "It was off.", "summary": 4}))
    any_model.says(json.dumps({"text": "It was off.", "summary": "long " * 100}))
    first = await any_model.pilot.synthesise_fact(ANSWER)
    second = await any_model.pilot.synthesise_fact(ANSWER)
    assert first is not None
    assert second is not None
    assert first.summary is None
    assert second.summary is not None
    assert len(second.summary) <= FACT_SUMMARY_LIMIT


@pytest.mark.parametrize("status", [429, 500])
async def test_a_model_that_is_away_is_unavailable_for_facts_and_digests_too(
    any_model: Model, status: int
) -> None:
    for _ in range(2):
        any_model.fails(status)
    with pytest.raises(PilotUnavailable):
        await any_model.pilot.synthesise_fact(ANSWER)
    with pytest.raises(PilotUnavailable):
        await any_model.pilot.write_digest(TALK)
    assert len(any_model.asked()) == 2
