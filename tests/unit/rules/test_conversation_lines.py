"""Lines of the conversation that nobody typed."""

from __future__ import annotations

import pytest

from domain.conversation import degraded_line


@pytest.mark.parametrize(
    "reason", ["The model is overloaded", "The model is overloaded.", "The model is overloaded. "]
)
def test_why_the_playbook_answers_is_told_as_part_of_a_sentence(reason: str) -> None:
    assert degraded_line(reason) == (
        "The model cannot be reached (The model is overloaded). The playbook answers until it is back."
    )


def test_a_long_reason_is_cut() -> None:
    assert len(degraded_line("x" * 5_000)) < 300
