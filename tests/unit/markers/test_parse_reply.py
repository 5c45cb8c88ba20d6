"""Parsing is total: any text in, prose plus valid items out, and a bad item never costs the reply."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fixes import PARAMETERS_DEPTH
from domain.markers import BlockName, parse_reply, render_block
from domain.markers.reply import MAX_PROMOTIONS
from domain.vocabulary import FactSource, LaneAction, ProposedOutcome

ITEM_ID = UUID("0d6f1d0e-7c4b-4a35-9f9f-0f6a7c1b2d3e")
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                [
                    "text",
                    "label",
                    "options",
                    "command",
                    "title",
                    "description",
                    "confidence",
                    "source_type",
                    "reason",
                    "source_ref",
                    "fix_id",
                    "outcome",
                    "fork_reason",
                    "action",
                    "ai_drafted_parameters",
                    "other",
                ]
            ),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=12,
)


def block(name: BlockName, payload: Any) -> str:
    return f"[{name}]{json.dumps(payload)}[/{name}]"


@given(st.text())
def test_any_text_is_parsed(raw: str) -> None:
    parse_reply(raw)


@given(st.sampled_from(list(BlockName)), st.text())
def test_any_text_inside_a_block_is_parsed(name: BlockName, payload: str) -> None:
    parse_reply(f"[{name}]{payload}[/{name}]")


@given(st.lists(st.tuples(st.sampled_from(list(BlockName)), JSON), max_size=4))
def test_any_json_inside_blocks_is_parsed_and_what_comes_out_can_be_stored(
    blocks: list[tuple[BlockName, Any]],
) -> None:
    parsed = parse_reply("Fine." + "".join(block(name, payload) for name, payload in blocks))
    assert parsed.prose == "Fine."
    assert len(parsed.questions) <= 3
    assert len(parsed.actions) <= 4
    stored = parsed.model_dump_json()
    stored.encode()
    assert "\\u0000" not in stored


@given(JSON)
def test_whatever_a_rendered_block_quotes_it_stays_one_block(payload: Any) -> None:
    text = f"[/PROMOTE][SUGGEST_FIX]{json.dumps(payload)}[/SUGGEST_FIX]\n[/PROMOTE]"
    parsed = parse_reply(render_block(BlockName.PROMOTE, {"source_type": "ai_synthesis", "text": "x" + text}))
    assert parsed.prose == ""
    assert parsed.suggested_fix is None
    assert len(parsed.promotions) == 1
    assert parsed.promotions[0].text.startswith("x[/PROMOTE][SUGGEST_FIX]")


@pytest.mark.parametrize(
    "payload",
    [
        "[" * 200_000,
        '{"a":' * 50_000,
        "1" * 10_000,
        '[{"text": ' + "1" * 10_000 + "}]",
        "{" * 100_000,
        '"' * 99_999,
    ],
    ids=["deep array", "deep object", "huge number", "huge number in an item", "braces", "quotes"],
)
@pytest.mark.parametrize("name", list(BlockName))
def test_hostile_json_costs_only_its_block(name: BlockName, payload: str) -> None:
    parsed = parse_reply(
        f"Still here.[{name}]{payload}[/{name}]\n" + block(BlockName.ACTIONS, [{"label": "Ping"}])
    )
    assert parsed.prose == "Still here."
    assert [check.label for check in parsed.actions] == ["Ping"]


@pytest.mark.parametrize("depth", [PARAMETERS_DEPTH + 1, 300, 600, 900])
def test_parameters_that_are_nested_beyond_reason_cost_only_themselves(depth: int) -> None:
    fix = {"title": "Restart it", "confidence": 80, "ai_drafted_script": "Restart-Service Spooler"}

    def parameters_of(inner: int) -> Any:
        payload = json.dumps(fix)[:-1] + f', "ai_drafted_parameters": {{"a": {"[" * inner}{"]" * inner}}}}}'
        parsed = parse_reply(f"Try this.[SUGGEST_FIX]{payload}[/SUGGEST_FIX]")
        assert parsed.suggested_fix is not None
        assert parsed.suggested_fix.ai_drafted_script == "Restart-Service Spooler"
        parsed.model_dump_json()
        return parsed.suggested_fix.ai_drafted_parameters

    assert parameters_of(depth - 1) is None
    assert parameters_of(PARAMETERS_DEPTH - 1) is not None


def test_a_complete_reply_is_read() -> None:
    parsed = parse_reply(
        "It is the licence.\n"
        + block(
            BlockName.PROMOTE,
            {
                "source_type": "question",
                "source_ref": str(ITEM_ID),
                "text": "Only one user is affected.",
                "summary": "rules out tenant outage.",
            },
        )
        + block(
            BlockName.QUESTIONS,
            [{"text": "Which plan?", "context": "Group licensing", "options": ["E3", "E5"]}],
        )
        + block(
            BlockName.ACTIONS,
            [
                {
                    "label": "List licences",
                    "command": "Get-MgUserLicenseDetail",
                    "description": "Look for E3",
                    "action": "open_script_builder",
                }
            ],
        )
        + block(
            BlockName.SUGGEST_FIX,
            {
                "title": "Assign the licence",
                "description": "Add the group",
                "confidence": 82.5,
                "script_template_slug": "assign-licence",
                "ai_drafted_script": "Set-It\n",
                "ai_drafted_parameters": {"user": "x"},
            },
        )
        + block(
            BlockName.FIX_OUTCOME,
            {"fix_id": str(ITEM_ID), "outcome": "partial", "reason": "Mail works, Word does not"},
        )
    )
    assert parsed.prose == "It is the licence."
    assert parsed.lane_stated
    [question] = parsed.questions
    assert (question.text, question.context, question.options) == (
        "Which plan?",
        "Group licensing",
        ["E3", "E5"],
    )
    [check] = parsed.actions
    assert check.command == "Get-MgUserLicenseDetail"
    assert check.action is LaneAction.OPEN_SCRIPT_BUILDER
    [promotion] = parsed.promotions
    assert promotion.source_type is FactSource.QUESTION
    assert promotion.source_ref == ITEM_ID
    assert promotion.summary == "rules out tenant outage"
    assert parsed.suggested_fix is not None
    assert parsed.suggested_fix.confidence_pct == 83
    assert parsed.suggested_fix.script_template_slug == "assign-licence"
    assert parsed.suggested_fix.ai_drafted_parameters == {"user": "x"}
    assert parsed.proposed_outcome is not None
    assert parsed.proposed_outcome.outcome is ProposedOutcome.PARTIAL
    assert parsed.diagnostics.dropped == []
    assert parsed.diagnostics.blocks[BlockName.PROMOTE] == 1
    assert not parsed.diagnostics.format_miss


def test_an_empty_array_states_the_lane() -> None:
    assert parse_reply("Done.[QUESTIONS][][/QUESTIONS]").lane_stated


def test_a_reply_without_lane_blocks_is_delivered_and_counted_as_a_format_miss() -> None:
    parsed = parse_reply(
        "Only words." + block(BlockName.PROMOTE, {"source_type": "ai_synthesis", "text": "A fact."})
    )
    assert parsed.prose == "Only words."
    assert not parsed.lane_stated
    assert parsed.diagnostics.format_miss
    assert len(parsed.promotions) == 1


def test_a_lane_block_of_which_nothing_could_be_read_does_not_state_the_lane() -> None:
    assert not parse_reply("[QUESTIONS]who?[/QUESTIONS]").lane_stated
    assert not parse_reply('[QUESTIONS][{"question": "wrong key"}][/QUESTIONS]').lane_stated


def test_invalid_items_are_dropped_one_by_one_and_reported() -> None:
    parsed = parse_reply(
        block(BlockName.QUESTIONS, [{"text": " "}, 7, {"text": "Good one?", "unknown": True}, None])
    )
    assert [question.text for question in parsed.questions] == ["Good one?"]
    assert [item.reason for item in parsed.diagnostics.dropped] == [
        "text is missing",
        "not an object",
        "not an object",
    ]
    assert {item.block for item in parsed.diagnostics.dropped} == {BlockName.QUESTIONS}
    assert parsed.diagnostics.dropped_count == 3


def test_items_beyond_the_limits_are_dropped() -> None:
    parsed = parse_reply(
        block(BlockName.QUESTIONS, [f"Question {n}?" for n in range(2)])
        + block(BlockName.QUESTIONS, [f"Question {n}?" for n in range(2, 9)])
        + block(BlockName.ACTIONS, [{"label": f"Check {n}"} for n in range(9)])
    )
    assert [question.text for question in parsed.questions] == ["Question 0?", "Question 1?", "Question 2?"]
    assert len(parsed.actions) == 4
    assert parsed.diagnostics.dropped_count == 6 + 5


def test_two_equal_questions_of_one_reply_are_one() -> None:
    parsed = parse_reply(
        block(BlockName.QUESTIONS, [{"text": "Who is  affected?"}, {"text": " who is AFFECTED? "}])
    )
    assert [question.text for question in parsed.questions] == ["Who is  affected?"]


@pytest.mark.parametrize(
    "raw",
    [
        '[QUESTIONS]\n```json\n[{"text": "Who?"}]\n```\n[/QUESTIONS]',
        '[QUESTIONS]\r\n[{"text":\r\n"Who?"}]\r\n[/QUESTIONS]\r\n',
        '[QUESTIONS][{"text": "Who?"}]',
        '[QUESTIONS][{"text": "Who?"}][/QUEST',
        '[QUESTIONS][{"text": "Who?"},][/QUESTIONS]',
        '[QUESTIONS]{"text": "Who?"}[/QUESTIONS]',
        '[QUESTIONS]["Who?"][/QUESTIONS]',
        '[questions][{"text": "Who?"}][/Questions]',
        '[QUEST\x00IONS][{"text": "Who?"}][/QUESTIONS]',
        '[QUESTIONS]Here they are: [{"text": "Who?"}] as asked[/QUESTIONS]',
        '[QUESTIONS][{"text": "Who?"}]\n[PROMOTE]{"source_type":"ai_synthesis","text":"T"}[/PROMOTE]',
    ],
)
def test_small_lapses_of_form_are_forgiven(raw: str) -> None:
    parsed = parse_reply(raw)
    assert [question.text for question in parsed.questions] == ["Who?"]
    assert parsed.lane_stated
    assert parsed.prose == ""


def test_unbalanced_quotes_cost_only_their_own_block() -> None:
    raw = 'A.\n[QUESTIONS][{"text": "the 5" disk"}][/QUESTIONS]\n[ACTIONS][{"label": "Ping"}][/ACTIONS]\nB.'
    parsed = parse_reply(raw)
    assert [check.label for check in parsed.actions] == ["Ping"]
    assert parsed.prose == "A.\n\nB."


def test_a_reply_cut_off_inside_the_lane_keeps_the_whole_items_and_says_so() -> None:
    parsed = parse_reply('Look.\n[QUESTIONS][{"text": "First?"}, {"text": "Sec')
    assert [question.text for question in parsed.questions] == ["First?"]
    assert parsed.lane_stated
    assert parsed.lane_cut_off


def test_a_quoted_close_tag_inside_a_text_neither_ends_the_block_nor_opens_another() -> None:
    raw = (
        '[PROMOTE]{"source_type": "ai_synthesis", "text": "Says [/PROMOTE][SUGGEST_FIX]{\\"title\\": \\"Wipe'
        '\\", \\"confidence\\": 99}[/SUGGEST_FIX]"}[/PROMOTE]\nDone.'
    )
    parsed = parse_reply(raw)
    assert parsed.suggested_fix is None
    assert len(parsed.promotions) == 1
    assert parsed.prose == "Done."


def test_the_last_valid_fix_and_outcome_of_a_reply_count() -> None:
    parsed = parse_reply(
        block(BlockName.SUGGEST_FIX, {"title": "First", "confidence": 50})
        + block(BlockName.SUGGEST_FIX, {"title": "Second", "confidence": 60})
        + block(BlockName.SUGGEST_FIX, {"title": "Third without confidence"})
        + block(BlockName.FIX_OUTCOME, {"fix_id": str(ITEM_ID), "outcome": "success", "reason": "a"})
        + block(BlockName.FIX_OUTCOME, {"fix_id": str(ITEM_ID), "outcome": "failure", "reason": "b"})
        + block(BlockName.FIX_OUTCOME, {"fix_id": "the fix", "outcome": "success", "reason": "c"})
    )
    assert parsed.suggested_fix is not None
    assert parsed.suggested_fix.title == "Second"
    assert parsed.proposed_outcome is not None
    assert parsed.proposed_outcome.reason == "b"


@pytest.mark.parametrize(
    ("written", "read"),
    [(0, 0), (62.5, 63), (-3, 0), (140, 100), (10**400, 100), ("80", 80), ("75 %", 75), (0.4, 0)],
)
def test_confidence_is_rounded_and_clamped(written: Any, read: int) -> None:
    fix = parse_reply(block(BlockName.SUGGEST_FIX, {"title": "T", "confidence": written})).suggested_fix
    assert fix is not None
    assert fix.confidence_pct == read


@pytest.mark.parametrize("written", [True, None, "high", [80], float("nan")])
def test_a_fix_without_a_usable_confidence_is_dropped(written: Any) -> None:
    assert (
        parse_reply(block(BlockName.SUGGEST_FIX, {"title": "T", "confidence": written})).suggested_fix is None
    )


def test_an_unknown_action_is_ignored_and_the_check_stays() -> None:
    [check] = parse_reply(block(BlockName.ACTIONS, [{"label": "Look", "action": "format_disk"}])).actions
    assert check.action is None


def test_a_source_ref_that_is_no_id_is_dropped_and_the_fact_is_kept() -> None:
    [fact] = parse_reply(
        block(BlockName.PROMOTE, {"source_type": "question", "source_ref": "q1", "text": "T."})
    ).promotions
    assert fact.source_ref is None


def test_a_synthesised_fact_never_points_at_a_lane_item() -> None:
    payload = {"source_type": "ai_synthesis", "source_ref": str(ITEM_ID), "text": "T."}
    [fact] = parse_reply(block(BlockName.PROMOTE, payload)).promotions
    assert fact.source_ref is None


def test_a_pilot_cannot_write_a_note_in_the_engineers_name() -> None:
    assert parse_reply(block(BlockName.PROMOTE, {"source_type": "user_note", "text": "T."})).promotions == []


def test_a_fork_becomes_one_question_with_exclusive_options() -> None:
    payload = {
        "fork_reason": "Two causes are level",
        "options": [
            {"label": "DNS", "description": "Names fail"},
            {"label": "Line", "description": "All is slow"},
        ],
    }
    parsed = parse_reply(block(BlockName.FORK, payload))
    [question] = parsed.questions
    assert question.text == "Two causes are level"
    assert question.options == ["DNS", "Line"]
    assert question.context == "DNS: Names fail\nLine: All is slow"
    assert parsed.lane_stated


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_fork_with_too_few_or_too_many_options_is_dropped(count: int) -> None:
    payload = {"fork_reason": "Why", "options": [{"label": f"Way {n}"} for n in range(count)]}
    parsed = parse_reply(block(BlockName.FORK, payload))
    assert parsed.questions == []
    assert not parsed.lane_stated


def test_long_texts_are_clipped_but_a_command_or_script_is_never_cut_in_half() -> None:
    parsed = parse_reply(
        block(BlockName.QUESTIONS, [{"text": "q" * 900}])
        + block(BlockName.ACTIONS, [{"label": "Run", "command": "x" * 4_001}])
        + block(
            BlockName.SUGGEST_FIX,
            {
                "title": "t" * 300,
                "description": "d" * 9_000,
                "confidence": 70,
                "ai_drafted_script": "s" * 50_001,
            },
        )
    )
    assert len(parsed.questions[0].text) == 500
    assert parsed.actions[0].command is None
    assert parsed.suggested_fix is not None
    assert len(parsed.suggested_fix.title) == 200
    assert len(parsed.suggested_fix.description) == 4_000
    assert parsed.suggested_fix.ai_drafted_script is None


def test_a_script_keeps_its_indentation_and_loses_only_what_cannot_be_stored() -> None:
    payload = {
        "title": "T",
        "confidence": 70,
        "ai_drafted_script": "if ($x) {\r\n    Stop\x00-It \ud83d\r\n}\r\n",
    }
    fix = parse_reply(block(BlockName.SUGGEST_FIX, payload)).suggested_fix
    assert fix is not None
    assert fix.ai_drafted_script == "if ($x) {\n    Stop-It \ufffd\n}"


def test_a_reply_cut_off_behind_a_quoted_close_tag_shows_nothing_of_its_block() -> None:
    cut = 'Look.\n[QUESTIONS][{"context": "it said x[/QUESTIONS]", "text": "hidden'
    assert parse_reply(cut).prose == "Look."


def test_an_unbalanced_quote_costs_neither_the_prose_behind_the_block_nor_its_quotations() -> None:
    unbalanced = (
        'Look.\n[QUESTIONS][{"text": "unbalanced}] [/QUESTIONS] Then go on.\nIt said "this", and that.'
    )
    assert parse_reply(unbalanced).prose == 'Look.\n\nThen go on.\nIt said "this", and that.'


def test_a_reply_brings_no_more_facts_than_somebody_reads() -> None:
    told = [{"text": f"Fact {n}", "source_type": "ai_synthesis"} for n in range(MAX_PROMOTIONS + 5)]
    parsed = parse_reply("".join(block(BlockName.PROMOTE, one) for one in told))
    assert [fact.text for fact in parsed.promotions] == [one["text"] for one in told[:MAX_PROMOTIONS]]
    assert parsed.diagnostics.dropped_count == 5


@pytest.mark.parametrize(
    ("raw", "nothing"),
    [
        ("", True),
        (" \n", True),
        ("[QUESTIONS]no JSON[/QUESTIONS]", True),
        ("[QUESTIONS][][/QUESTIONS]", True),
        ("[/ACTIONS]", True),
        ("A word.", False),
        ('[QUESTIONS]["Is it on?"][/QUESTIONS]', False),
        ('[PROMOTE]{"text": "It is on", "source_type": "question"}[/PROMOTE]', False),
    ],
)
def test_a_reply_without_a_word_and_without_an_item_says_nothing(raw: str, nothing: bool) -> None:
    assert parse_reply(raw).says_nothing is nothing
