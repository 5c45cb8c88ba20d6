"""Lane items keep their identity, what is not asked again is set aside, and nothing is ever lost."""

from collections.abc import Callable
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.lane import LaneChange, asked_identities, lane_identity, merge_lane
from domain.markers import ParsedCheck, ParsedQuestion, ParsedReply
from domain.pilot import LaneItemView
from domain.vocabulary import LaneItemKind, LaneItemStatus


def numbered(first: int = 1_000) -> Callable[[], UUID]:
    numbers = iter(range(first, first + 1_000))
    return lambda: UUID(int=next(numbers))


def question(
    number: int, text: str, status: LaneItemStatus = LaneItemStatus.OPEN, answer: str | None = None
) -> LaneItemView:
    return LaneItemView(
        id=UUID(int=number), kind=LaneItemKind.QUESTION, text=text, status=status, answer=answer
    )


def asks(*texts: str, checks: tuple[str, ...] = (), cut_off: bool = False) -> ParsedReply:
    return ParsedReply(
        prose="",
        questions=[ParsedQuestion(text=text) for text in texts],
        actions=[ParsedCheck(label=label) for label in checks],
        lane_stated=True,
        lane_cut_off=cut_off,
    )


def statuses(change: LaneChange) -> dict[str, LaneItemStatus]:
    return {item.text: item.status for item in change.items}


def test_new_questions_and_checks_are_created_open() -> None:
    change = merge_lane([], asks("Who?", checks=("Ping",)), numbered())
    assert [(item.kind, item.text, item.status) for item in change.created] == [
        (LaneItemKind.QUESTION, "Who?", LaneItemStatus.OPEN),
        (LaneItemKind.CHECK, "Ping", LaneItemStatus.OPEN),
    ]
    assert len({item.id for item in change.created}) == 2


def test_an_item_asked_again_keeps_its_id_whatever_its_case_and_spaces() -> None:
    change = merge_lane([question(1, "Who is affected?")], asks("  who is   AFFECTED? "), numbered())
    assert [item.id for item in change.kept] == [UUID(int=1)]
    assert change.is_empty


def test_a_check_and_a_question_of_the_same_text_are_two_items() -> None:
    change = merge_lane([question(1, "Ping")], asks(checks=("Ping",)), numbered())
    assert len(change.created) == 1
    assert [item.id for item in change.set_aside] == [UUID(int=1)]


def test_two_equal_items_of_one_reply_are_one() -> None:
    assert len(merge_lane([], asks("Who?", "WHO?"), numbered()).created) == 1


def test_an_open_item_that_is_not_repeated_is_set_aside_and_kept() -> None:
    change = merge_lane([question(1, "Who?"), question(2, "Since when?")], asks("Who?"), numbered())
    assert statuses(change) == {"Who?": LaneItemStatus.OPEN, "Since when?": LaneItemStatus.SET_ASIDE}


def test_a_reply_that_says_nothing_about_the_lane_leaves_it_alone() -> None:
    lane = [question(1, "Who?")]
    change = merge_lane(lane, ParsedReply(prose="Hm.", lane_stated=False), numbered())
    assert change.items == lane
    assert change.is_empty


def test_a_reply_cut_off_inside_the_lane_sets_nothing_aside() -> None:
    change = merge_lane([question(1, "Who?")], asks("Since when?", cut_off=True), numbered())
    assert statuses(change) == {"Who?": LaneItemStatus.OPEN, "Since when?": LaneItemStatus.OPEN}


def test_an_answered_item_that_is_not_asked_again_stays_answered() -> None:
    change = merge_lane([question(1, "Who?", LaneItemStatus.ANSWERED, "All")], asks(), numbered())
    assert change.is_empty
    assert change.items[0].answer == "All"


def test_an_answered_item_that_is_asked_again_is_open_without_its_answer() -> None:
    change = merge_lane([question(1, "Who?", LaneItemStatus.ANSWERED, "All")], asks("Who?"), numbered())
    [item] = change.reopened
    assert (item.id, item.status, item.answer) == (UUID(int=1), LaneItemStatus.OPEN, None)


def test_an_item_set_aside_and_asked_again_is_reopened_with_its_id() -> None:
    change = merge_lane([question(1, "Who?", LaneItemStatus.SET_ASIDE)], asks("Who?"), numbered())
    assert [item.id for item in change.reopened] == [UUID(int=1)]
    assert change.created == []


def test_an_item_asked_again_with_other_options_takes_them_over() -> None:
    reply = ParsedReply(
        prose="", questions=[ParsedQuestion(text="Who?", options=["One", "All"])], lane_stated=True
    )
    change = merge_lane([question(1, "Who?")], reply, numbered())
    [item] = change.changed
    assert (item.id, item.options) == (UUID(int=1), ["One", "All"])


TEXTS = st.sampled_from(["Who?", "who?", "Since when?", "What error?", "Where?"])
REPLIES = st.builds(
    lambda texts, checks, stated, cut: ParsedReply(
        prose="",
        questions=[ParsedQuestion(text=text) for text in texts] if stated else [],
        actions=[ParsedCheck(label=label) for label in checks] if stated else [],
        lane_stated=stated,
        lane_cut_off=cut,
    ),
    st.lists(TEXTS, max_size=3),
    st.lists(TEXTS, max_size=4),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(REPLIES, max_size=8))
def test_over_a_whole_conversation_ids_are_unique_and_no_item_vanishes(replies: list[ParsedReply]) -> None:
    new_id = numbered()
    lane: list[LaneItemView] = []
    for reply in replies:
        change = merge_lane(lane, reply, new_id)
        assert [item.id for item in change.items][: len(lane)] == [item.id for item in lane]
        lane = change.items
        assert len({item.id for item in lane}) == len(lane)
        assert len({(item.kind, item.text.casefold()) for item in lane}) == len(lane)
        if reply.lane_stated and not reply.lane_cut_off:
            wanted = {
                text.casefold()
                for text in (*(q.text for q in reply.questions), *(c.label for c in reply.actions))
            }
            assert {item.text.casefold() for item in lane if item.status is LaneItemStatus.OPEN} == wanted


LANES = st.lists(
    st.builds(
        question,
        st.integers(1, 900),
        st.sampled_from(["Who?", "Since when?", "What error?", "Where?", "Which one?", "How often?"]),
        st.sampled_from(list(LaneItemStatus)),
    ),
    max_size=6,
    unique_by=(lambda item: item.id, lambda item: item.text),
)


@given(LANES, REPLIES)
def test_the_open_items_and_those_asked_again_are_all_that_a_merge_needs(
    lane: list[LaneItemView], reply: ParsedReply
) -> None:
    asked = asked_identities(reply)
    needed = [
        item
        for item in lane
        if item.status is LaneItemStatus.OPEN or lane_identity(item.kind, item.text) in asked
    ]
    whole, part = merge_lane(lane, reply, numbered()), merge_lane(needed, reply, numbered())
    assert part.model_dump(exclude={"items"}) == whole.model_dump(exclude={"items"})
