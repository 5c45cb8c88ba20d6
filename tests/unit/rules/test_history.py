"""What a turn carries of the conversation: in an order that only grows at its end, and never without bound."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.history import (
    DIGEST_ABOVE_MESSAGES,
    DIGEST_ABOVE_TOKENS,
    DIGESTED_TOKENS,
    LIMIT_MESSAGES,
    LIMIT_TOKENS,
    MESSAGE_CHARACTERS,
    SaidMessage,
    before_turn,
    digestible,
    estimate_tokens,
    in_order_of_answers,
    is_outgrown,
    taken_in_one_go,
    within_limit,
)
from domain.vocabulary import MessageRole

ENGINEER, PILOT, SYSTEM = MessageRole.ENGINEER, MessageRole.PILOT, MessageRole.SYSTEM


def said(seq: int, role: MessageRole, turn: int | None = None, text: str = "Some words.") -> SaidMessage:
    return SaidMessage(seq, role, text, None if turn is None else UUID(int=turn))


def exchanges(count: int, text: str = "Some words.") -> list[SaidMessage]:
    """As many messages with their replies."""
    return [
        said(2 * turn + place, role, turn, text)
        for turn in range(1, count + 1)
        for place, role in enumerate((ENGINEER, PILOT))
    ]


def numbers(messages: list[SaidMessage]) -> list[int]:
    return [message.seq for message in messages]


def test_what_was_said_during_a_reply_comes_after_it() -> None:
    conversation = [
        said(1, ENGINEER, 1),
        said(2, ENGINEER, 2),
        said(3, ENGINEER, 2),
        said(4, PILOT, 1),
        said(5, PILOT, 2),
    ]
    assert numbers(in_order_of_answers(conversation)) == [1, 4, 2, 3, 5]


def test_a_message_whose_reply_was_stopped_before_a_word_keeps_its_place() -> None:
    conversation = [said(1, ENGINEER, 1), said(2, ENGINEER, 2), said(3, PILOT, 2), said(4, ENGINEER, 3)]
    assert numbers(in_order_of_answers(conversation)) == [1, 2, 3, 4]


def test_what_the_session_recorded_during_a_reply_comes_after_it_too() -> None:
    conversation = [said(1, ENGINEER, 1), said(2, SYSTEM), said(3, PILOT, 1), said(4, ENGINEER, 2)]
    assert numbers(in_order_of_answers(conversation)) == [1, 3, 2, 4]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[list[SaidMessage]], list[SaidMessage]]:
    """A conversation with what each turn was given when it began, and as it is in the end."""
    seq = 0
    log: list[SaidMessage] = []
    given_to_turns: list[list[SaidMessage]] = []
    waiting = [0]
    log.append(said(0, ENGINEER))
    for turn in range(1, draw(st.integers(1, 8)) + 1):
        taken, waiting = waiting, []
        log = [m._replace(turn_id=UUID(int=turn)) if m.seq in taken else m for m in log]
        given_to_turns.append(before_turn([m for m in log if m.seq not in taken], min(taken)))
        for role in draw(st.lists(st.sampled_from([ENGINEER, SYSTEM]), max_size=3)):
            seq += 1
            log.append(said(seq, role))
            if role is ENGINEER:
                waiting.append(seq)
        if draw(st.integers(0, 9)):
            seq += 1
            log.append(said(seq, PILOT, turn))
        if not waiting:
            seq += 1
            log.append(said(seq, ENGINEER))
            waiting.append(seq)
    answered = [m for m in log if m.seq not in waiting]
    return given_to_turns, answered


@given(conversations())
def test_every_message_is_in_the_order_once(
    conversation: tuple[list[list[SaidMessage]], list[SaidMessage]],
) -> None:
    _, log = conversation
    assert sorted(numbers(in_order_of_answers(log))) == numbers(log)


@given(conversations())
def test_a_turn_is_given_what_the_turn_before_was_given_and_more_behind_it(
    conversation: tuple[list[list[SaidMessage]], list[SaidMessage]],
) -> None:
    given_to_turns, log = conversation
    later = [*given_to_turns[1:], in_order_of_answers(log)]
    for before, after in zip(given_to_turns, later, strict=True):
        assert numbers(after)[: len(before)] == numbers(before)


def test_a_short_conversation_needs_no_digest() -> None:
    messages = exchanges(DIGEST_ABOVE_MESSAGES // 2)
    assert not is_outgrown([len(message.text) for message in messages])
    assert digestible(messages) == []


@pytest.mark.parametrize(
    "messages",
    [exchanges(DIGEST_ABOVE_MESSAGES // 2 + 1), exchanges(8, "x" * 4 * (DIGEST_ABOVE_TOKENS // 16))],
    ids=["too many", "too long"],
)
def test_an_outgrown_conversation_gives_its_older_half_to_a_digest_and_ends_it_with_a_reply(
    messages: list[SaidMessage],
) -> None:
    assert is_outgrown([len(message.text) for message in messages])
    older = digestible(messages)
    left = messages[len(older) :]
    assert older == messages[: len(older)]
    assert older[-1].role is PILOT
    assert left[0].role is ENGINEER
    assert not is_outgrown([len(message.text) for message in left])
    assert len(messages) // 4 <= len(left) <= len(messages) // 2 + 1


def test_what_a_digest_stands_for_is_older_than_all_that_is_left() -> None:
    # Message 60 was sent during the reply 61 and answered by 63: a cut between them would lose it or give it twice.
    waited = [said(58, ENGINEER, 58), said(60, ENGINEER, 60), said(61, PILOT, 58), said(63, PILOT, 60)]
    log = [*exchanges(28), *waited, *[m._replace(seq=m.seq + 100) for m in exchanges(14)]]
    ordered = in_order_of_answers(log)
    older = digestible(ordered)
    assert older
    assert max(numbers(older)) < min(numbers(ordered[len(older) :]))


@given(st.lists(st.tuples(st.sampled_from(list(MessageRole)), st.integers(0, 30_000)), max_size=150))
def test_a_digest_always_leaves_something_and_always_gets_further(
    shape: list[tuple[MessageRole, int]],
) -> None:
    messages = [said(seq, role, None, "x" * size) for seq, (role, size) in enumerate(shape)]
    older = digestible(messages)
    if is_outgrown([len(message.text) for message in messages]):
        assert 0 < len(older) < len(messages)
    else:
        assert older == []


@given(st.lists(st.integers(0, 30_000), max_size=200))
def test_a_turn_never_carries_more_than_the_limit_even_when_no_digest_comes(sizes: list[int]) -> None:
    messages = [said(seq, ENGINEER, None, "x" * size) for seq, size in enumerate(sizes)]
    carried = within_limit(messages)
    assert messages[len(messages) - len(carried) :] == carried, "the newest, without a gap"
    assert len(carried) <= LIMIT_MESSAGES
    assert sum(estimate_tokens(len(message.text)) for message in carried) <= LIMIT_TOKENS
    assert bool(carried) == bool(messages)
    if len(carried) < len(messages):
        more = messages[len(messages) - len(carried) - 1 :]
        assert len(more) > LIMIT_MESSAGES or sum(estimate_tokens(len(m.text)) for m in more) > LIMIT_TOKENS


def test_the_longest_message_fits_into_every_limit() -> None:
    longest = estimate_tokens(MESSAGE_CHARACTERS * 10)
    assert longest * 2 <= DIGEST_ABOVE_TOKENS
    assert longest <= LIMIT_TOKENS


def test_a_digest_takes_in_only_so_much_of_a_very_long_history() -> None:
    messages = exchanges(100, "x" * 20_000)
    taken = taken_in_one_go(messages)
    assert taken == messages[: len(taken)]
    assert sum(estimate_tokens(len(message.text)) for message in taken) <= DIGESTED_TOKENS
    assert digestible(taken)
