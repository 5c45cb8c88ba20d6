"""What was dismissed, set aside or skipped, comes back as itself or not at all."""

from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lane import lane_identity, merge_lane
from domain.markers import ParsedCheck, ParsedQuestion, ParsedReply
from domain.pilot import LaneItemView
from domain.vocabulary import LaneItemKind, LaneItemStatus

DISMISSED = [LaneItemStatus.SET_ASIDE, LaneItemStatus.SKIPPED]


def asks(questions: list[str], checks: list[str]) -> ParsedReply:
    return ParsedReply(
        prose="",
        questions=[ParsedQuestion(text=text) for text in questions],
        actions=[ParsedCheck(label=label) for label in checks],
        lane_stated=True,
    )


@pytest.mark.parametrize("status", DISMISSED)
@pytest.mark.parametrize("kind", LaneItemKind)
def test_a_dismissed_item_that_is_asked_again_has_its_id(kind: LaneItemKind, status: LaneItemStatus) -> None:
    item = LaneItemView(id=UUID(int=7), kind=kind, text="Is the light on?", status=status)
    again = ["  is the   LIGHT on? "]
    reply = asks(again, []) if kind is LaneItemKind.QUESTION else asks([], again)
    change = merge_lane([item], reply, lambda: UUID(int=8))
    assert change.created == []
    assert [(one.id, one.status) for one in change.items] == [(UUID(int=7), LaneItemStatus.OPEN)]


@pytest.mark.parametrize("status", DISMISSED)
def test_a_dismissed_item_that_is_not_asked_again_stays_dismissed(status: LaneItemStatus) -> None:
    item = LaneItemView(id=UUID(int=7), kind=LaneItemKind.QUESTION, text="Is the light on?", status=status)
    change = merge_lane([item], asks(["Is there paper?"], []), lambda: UUID(int=8))
    assert change.items[0] == item


_texts = st.lists(st.sampled_from(["a", "A ", "b", " b", "c", "d"]), max_size=3)


@given(st.lists(st.tuples(_texts, _texts), max_size=6), st.data())
def test_over_any_conversation_an_item_keeps_the_id_it_was_given_first(
    replies: list[tuple[list[str], list[str]]], data: st.DataObject
) -> None:
    numbers = count(1)
    lane: list[LaneItemView] = []
    first: dict[tuple[LaneItemKind, str], UUID] = {}
    for questions, checks in replies:
        lane = merge_lane(lane, asks(questions, checks), lambda: UUID(int=next(numbers))).items
        for item in lane:
            assert first.setdefault(lane_identity(item.kind, item.text), item.id) == item.id
        assert len({item.id for item in lane}) == len(lane) == len(first)
        lane = [
            item.model_copy(update={"status": data.draw(st.sampled_from(LaneItemStatus))}) for item in lane
        ]
