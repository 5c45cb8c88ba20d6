"""What every provider with a model promises for a turn: endings, failures, pictures, long sessions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from domain.markers import BlockName, parse_reply, render_block
from domain.notes.state import NoteState
from domain.pilot import (
    EngineerInput,
    HistoryMessage,
    InputImage,
    ItemAnswer,
    PilotRejected,
    PilotUnavailable,
    TurnContext,
)
from domain.vocabulary import ArtifactKind, MessageRole
from infra.pilots.actions import ACTIONS, ModelAction, choose_models
from infra.pilots.anthropic import AnthropicPilot
from infra.pilots.endings import CUT_OFF_SENTENCE, REFUSAL_SENTENCE
from infra.pilots.gemini import GeminiPilot
from infra.pilots.prompts.chat import CHAT_SYSTEM, TURN_REMINDER
from infra.simulators.anthropic import AnthropicSimulator
from infra.simulators.gemini import GeminiSimulator
from tests.pilots.models import Model
from tests.pilots.talking import Talk, reply_of
from tests.pilots.test_contract import note_state
from tests.pilots.test_contract_texts import ANSWER, TALK
from tests.unit.playbook.desk import Desk

REPLY = "Analysis first.\n" + render_block(BlockName.QUESTIONS, [{"text": "Who?"}, {"text": "Since when?"}])
PICTURE = InputImage(file_name="screen.png", media_type="image/png", data=b"\x89PNG \xff\xfe\xfb picture")


def context(**changes: Any) -> TurnContext:
    desk = Desk()
    return desk.context(desk.messages("hello")).model_copy(update=changes)


@pytest.mark.parametrize("kept", [4, len(REPLY) // 2, len(REPLY)])
async def test_a_reply_cut_off_at_its_limit_says_so(any_model: Model, kept: int) -> None:
    any_model.says(REPLY[:kept], "cut_off")
    raw, end = await reply_of(any_model.pilot, context())
    assert end.stop_reason == "max_tokens"
    assert parse_reply(raw).prose.endswith(CUT_OFF_SENTENCE)


async def test_a_refusal_is_reported_and_visible(any_model: Model) -> None:
    any_model.says("", "refused")
    raw, end = await reply_of(any_model.pilot, context())
    assert end.stop_reason == "refusal"
    assert parse_reply(raw).prose == REFUSAL_SENTENCE


async def test_an_empty_answer_is_unavailable(any_model: Model) -> None:
    any_model.says(" ")
    with pytest.raises(PilotUnavailable):
        await reply_of(any_model.pilot, context())


@pytest.mark.parametrize("status", [429, 500, 503, 504])
async def test_what_passes_is_unavailable_and_was_tried_exactly_once(any_model: Model, status: int) -> None:
    any_model.fails(status)
    any_model.fails(status)
    with pytest.raises(PilotUnavailable) as caught:
        await reply_of(any_model.pilot, context())
    assert caught.value.retry_after is None
    with pytest.raises(PilotUnavailable):
        await any_model.pilot.draft_note(
            ArtifactKind.RESOLUTION_NOTE, NoteState(problem_summary="P", ticket=None)
        )
    assert len(any_model.asked()) == 2


async def test_an_overload_is_told_as_one(any_model: Model) -> None:
    any_model.fails(any_model.overloaded)
    with pytest.raises(PilotUnavailable, match="overloaded"):
        await reply_of(any_model.pilot, context())


async def test_the_time_to_wait_is_passed_on(any_model: Model) -> None:
    any_model.asks_to_wait(17)
    with pytest.raises(PilotUnavailable) as caught:
        await reply_of(any_model.pilot, context())
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_what_does_not_pass_is_rejected_with_a_sentence_of_our_own(
    any_model: Model, status: int
) -> None:
    any_model.fails(status, error_message="Marta's password is hunter2")
    with pytest.raises(PilotRejected) as caught:
        await reply_of(any_model.pilot, context())
    assert "hunter2" not in caught.value.reason
    assert caught.value.reason.endswith((".", ")"))


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("failure", ["cut_after", "error_after"])
async def test_a_stream_that_breaks_is_unavailable_wherever_it_breaks(
    any_model: Model, failure: str, where: int
) -> None:
    behaviour: dict[str, Any] = {failure: where}
    any_model.says(REPLY, **behaviour)
    with pytest.raises(PilotUnavailable):
        await reply_of(any_model.pilot, context())
    raw, _ = await reply_of(any_model.pilot, context())
    assert parse_reply(raw).lane_stated


@pytest.mark.parametrize("behaviour", [{"hang_after": 1}, {"seconds_before_first_byte": 60}])
async def test_a_stream_that_never_ends_is_given_up(
    any_model: Model, short_limits: Callable[..., None], behaviour: dict[str, Any]
) -> None:
    short_limits(timeout_seconds=0.3)
    any_model.says(REPLY, **behaviour)
    with pytest.raises(PilotUnavailable, match="in time"):
        await reply_of(any_model.pilot, context())


async def test_silence_is_given_up_before_the_whole_time_is_over(
    any_model: Model, short_limits: Callable[..., None]
) -> None:
    short_limits(timeout_seconds=60, silence_seconds=0.2)
    any_model.says(REPLY, hang_after=1)
    with pytest.raises(PilotUnavailable, match="in time"):
        await reply_of(any_model.pilot, context())


async def test_a_single_text_may_take_all_of_its_time_in_silence(
    any_model: Model, short_limits: Callable[..., None]
) -> None:
    short_limits(timeout_seconds=60, silence_seconds=0.05)
    any_model.says("Here.", seconds_before_first_byte=0.3)
    draft = await any_model.pilot.draft_note(ArtifactKind.RESOLUTION_NOTE, note_state())
    assert draft is not None


async def test_a_text_that_never_comes_is_given_up(
    any_model: Model, short_limits: Callable[..., None]
) -> None:
    short_limits(timeout_seconds=0.3)
    any_model.says("", hang_after=0)
    with pytest.raises(PilotUnavailable, match="in time"):
        await any_model.pilot.draft_note(ArtifactKind.RESOLUTION_NOTE, note_state())


async def test_a_picture_comes_in_the_message_it_belongs_to_and_only_in_its_turn(any_model: Model) -> None:
    talk = Talk(any_model.pilot)
    [message] = talk.desk.messages("What does this say?")
    await reply_of(
        any_model.pilot, talk.desk.context([message.model_copy(update={"images": [PICTURE, PICTURE]})])
    )
    assert any_model.pictures() == [("image/png", PICTURE.data)] * 2
    prompt = any_model.asked()[-1][2]
    assert prompt.index('"file_name": "screen.png"') < prompt.index("What does this say?")
    await talk.say("And now?")
    assert any_model.pictures() == []


async def test_a_picture_may_come_with_answers_or_with_no_word_at_all(any_model: Model) -> None:
    answers = [ItemAnswer(item_id=UUID(int=5), answer="see the picture")]
    for message in (
        EngineerInput(message_id=UUID(int=1), text="t", answers=answers, images=[PICTURE]),
        EngineerInput(message_id=UUID(int=1), text="", images=[PICTURE]),
    ):
        raw, _ = await reply_of(any_model.pilot, context(inputs=[message]))
        assert parse_reply(raw).lane_stated
        assert len(any_model.pictures()) == 1


@pytest.mark.parametrize(
    "history",
    [
        [],
        [HistoryMessage(role=MessageRole.PILOT, text="I go on without a model.")],
        [
            HistoryMessage(role=MessageRole.ENGINEER, text="x"),
            HistoryMessage(role=MessageRole.SYSTEM, text="The note was posted."),
            HistoryMessage(role=MessageRole.PILOT, text="  "),
            HistoryMessage(role=MessageRole.PILOT, text="y"),
            HistoryMessage(role=MessageRole.PILOT, text="z"),
        ],
    ],
)
@pytest.mark.parametrize("digest", [None, "- The queue was paused."])
async def test_every_shape_of_a_history_is_a_valid_conversation(
    any_model: Model, history: list[HistoryMessage], digest: str | None
) -> None:
    raw, _ = await reply_of(any_model.pilot, context(history=history, digest=digest))
    assert parse_reply(raw).lane_stated


async def test_each_action_asks_its_own_model_with_its_own_prompt(any_model: Model) -> None:
    pilot = any_model.pilot
    await reply_of(pilot, context())
    await pilot.draft_note(ArtifactKind.RESOLUTION_NOTE, note_state())
    await pilot.synthesise_fact(ANSWER)
    await pilot.write_digest(TALK)
    models = choose_models(pilot.provider)
    used = [
        ModelAction.CHAT_TURN,
        ModelAction.RESOLUTION_NOTE,
        ModelAction.FACT_SYNTHESIS,
        ModelAction.DIGEST,
    ]
    assert [asked[0] for asked in any_model.asked()] == [models[action] for action in used]
    assert models[ModelAction.DIGEST] != models[ModelAction.CHAT_TURN]
    assert len({asked[1] for asked in any_model.asked()}) == 4
    assert any_model.asked()[0][1] == CHAT_SYSTEM
    assert any_model.asked()[0][2].endswith(TURN_REMINDER)


async def test_configured_models_are_the_ones_that_are_asked(
    model: AnthropicSimulator, gemini: GeminiSimulator
) -> None:
    small = dict.fromkeys(ACTIONS, "claude-small") | {ModelAction.DIGEST: "claude-digest"}
    tiny = dict.fromkeys(ACTIONS, "gemini-tiny") | {ModelAction.DIGEST: "gemini-digest"}
    for pilot, requests, names in (
        (AnthropicPilot("key", model.url, models=small), model.requests, small),
        (GeminiPilot("key", gemini.url, models=tiny), gemini.requests, tiny),
    ):
        _, end = await reply_of(pilot, context())
        digest = await pilot.write_digest(TALK)
        await pilot.aclose()
        assert digest is not None
        assert end.model == requests[0]["model"] == names[ModelAction.CHAT_TURN]
        assert digest.model == requests[1]["model"] == names[ModelAction.DIGEST]


async def test_a_wrong_key_is_named_without_being_shown(
    model: AnthropicSimulator, gemini: GeminiSimulator
) -> None:
    for pilot, variable in (
        (AnthropicPilot("invalid-secret", model.url), "ANTHROPIC_API_KEY"),
        (GeminiPilot("invalid-secret", gemini.url), "GEMINI_API_KEY"),
    ):
        with pytest.raises(PilotRejected, match=variable) as caught:
            await reply_of(pilot, context())
        await pilot.aclose()
        assert "secret" not in caught.value.reason


async def test_a_provider_that_cannot_be_reached_is_unavailable() -> None:
    async with AnthropicSimulator() as gone:
        url = gone.url
    for pilot in (AnthropicPilot("key", url), GeminiPilot("key", url)):
        with pytest.raises(PilotUnavailable):
            await reply_of(pilot, context())
        await pilot.aclose()
