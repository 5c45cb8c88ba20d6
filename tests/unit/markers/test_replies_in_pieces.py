"""Replies with every block, in every form that is forgiven, cut anywhere: what is shown and what is understood."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.markers import BlockName, ProseStream, parse_reply
from domain.markers.reply import MAX_CHECKS, MAX_QUESTIONS
from domain.markers.scanner import Scanner
from domain.markers.tags import TAG
from domain.text import normalise_text
from tests.unit.markers.replies import (
    SECRET,
    Reply,
    cut_off_replies,
    pieces_of,
    replies,
    unclosed_replies,
)

ANY_REPLY = st.one_of(replies().map(lambda reply: reply.raw), cut_off_replies(), unclosed_replies())

FEWER = settings(max_examples=60)
"""Each example is a whole reply of many parts."""


@FEWER
@given(st.data())
def test_what_is_shown_grows_into_the_prose_of_the_whole_and_never_shows_a_marker(
    data: st.DataObject,
) -> None:
    raw = data.draw(ANY_REPLY)
    whole = parse_reply(raw).prose
    stream, shown = ProseStream(), ""
    for piece in data.draw(pieces_of(raw)):
        shown += stream.feed(piece)
        assert whole.startswith(shown)
        assert not TAG.search(shown)
    assert shown + stream.finish() == whole
    assert not TAG.search(whole)


@FEWER
@given(st.data())
def test_blocks_are_the_same_wherever_the_reply_was_cut(data: st.DataObject) -> None:
    raw = data.draw(ANY_REPLY)
    whole, cut = Scanner(), Scanner()
    whole.feed(raw)
    for piece in data.draw(pieces_of(raw)):
        cut.feed(piece)
    whole.finish()
    cut.finish()
    assert cut.blocks == whole.blocks
    assert cut.open_block == whole.open_block


@FEWER
@given(replies(), st.data())
def test_no_text_of_a_block_is_shown_not_even_for_a_moment(reply: Reply, data: st.DataObject) -> None:
    stream = ProseStream()
    for piece in data.draw(pieces_of(reply.raw)):
        assert SECRET not in stream.feed(piece)
    assert SECRET not in stream.finish()


@FEWER
@given(cut_off_replies())
def test_a_reply_that_ends_anywhere_shows_nothing_of_the_block_it_ended_in(raw: str) -> None:
    assert SECRET not in parse_reply(raw).prose


@FEWER
@given(replies())
def test_the_prose_is_what_stands_around_the_blocks(reply: Reply) -> None:
    around = [part for part in reply.parts if isinstance(part, str)]
    assert _words(parse_reply(reply.raw).prose) == [word for part in around for word in _words(part)]


def _words(text: str) -> list[str]:
    return re.split(r"\s+", text.strip()) if text.strip() else []


@FEWER
@given(replies())
def test_every_block_is_understood_as_it_was_meant(reply: Reply) -> None:
    parsed = parse_reply(reply.raw)
    meant: dict[BlockName, list[object]] = {name: [] for name in BlockName}
    for block in reply.blocks:
        meant[block.name].append(block.payload)
    assert dict(parsed.diagnostics.blocks) == {
        name: len(payloads) for name, payloads in meant.items() if payloads
    }
    asked = [
        _once(question["text"]) if block.name is BlockName.QUESTIONS else _once(question["fork_reason"])
        for block in reply.blocks
        if block.name in (BlockName.QUESTIONS, BlockName.FORK)
        for question in (block.payload if isinstance(block.payload, list) else [block.payload])
    ]
    assert {_once(question.text) for question in parsed.questions} <= set(asked)
    assert len(parsed.questions) == min(len(set(asked)), MAX_QUESTIONS)
    checks = [_once(check["label"]) for payload in meant[BlockName.ACTIONS] for check in payload]  # type: ignore[attr-defined]
    assert [_once(check.label) for check in parsed.actions] == list(dict.fromkeys(checks))[:MAX_CHECKS]
    if meant[BlockName.SUGGEST_FIX]:
        last = meant[BlockName.SUGGEST_FIX][-1]
        assert parsed.suggested_fix is not None
        assert _once(parsed.suggested_fix.title) == _once(last["title"])  # type: ignore[index]
        assert parsed.suggested_fix.confidence_pct == last["confidence"]  # type: ignore[index]
    else:
        assert parsed.suggested_fix is None
    if meant[BlockName.FIX_OUTCOME]:
        assert parsed.proposed_outcome is not None
        assert str(parsed.proposed_outcome.fix_id) == meant[BlockName.FIX_OUTCOME][-1]["fix_id"]  # type: ignore[index]
    assert parsed.lane_stated == bool(
        meant[BlockName.QUESTIONS] or meant[BlockName.ACTIONS] or meant[BlockName.FORK]
    )


def _once(text: str) -> str:
    return normalise_text(text)
