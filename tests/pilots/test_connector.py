"""Documentation in a turn: the connector is carried by turns alone, fails quietly, and never reaches the prose."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.markers import BlockName, parse_reply, render_block
from domain.pilot import PilotRejected, PilotUnavailable, TurnContext
from domain.vocabulary import ArtifactKind
from infra.pilots.anthropic import AnthropicPilot, connector
from infra.pilots.endings import CUT_OFF_SENTENCE
from infra.simulators.anthropic import AnthropicSimulator
from tests.pilots.talking import Talk, reply_of
from tests.pilots.test_contract import note_state
from tests.pilots.test_contract_texts import ANSWER, TALK
from tests.unit.playbook.desk import Desk

REPLY = "Error 5 means access denied.\n" + render_block(BlockName.QUESTIONS, [{"text": "Who?"}])
ITS_ERRORS = [
    (400, "Connection error while communicating with MCP server 'microsoft_learn'."),
    (400, "Invalid authorization token for MCP server 'microsoft_learn'."),
    (400, "Unexpected value(s) `mcp-client-2025-11-20` for the `anthropic-beta` header."),
    (424, "The MCP server did not answer."),
]


def context() -> TurnContext:
    desk = Desk()
    return desk.context(desk.messages("hello"))


@pytest.fixture
async def informed(model: AnthropicSimulator) -> AsyncIterator[AnthropicPilot]:
    """A pilot that may search the documentation."""
    pilot = AnthropicPilot(model.api_key, model.url, documentation=True)
    yield pilot
    await pilot.aclose()


def logged(logs: list[Any], event: str) -> list[dict[str, Any]]:
    return [dict(one) for one in logs if one["event"] == event]


async def test_every_turn_carries_the_same_tools_when_the_connector_is_on(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    talk = Talk(informed)
    for text in ("The printer does not print", "Everyone is affected", "What next?"):
        await talk.say(text)
    carried = {json.dumps([request["mcp_servers"], request["tools"]]) for request in model.requests}
    assert len(model.requests) == 3
    [same] = carried
    assert "https://learn.microsoft.com/api/mcp" in same


async def test_nothing_else_carries_it_and_without_the_switch_nothing_does(
    informed: AnthropicPilot, anthropic_pilot: AnthropicPilot, model: AnthropicSimulator
) -> None:
    await informed.draft_note(ArtifactKind.RESOLUTION_NOTE, note_state())
    await informed.synthesise_fact(ANSWER)
    await informed.write_digest(TALK)
    await reply_of(anthropic_pilot, context())
    assert len(model.requests) == 4
    for request in model.requests:
        assert "mcp_servers" not in request
        assert "tools" not in request


async def test_what_was_looked_up_never_reaches_the_prose(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    model.next(
        text=REPLY, text_before_tools="Let me look.", tools=["microsoft_docs_search", "microsoft_docs_fetch"]
    )
    with capture_logs() as logs:
        raw, end = await reply_of(informed, context())
    parsed = parse_reply(raw)
    assert parsed.prose == "Let me look.\n\nError 5 means access denied."
    assert [question.text for question in parsed.questions] == ["Who?"]
    assert "query" not in raw
    assert "page" not in raw
    assert end.stop_reason == "end_turn"
    [told] = logged(logs, "mcp.turn")
    assert told["available"] is True
    assert told["invoked"] is True
    assert told["tools"] == ["microsoft_docs_search", "microsoft_docs_fetch"]


async def test_a_tool_that_fails_is_the_models_business(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    model.next(text=REPLY, tools=["microsoft_docs_search"], tools_fail=True)
    raw, _ = await reply_of(informed, context())
    assert parse_reply(raw).prose == "Error 5 means access denied."
    assert len(model.requests) == 1


async def test_every_turn_tells_whether_the_connector_was_there_and_used(
    informed: AnthropicPilot, anthropic_pilot: AnthropicPilot
) -> None:
    with capture_logs() as logs:
        await reply_of(informed, context())
        await reply_of(anthropic_pilot, context())
    there, not_there = logged(logs, "mcp.turn")
    assert (there["available"], there["invoked"], there["tools"]) == (True, False, [])
    assert (not_there["available"], not_there["invoked"], not_there["tools"]) == (False, False, [])


@pytest.mark.parametrize(("status", "message"), ITS_ERRORS)
async def test_a_turn_that_fails_because_of_it_is_asked_once_more_without_it(
    informed: AnthropicPilot, model: AnthropicSimulator, status: int, message: str
) -> None:
    model.next(status=status, error_message=message, with_connector=True)
    with capture_logs() as logs:
        raw, end = await reply_of(informed, context())
    assert parse_reply(raw).lane_stated
    assert ["mcp_servers" in request for request in model.requests] == [True, False]
    assert "tools" not in model.requests[1]
    assert len(logged(logs, "mcp.fallback")) == 1
    [told] = logged(logs, "mcp.turn")
    assert told["available"] is False
    assert end.usage.output_tokens > 0
    assert message not in json.dumps(logs)


async def test_the_next_turn_carries_it_again(informed: AnthropicPilot, model: AnthropicSimulator) -> None:
    talk = Talk(informed)
    model.next(status=400, error_message=ITS_ERRORS[0][1])
    await talk.say("The printer does not print")
    await talk.say("Everyone is affected")
    assert ["mcp_servers" in request for request in model.requests] == [True, False, True]


async def test_a_second_failure_is_not_asked_again(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    for _ in range(2):
        model.next(status=400, error_message=ITS_ERRORS[0][1])
    with pytest.raises(PilotRejected):
        await reply_of(informed, context())
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    ("status", "message", "passes"),
    [
        (429, "Too many requests to the MCP server", True),
        (529, "Overloaded (mcp)", True),
        (500, "Internal error in MCP", True),
        (503, "MCP", True),
        (400, "prompt is too long: 210000 tokens > 200000 maximum (mcp tools included)", False),
        (400, "messages.1: something else is wrong", False),
        (401, "invalid x-api-key for mcp", False),
        (403, "not permitted (mcp)", False),
        (413, "too large (mcp)", False),
    ],
)
async def test_errors_that_are_not_the_connectors_are_not_blamed_on_it(
    informed: AnthropicPilot, model: AnthropicSimulator, status: int, message: str, passes: bool
) -> None:
    model.next(status=status, error_message=message)
    with capture_logs() as logs, pytest.raises(PilotUnavailable if passes else PilotRejected):
        await reply_of(informed, context())
    assert len(model.requests) == 1
    assert logged(logs, "mcp.fallback") == []


async def test_without_the_connector_no_error_is_blamed_on_it(
    anthropic_pilot: AnthropicPilot, model: AnthropicSimulator
) -> None:
    model.next(status=400, error_message=ITS_ERRORS[0][1])
    with pytest.raises(PilotRejected):
        await reply_of(anthropic_pilot, context())
    assert len(model.requests) == 1


async def test_a_failure_in_the_stream_before_any_word_falls_back_and_both_calls_are_counted(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    failure = {"error_type": "invalid_request_error", "error_message": ITS_ERRORS[0][1]}
    model.next(text=REPLY, error_after=0, **failure)
    model.next(text=REPLY)
    _, end = await reply_of(informed, context())
    model.reset()
    model.next(text=REPLY)
    _, alone = await reply_of(informed, context())
    assert end.usage.output_tokens == alone.usage.output_tokens + 1
    counted = (end.usage.input_tokens, end.usage.cache_creation_tokens + end.usage.cache_read_tokens)
    once = (alone.usage.input_tokens, alone.usage.cache_creation_tokens + alone.usage.cache_read_tokens)
    assert counted[0] > 1.9 * once[0]
    assert counted[1] > 1.9 * once[1] > 0


async def test_a_failure_after_words_were_shown_is_tried_again_as_a_whole_without_it(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    failure = {"error_type": "invalid_request_error", "error_message": ITS_ERRORS[0][1]}
    model.next(text=REPLY, error_after=1, **failure)
    same = context()
    with pytest.raises(PilotUnavailable):
        await reply_of(informed, same)
    raw, _ = await reply_of(informed, same)
    assert parse_reply(raw).lane_stated
    assert ["mcp_servers" in request for request in model.requests] == [True, False]


async def test_a_model_that_pauses_between_look_ups_is_asked_to_go_on(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    model.next(text="", text_before_tools="First.", tools=["microsoft_docs_search"], stop_reason="pause_turn")
    model.next(text=REPLY)
    raw, end = await reply_of(informed, context())
    assert parse_reply(raw).prose == "First.\n\nError 5 means access denied."
    assert end.stop_reason == "end_turn"
    first, second = model.requests
    assert second["messages"][:-1] == first["messages"]
    given_back = second["messages"][-1]
    assert given_back["role"] == "assistant"
    assert [block["type"] for block in given_back["content"]] == ["text", "mcp_tool_use", "mcp_tool_result"]
    assert given_back["content"][1]["input"] == {"query": "q"}


async def test_a_model_that_never_stops_looking_things_up_is_cut_off(
    informed: AnthropicPilot, model: AnthropicSimulator
) -> None:
    for _ in range(9):
        model.next(text="", tools=["microsoft_docs_search"], stop_reason="pause_turn")
    raw, end = await reply_of(informed, context())
    assert end.stop_reason == "max_tokens"
    assert parse_reply(raw).prose == CUT_OFF_SENTENCE
    assert 1 < len(model.requests) < 9


async def test_a_log_that_cannot_be_written_costs_no_reply(
    informed: AnthropicPilot, model: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def info(self, event: str, **values: object) -> None:
            raise OSError("no space left")

    monkeypatch.setattr(connector, "logger", Broken())
    model.next(status=400, error_message=ITS_ERRORS[0][1])
    raw, _ = await reply_of(informed, context())
    assert parse_reply(raw).lane_stated
