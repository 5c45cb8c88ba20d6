"""Failures of the model are told apart: what passes is tried again, what does not is said at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from domain.lane import merge_lane
from domain.markers import BlockName, parse_reply, render_block
from domain.pilot import PilotRejected, PilotUnavailable, TurnContext
from infra.pilots.anthropic import AnthropicPilot
from infra.pilots.endings import CUT_OFF_SENTENCE, REFUSAL_SENTENCE
from infra.simulators.anthropic import AnthropicSimulator
from tests.pilots.talking import Talk, reply_of
from tests.unit.playbook.desk import Desk

REPLY = "Analysis first.\n" + render_block(BlockName.QUESTIONS, [{"text": "Who?"}, {"text": "Since when?"}])


def context() -> TurnContext:
    desk = Desk()
    return desk.context(desk.messages("hello"))


@pytest.mark.parametrize(
    ("header", "expected"), [("soon", None), ("-5", 0), ("999999", 3_600), ("nan", None)]
)
async def test_an_odd_time_to_wait_is_no_trouble(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator, header: str, expected: float | None
) -> None:
    model.next(status=429, retry_after=header)
    with pytest.raises(PilotUnavailable) as caught:
        await reply_of(anthropic_pilot, context())
    assert caught.value.retry_after == expected


async def test_a_date_to_wait_for_is_understood(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator
) -> None:
    model.next(status=529, retry_after=format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True))
    with pytest.raises(PilotUnavailable) as caught:
        await reply_of(anthropic_pilot, context())
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 300


@pytest.mark.parametrize("status", [402, 413, 422])
async def test_what_does_not_pass_is_rejected_with_a_sentence_of_our_own(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator, status: int
) -> None:
    model.next(status=status, error_message="Marta's password is hunter2")
    with pytest.raises(PilotRejected) as caught:
        await reply_of(anthropic_pilot, context())
    assert "hunter2" not in caught.value.reason
    assert caught.value.reason.endswith((".", ")"))


async def test_an_error_in_the_stream_that_will_not_pass_is_rejected(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator
) -> None:
    model.next(text=REPLY, error_after=1, error_type="invalid_request_error")
    with pytest.raises(PilotRejected):
        await reply_of(anthropic_pilot, context())


async def test_a_stream_of_pings_alone_is_given_up(
    anthropic_pilot: AnthropicPilot,
    model: AnthropicSimulator,
    short_limits: Callable[..., None],
) -> None:
    short_limits(timeout_seconds=0.3)
    model.next(text=REPLY, pings_after=1)
    with pytest.raises(PilotUnavailable, match="in time"):
        await reply_of(anthropic_pilot, context())


@pytest.mark.parametrize("text", ["", "I would rather not"])
async def test_a_refusal_is_reported_and_visible(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator, text: str
) -> None:
    model.next(text=text, stop_reason="refusal")
    raw, end = await reply_of(anthropic_pilot, context())
    assert end.stop_reason == "refusal"
    assert parse_reply(raw).prose.endswith(REFUSAL_SENTENCE)


@pytest.mark.parametrize("kept", range(1, len(REPLY) + 1, 7))
async def test_a_reply_cut_off_at_its_limit_says_so_wherever_it_was_cut(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator, kept: int
) -> None:
    model.next(text=REPLY[:kept], stop_reason="max_tokens")
    raw, end = await reply_of(anthropic_pilot, context())
    parsed = parse_reply(raw)
    assert end.stop_reason == "max_tokens"
    assert parsed.prose.endswith(CUT_OFF_SENTENCE)
    assert "{" not in parsed.prose


async def test_a_reply_cut_off_inside_the_lane_sets_nothing_aside(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator
) -> None:
    talk = Talk(anthropic_pilot)
    await talk.say("The printer does not print")
    before = talk.desk.lane
    model.next(text=REPLY[: REPLY.index("Since")], stop_reason="max_tokens")
    reply = await talk.say("go on")
    assert [question.text for question in reply.questions] == ["Who?"]
    assert merge_lane(before, reply, talk.desk._id).set_aside == []


async def test_after_a_failure_the_same_pilot_goes_on(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator
) -> None:
    model.next(status=529)
    model.next(text=REPLY, cut_after=1)
    for _ in range(2):
        with pytest.raises(PilotUnavailable):
            await reply_of(anthropic_pilot, context())
    raw, _ = await reply_of(anthropic_pilot, context())
    assert parse_reply(raw).lane_stated
