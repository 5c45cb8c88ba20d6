"""Which of the earlier messages a turn carries: all since the latest digest, in an order that never changes.

A model finds the beginning of a prompt in its cache only when it is the same as in the turn before. So messages are
added at the end and never put in between, and the older ones go all at once, when a digest takes their place.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.vocabulary import MessageRole

DIGEST_ABOVE_TOKENS = 12_000
DIGEST_ABOVE_MESSAGES = 60
"""A history beyond either of these is due for a digest, which leaves about the newer half of it."""
LIMIT_TOKENS = 24_000
LIMIT_MESSAGES = 120
"""What a turn carries at most, should the digest be late; the oldest messages are left out then."""
DIGESTED_TOKENS = 60_000
"""What one digest takes in at most; of a longer history the next one takes the rest."""
MESSAGE_CHARACTERS = 20_000
"""Of a longer message a turn carries the beginning."""

_CHARACTERS_PER_TOKEN = 4
_TOKENS_AROUND = 40
"""What stands around a message in a prompt: its role, its delimiters, the reminder after it."""


class SaidMessage(NamedTuple):
    """A stored message. `turn_id` is the turn that answers it, or that it is the reply of."""

    seq: int
    role: MessageRole
    text: str
    turn_id: UUID | None = None


def estimate_tokens(characters: int) -> int:
    """Tokens of a message in a prompt, estimated from its length; a long one counts as far as it is carried."""
    return _TOKENS_AROUND + min(characters, MESSAGE_CHARACTERS) // _CHARACTERS_PER_TOKEN


def is_outgrown(lengths: Sequence[int]) -> bool:
    """Whether a history of messages of these lengths (in characters) is due for a digest."""
    return len(lengths) > DIGEST_ABOVE_MESSAGES or sum(map(estimate_tokens, lengths)) > DIGEST_ABOVE_TOKENS


def in_order_of_answers(messages: Sequence[SaidMessage]) -> list[SaidMessage]:
    """Messages (by `seq`) as a conversation: what was said during a reply comes after that reply.

    Whoever wrote during a reply was answered by the next one. Ordered like this, the messages of one turn stand
    behind everything that the turn before was given, whenever they were sent.
    """
    ordered: list[SaidMessage] = []
    waiting: list[SaidMessage] = []
    for message in messages:
        if message.role is MessageRole.PILOT:
            answered = max(
                (place for place, one in enumerate(waiting, start=1) if one.turn_id == message.turn_id),
                default=0,
            )
            ordered += [*waiting[:answered], message]
            waiting = waiting[answered:]
        else:
            waiting.append(message)
    return ordered + waiting


def before_turn(messages: Sequence[SaidMessage], first_input: int) -> list[SaidMessage]:
    """What a turn is given as history; `first_input` is the number of the first message that it answers.

    What the session recorded after that message belongs behind it, so it is left to the next turn: until then its
    effect is seen in the facts and fixes.
    """
    return in_order_of_answers(
        [one for one in messages if one.role is MessageRole.PILOT or one.seq < first_input]
    )


def within_limit(messages: Sequence[SaidMessage]) -> list[SaidMessage]:
    """The newest messages that a turn may carry when the digest is late; the last one always."""
    return list(messages[len(messages) - _newest_within(messages, LIMIT_MESSAGES, LIMIT_TOKENS) :])


def taken_in_one_go(messages: Sequence[SaidMessage]) -> list[SaidMessage]:
    """The oldest messages, as many as one digest can take in."""
    used = 0
    for taken, message in enumerate(messages):
        used += estimate_tokens(len(message.text))
        if used > DIGESTED_TOKENS:
            return list(messages[:taken])
    return list(messages)


def digestible(messages: Sequence[SaidMessage]) -> list[SaidMessage]:
    """The older part, which a digest is to stand for; empty while the history need not shrink.

    `messages` are in the order of answers. The part ends with a reply if it can, so that what is left begins with
    what was said after it; every message of the part is older than all that are left.
    """
    if not is_outgrown([len(message.text) for message in messages]):
        return []
    left = _newest_within(messages, DIGEST_ABOVE_MESSAGES // 2, DIGEST_ABOVE_TOKENS // 2)
    wanted = len(messages) - left
    newest_before = 0
    oldest_after = [*_oldest_from_here(messages), newest_before]
    cuts: list[int] = []
    replies: list[int] = []
    for place, message in enumerate(messages[:-1], start=1):
        newest_before = max(newest_before, message.seq)
        if newest_before < oldest_after[place]:
            cuts.append(place)
            if message.role is MessageRole.PILOT:
                replies.append(place)
    # Rather a little more than wanted stays than that the part ends in the middle of an exchange.
    chosen = _last_within(replies, wanted) or _last_within(cuts, wanted) or next(iter(cuts), 0)
    return list(messages[:chosen])


def _last_within(places: Sequence[int], limit: int) -> int:
    return max((place for place in places if place <= limit), default=0)


def _oldest_from_here(messages: Sequence[SaidMessage]) -> list[int]:
    """For each place the lowest number from there on."""
    lowest: list[int] = []
    for message in reversed(messages):
        lowest.append(min(message.seq, lowest[-1]) if lowest else message.seq)
    return lowest[::-1]


def _newest_within(messages: Sequence[SaidMessage], count: int, tokens: int) -> int:
    used = 0
    for taken, message in enumerate(reversed(messages)):
        used += estimate_tokens(len(message.text))
        if taken == count or (used > tokens and taken):
            return taken
    return len(messages)
