"""The history of a turn: what was said before it, as the pilot is given it."""

from __future__ import annotations

from collections.abc import Sequence

from activities.turn.record import Said
from domain.history import SaidMessage, before_turn, within_limit
from domain.pilot import HistoryMessage
from domain.uploads import told_with_files


def history_of(said: Sequence[Said], first_input: int) -> list[HistoryMessage]:
    """What a turn carries of the messages since the digest; `first_input` is the number of the first it answers."""
    messages = [
        SaidMessage(
            one.seq, one.role, told_with_files(one.text, one.files) if one.files else one.text, one.turn_id
        )
        for one in said
    ]
    carried = within_limit([message for message in before_turn(messages, first_input) if message.text])
    return [as_history(message) for message in carried]


def as_history(message: SaidMessage) -> HistoryMessage:
    """The message as pilots are given it; both parts are known to be good."""
    return HistoryMessage.model_construct(role=message.role, text=message.text)
