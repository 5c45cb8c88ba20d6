"""The limits of a turn fit into each other: the nearest one is always the one that is told."""

from __future__ import annotations

from activities.turn import streaming
from infra.pilots.actions import ACTIONS, ModelAction
from workflows.troubleshooting_session import steps


def test_a_reply_is_cut_before_its_provider_or_the_engine_gives_it_up() -> None:
    """Cut, its words are kept; given up, they are lost."""
    assert streaming.SILENCE_SECONDS < streaming.REPLY_SECONDS
    assert ACTIONS[ModelAction.CHAT_TURN].timeout_seconds > streaming.REPLY_SECONDS
    assert ACTIONS[ModelAction.CHAT_TURN].timeout_seconds < steps._TURN_TIMEOUT.total_seconds()


def test_a_model_that_never_answers_keeps_nobody_waiting_for_more_than_five_minutes() -> None:
    attempts = steps._TURN_RETRY.maximum_attempts
    between = sum(steps._TURN_RETRY.initial_interval.total_seconds() * 2**n for n in range(attempts - 1))
    assert attempts * streaming.SILENCE_SECONDS + between <= 5 * 60
