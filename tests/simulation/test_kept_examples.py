"""Short sequences of commands, each of which shows a difference once the rule it is about is broken."""

from __future__ import annotations

import pytest

from tests.simulation.machine import Command, replay

KEPT: dict[str, list[Command]] = {
    "a dismissed fix is restored with the run it had": [
        ("propose", "Clear the queue", True, False),
        ("apply", 0),
        ("outcome", 0, "dismissed", None),
        ("restore", 0),
    ],
    "a dismissed fix that was done in part is restored as that": [
        ("propose", "Clear the queue", False, False),
        ("outcome", 0, "applied_partial", "One of two."),
        ("outcome", 0, "dismissed", None),
        ("restore", 0),
    ],
    "a reply that was cut off sets nothing aside": [
        ("reply", [("question", "Who?", None)], True, False),
        ("reply", [("question", "When?", None)], True, True),
    ],
    "an escalated session is not paused": [
        ("escalate", None, None, False),
        ("posted", True),
        ("move", "pause"),
        ("move", "pick_up"),
        ("move", "pause"),
    ],
    "a replaced fix that was run takes its outcome, and the active one stays": [
        ("propose", "Clear the queue", False, False),
        ("apply", 0),
        ("propose", "Replace the drum", False, False),
        ("outcome", 0, "applied_failed", "One of two."),
        ("outcome", 0, "dismissed", None),
        ("outcome", 1, "dismissed", None),
    ],
    "the same word about a partial fix again changes nothing": [
        ("propose", "Clear the queue", False, False),
        ("outcome", 0, "applied_partial", "One of two."),
        ("outcome", 0, "applied_partial", "One of two."),
        ("finish", 0),
        ("apply", 0),
    ],
    "a paused session with a posting on its way is not abandoned": [
        ("resolve",),
        ("move", "pause"),
        ("move", "abandon"),
        ("posted", False),
        ("move", "abandon"),
        ("escalate", None, None, False),
    ],
    "an escalation that the fix refuses changes nothing": [
        ("propose", "Clear the queue", False, False),
        ("apply", 0),
        ("escalate", "applied_partial", " \n", False),
        ("escalate", None, None, False),
        ("escalate", None, None, True),
    ],
    "older answers that arrive late are not believed": [
        ("propose", "Clear the queue", False, False),
        ("apply", 0),
        ("message",),
        ("deliver", 2, 0, 0),
    ],
}


@pytest.mark.parametrize("commands", KEPT.values(), ids=KEPT)
def test_rules_and_reference_agree(commands: list[Command]) -> None:
    replay(commands)
