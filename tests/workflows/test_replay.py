"""Sessions that were begun by an earlier version go on with this one: stored histories replay, without any server."""

from __future__ import annotations

import ast
import base64
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from temporalio import workflow

from tests.workflows import histories
from workflows.database_steps import database_step
from workflows.ticket_writeback import steps as writeback_steps
from workflows.troubleshooting_session import record_steps
from workflows.troubleshooting_session.turns import TurnRunner

STORED = histories.stored()

SHAPES = {
    "abandoned",
    "continued-as-new",
    "degraded-turn",
    "escalated-local",
    "escalated-with-ticket",
    "escalation-unverified-then-retry",
    "facts",
    "failed-turn",
    "fix-commands",
    "long-session-with-digest",
    "paused-and-resumed",
    "paused-by-inactivity",
    "picked-up",
    "refused-then-resolved",
    "rehydrated",
    "reopened-and-resolved-again",
    "reopened-item",
    "resolved-after-escalation",
    "resolved-from-paused",
    "resolved-with-ticket",
    "resolved-with-time-entry",
    "resolved-without-ticket",
    "second-ticket",
    "signals-and-a-refused-one",
    "stopped-turn",
    "ticket-linked-later",
    "ticket-refreshed",
    "unverified-then-resolved",
    "update-shared",
    "worker-died",
}


def _named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", STORED, ids=_named)
async def test_a_stored_history_replays(path: Path) -> None:
    await histories.replay(histories.load(path))


def test_every_typical_shape_of_a_session_is_stored() -> None:
    stored = {re.sub(r"-(run|writeback)-\d+$", "", path.stem) for path in STORED}
    assert stored == SHAPES


def test_every_test_that_is_marked_for_a_history_has_a_stored_one() -> None:
    marked = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.history":
                marked.add(ast.literal_eval(node.args[0]))
    assert marked == SHAPES


async def test_a_step_that_was_put_in_turns_the_replay_of_a_session_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn = TurnRunner.run

    async def with_a_new_step(self: TurnRunner, message_ids: Sequence[UUID]) -> None:
        await workflow.sleep(1)
        await turn(self, message_ids)

    monkeypatch.setattr(TurnRunner, "run", with_a_new_step)
    with pytest.raises(workflow.NondeterminismError):
        await histories.replay(_stored("resolved-with-ticket"))


async def test_a_step_that_was_renamed_turns_the_replay_red(monkeypatch: pytest.MonkeyPatch) -> None:
    step = database_step

    async def renamed(name: str, *rest: Any) -> Any:
        return await step(f"{name}_again", *rest)

    monkeypatch.setattr(record_steps, "database_step", renamed)
    with pytest.raises(workflow.NondeterminismError):
        await histories.replay(_stored("abandoned"))


async def test_a_step_that_was_left_out_turns_the_replay_of_a_writeback_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing(request: object) -> None:
        return None

    monkeypatch.setattr(writeback_steps, "set_ticket_status", nothing)
    history = _stored("resolved-with-ticket-writeback-1")
    with pytest.raises(workflow.NondeterminismError):
        await histories.replay(history)


@pytest.mark.parametrize("path", STORED, ids=_named)
def test_a_stored_history_names_no_machine_and_no_secret(path: Path) -> None:
    text = "\n".join([path.read_text(), *_payloads(json.loads(path.read_text()))])
    for word in (
        "/home/",
        "/root/",
        ".py",
        "site-packages",
        "127.0.0.1",
        "Traceback",
        "password",
        "Bearer",
    ):
        assert word not in text, word
    assert set(re.findall(r'"identity": "([^"]*)"', text)) <= {"worker"}
    assert not re.search(r"\d+@\w+", text), "a process id at a host"


def _stored(name: str) -> Any:
    return histories.load(histories.FOLDER / f"{name}.json")


def _payloads(value: Any) -> Iterator[str]:
    """What the payloads say, decoded."""
    if isinstance(value, dict):
        if isinstance(value.get("data"), str) and "metadata" in value:
            yield base64.b64decode(value["data"]).decode(errors="replace")
        for inner in value.values():
            yield from _payloads(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _payloads(inner)
