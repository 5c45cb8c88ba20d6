"""What is Gemini's own: the form of its requests, its counts, its ways to end and to fail."""

import pytest

from domain.markers import BlockName, parse_reply, render_block
from domain.pilot import PilotRejected, PilotUnavailable, TurnContext
from domain.vocabulary import ArtifactKind
from infra.pilots.actions import ACTIONS, ModelAction
from infra.pilots.endings import CUT_OFF_SENTENCE, REFUSAL_SENTENCE
from infra.pilots.gemini import GeminiPilot
from infra.pilots.prompts.chat import CHAT_SYSTEM
from infra.simulators.gemini import GeminiSimulator
from tests.pilots.talking import Talk, reply_of
from tests.pilots.test_contract import note_state
from tests.pilots.test_contract_texts import ANSWER
from tests.support.waiting import until
from tests.unit.playbook.desk import Desk

REPLY = "Analysis first.\n" + render_block(BlockName.QUESTIONS, [{"text": "Who?"}])


def context() -> TurnContext:
    desk = Desk()
    return desk.context(desk.messages("hello"))


async def test_a_turn_streams_and_a_text_comes_whole(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    await reply_of(gemini_pilot, context())
    await gemini_pilot.draft_note(ArtifactKind.RESOLUTION_NOTE, note_state())
    assert [request["method"] for request in gemini.requests] == ["streamGenerateContent", "generateContent"]


async def test_the_prompt_is_the_system_instruction_and_sides_take_turns(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    talk = Talk(gemini_pilot)
    await talk.say("The printer does not print")
    await talk.say("Everyone is affected", "Since Monday")
    await talk.say("And now?")
    last = gemini.requests[-1]
    assert last["systemInstruction"]["parts"] == [{"text": CHAT_SYSTEM}]
    assert [content["role"] for content in last["contents"]] == ["user", "model", "user", "model", "user"]


async def test_what_stays_from_turn_to_turn_comes_first(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    talk = Talk(gemini_pilot)
    cached = []
    for text in ("The printer does not print", "Everyone is affected", "Since Monday"):
        [message] = talk.desk.messages(text)
        _, end = await reply_of(gemini_pilot, talk.desk.context([message]))
        cached.append(end.usage.cache_read_tokens)
        await talk.say(text)
    before, after = gemini.requests[-3]["contents"], gemini.requests[-1]["contents"]
    assert after[: len(before) - 1] == before[:-1]
    assert cached[0] == 0
    assert cached[1] > 0


async def test_cached_tokens_are_not_counted_twice_and_thoughts_are_paid_as_output(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    same = context()
    _, first = await reply_of(gemini_pilot, same)
    gemini.next(thoughts="I think. " * 40)
    raw, second = await reply_of(gemini_pilot, same)
    assert "I think" not in raw
    assert second.usage.cache_read_tokens > 0
    assert second.usage.input_tokens + second.usage.cache_read_tokens == first.usage.input_tokens
    assert first.usage.cache_read_tokens == 0


async def test_the_answer_keeps_its_room_whatever_the_model_thinks(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    gemini.next(text='{"text": "It was off.", "summary": "rules nothing out"}', thoughts="Hm. " * 100)
    fact = await gemini_pilot.synthesise_fact(ANSWER)
    assert fact is not None
    assert fact.text == "It was off."
    assert fact.usage.output_tokens > 100
    allowed = gemini.requests[-1]["generationConfig"]["maxOutputTokens"]
    assert allowed > ACTIONS[ModelAction.FACT_SYNTHESIS].max_tokens


@pytest.mark.parametrize("reason", ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"])
async def test_every_kind_of_refusal_is_shown_as_one(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator, reason: str
) -> None:
    gemini.next(text=REPLY[:20], finish_reason=reason)
    raw, end = await reply_of(gemini_pilot, context())
    assert end.stop_reason == "refusal"
    assert parse_reply(raw).prose.endswith(REFUSAL_SENTENCE)


async def test_a_prompt_that_is_blocked_is_a_refusal(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    gemini.next(blocked="PROHIBITED_CONTENT")
    raw, end = await reply_of(gemini_pilot, context())
    assert (raw, end.stop_reason) == (REFUSAL_SENTENCE, "refusal")
    gemini.next(blocked="SAFETY")
    with pytest.raises(PilotRejected):
        await gemini_pilot.draft_note(ArtifactKind.RESOLUTION_NOTE, note_state())


@pytest.mark.filterwarnings("ignore:A_REASON_OF_TOMORROW")
@pytest.mark.parametrize("reason", ["OTHER", "MALFORMED_RESPONSE", "A_REASON_OF_TOMORROW", None])
async def test_an_answer_that_did_not_finish_is_unavailable(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator, reason: str | None
) -> None:
    gemini.next(text=REPLY, finish_reason=reason)
    with pytest.raises(PilotUnavailable):
        await reply_of(gemini_pilot, context())


async def test_a_reply_that_was_only_thought_of_is_cut_off(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    gemini.next(text="", thoughts="So many causes. " * 9, finish_reason="MAX_TOKENS")
    raw, end = await reply_of(gemini_pilot, context())
    assert (raw, end.stop_reason) == (CUT_OFF_SENTENCE, "max_tokens")


@pytest.mark.parametrize(
    ("delay", "expected"), [("1.5s", 1.5), ("0s", 0), ("999999s", 3_600), ("soon", None), ("-3s", None)]
)
async def test_the_delay_is_read_from_the_details(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator, delay: str, expected: float | None
) -> None:
    gemini.next(status=429, retry_delay=delay)
    with pytest.raises(PilotUnavailable) as caught:
        await reply_of(gemini_pilot, context())
    assert caught.value.retry_after == expected


async def test_an_error_that_is_no_json_is_told_like_any_other(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    gemini.next(status=502, error_body="<html>Bad gateway</html>")
    with pytest.raises(PilotUnavailable, match="502"):
        await reply_of(gemini_pilot, context())


async def test_a_reply_that_is_dropped_closes_its_connection(
    gemini_pilot: GeminiPilot, gemini: GeminiSimulator
) -> None:
    gemini.next(text=REPLY, hang_after=1)
    stream = gemini_pilot.stream_reply(context())
    await anext(stream)
    assert gemini.simulation.open_streams == 1
    await stream.aclose()  # type: ignore[attr-defined]

    async def closed() -> bool:
        return gemini.simulation.open_streams == 0

    await until(closed, within=5, what="the end of the stream")


async def test_its_client_never_speaks_to_another_service_of_the_same_maker(
    gemini: GeminiSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_API_KEY", "invalid-other")
    pilot = GeminiPilot("key", gemini.url)
    raw, _ = await reply_of(pilot, context())
    await pilot.aclose()
    assert parse_reply(raw).lane_stated
