"""The policies of the product, quick enough for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

from activities.writeback import ticket_status
from workflows.ticket_writeback import steps as writeback_steps
from workflows.troubleshooting_session import steps


def quicken(set_: Callable[[Any, str, Any], None], *, attempts: int | None = None) -> None:
    """Take the waiting out of the policies of the steps, by setting them with `set_`.

    `attempts` takes the place of how often each is tried; 0 is without an end.
    """
    for module, name in (
        (steps, "_TURN_RETRY"),
        (steps, "_NOTE_RETRY"),
        (steps, "_PSA_RETRY"),
        (writeback_steps, "_PSA_RETRY"),
    ):
        policy: RetryPolicy = getattr(module, name)
        quick = RetryPolicy(
            initial_interval=timedelta(milliseconds=10),
            backoff_coefficient=1,
            maximum_attempts=policy.maximum_attempts if attempts is None else attempts,
        )
        set_(module, name, quick)
    set_(ticket_status, "LOOK_AGAIN_AFTER", (timedelta(milliseconds=10),))
