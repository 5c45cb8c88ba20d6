"""Blocks never reach the engineer's eyes, not even for a moment while a reply streams."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markers import ProseStream, parse_reply
from domain.markers.tags import TAG, BlockName

FRAGMENTS = st.sampled_from(
    [
        *(f"[{slash}{name}]" for name in BlockName for slash in ("", "/")),
        "[questions]",
        "[QUEST",
        "IONS]",
        "[",
        "]",
        "/",
        "```",
        "```json",
        "`",
        '"',
        "\\",
        "\n",
        "\r\n",
        "\r",
        "\x00",
        " ",
        "\t",
        '[{"text": "Who?"}]',
        '{"a": "[/PROMOTE]"}',
        "prose",
        "[1] see",
        "ſ",
        "\ud83d",
    ]
)
RAW = st.lists(st.one_of(FRAGMENTS, st.text(max_size=8)), max_size=30).map("".join)


def stream(pieces: list[str]) -> tuple[str, list[str]]:
    prose = ProseStream()
    visible = ""
    states = []
    for piece in pieces:
        visible += prose.feed(piece)
        states.append(visible)
    return visible + prose.finish(), states


@st.composite
def chunked(draw: st.DrawFn) -> list[str]:
    raw = draw(RAW)
    cuts = sorted(draw(st.sets(st.integers(0, len(raw)), max_size=12)))
    return [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]


@given(chunked())
def test_streamed_prose_is_the_prose_of_the_whole_reply_however_it_is_cut(pieces: list[str]) -> None:
    visible, states = stream(pieces)
    whole = parse_reply("".join(pieces)).prose
    assert visible == whole
    assert all(whole.startswith(state) for state in states)


@given(RAW)
def test_one_character_at_a_time_shows_the_same_prose(raw: str) -> None:
    assert stream(list(raw))[0] == parse_reply(raw).prose


@given(RAW)
def test_visible_text_never_contains_a_tag(raw: str) -> None:
    prose = parse_reply(raw).prose
    assert not TAG.search(prose)
    assert "\x00" not in prose
    assert "\r" not in prose
    prose.encode()


@given(
    st.lists(
        st.tuples(st.sampled_from(list(BlockName)), st.text(alphabet='ab[]"\\ \n{}', max_size=20)), max_size=4
    )
)
def test_nothing_of_a_well_formed_block_is_shown(blocks: list[tuple[BlockName, str]]) -> None:
    raw = "Before." + "".join(
        f"[{name}]{json.dumps([{'text': 'SECRET' + text}])}[/{name}]" for name, text in blocks
    )
    visible, states = stream(list(raw))
    assert visible == "Before."
    assert not any("SECRET" in state or "[" in state for state in states)


def test_prose_appears_at_once_up_to_the_first_character_that_could_open_a_block() -> None:
    prose = ProseStream()
    assert prose.feed("The disk is full") == "The disk is full"
    assert prose.feed(". [QUES") == "."
    assert prose.feed("TIONS][{") == ""
    assert prose.feed('"text": "Which drive?"}][/QUESTIONS]') == ""
    assert prose.feed("\nTell me.") == "\n\nTell me."
    assert prose.finish() == ""


def test_a_bracket_that_opens_no_block_is_shown_as_soon_as_that_is_certain() -> None:
    prose = ProseStream()
    assert prose.feed("See [") == "See"
    assert prose.feed("1] and [ACTION item]") == " [1] and [ACTION item]"


@pytest.mark.parametrize("cut", range(1, len("[QUESTIONS]")))
def test_a_tag_cut_in_half_by_the_end_of_the_reply_stays_hidden(cut: int) -> None:
    assert parse_reply("Look: " + "[QUESTIONS]"[:cut]).prose == "Look:"


def test_a_code_fence_around_a_block_disappears_with_it() -> None:
    raw = 'Check this.\n\n```json\n[QUESTIONS]\n[{"text": "Who?"}]\n[/QUESTIONS]\n```\n\nThanks.'
    assert stream(list(raw))[0] == "Check this.\n\nThanks."
    assert [question.text for question in parse_reply(raw).questions] == ["Who?"]


def test_a_code_fence_of_the_prose_itself_stays_whole() -> None:
    raw = "Run:\n```powershell\nipconfig /all\n```\n[QUESTIONS][][/QUESTIONS]"
    assert stream(list(raw))[0] == "Run:\n```powershell\nipconfig /all\n```"


def test_prose_before_between_and_after_blocks_is_joined_by_empty_lines() -> None:
    raw = "One. [ACTIONS][][/ACTIONS] two [QUESTIONS][][/QUESTIONS]\n\n\nthree"
    assert parse_reply(raw).prose == "One.\n\ntwo\n\nthree"


def test_a_long_reply_of_brackets_is_read_in_reasonable_steps() -> None:
    raw = "[" * 50_000 + "[QUESTIONS]" + "[" * 50_000
    assert parse_reply(raw).prose == "[" * 50_000
