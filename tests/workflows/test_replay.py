"""Sessions that were begun by an earlier version go on with this one: stored histories replay, without any server."""

from __future__ import annotations

import ast
import base64
import json
import re
from collections.abc import Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from temporalio import workflow

from tests.workflows import histories
from workflows.database_steps import database_step
from workflows.ticket_writeback import steps as writeback_steps
from workflows.troubleshooting_session import record_steps
from workflows.troubleshooting_session.handlers.artifacts import ArtifactHandlers
from workflows.troubleshooting_session.handlers.base import SessionHandlers
from workflows.troubleshooting_session.handlers.signals import SignalHandlers
from workflows.troubleshooting_session.spin_offs import SpinOffCreator
from workflows.troubleshooting_session.turns import TurnRunner
from workflows.troubleshooting_session.workflow import TroubleshootingSession
from workflows.troubleshooting_session.writebacks import WritebackFollower

STORED = histories.stored()

SHAPES = {
    "abandoned",
    "answers-lost",
    "continued-as-new",
    "degraded-turn",
    "escalated-local",
    "escalated-with-ticket",
    "escalation-unverified-then-retry",
    "facts",
    "failed-turn",
    "fix-commands",
    "long-session-with-digest",
    "messages-stored-before",
    "note-forbidden",
    "note-not-shown",
    "paused-and-resumed",
    "paused-by-inactivity",
    "picked-up",
    "refused-then-resolved",
    "opened-but-never-told",
    "rehydrated",
    "rehydrated-after-a-failed-turn",
    "rehydrated-beside-a-writeback",
    "rehydrated-paused",
    "rehydrated-under-a-writeback",
    "rehydrated-while-replying",
    "rehydrated-with-a-lost-writeback",
    "rehydrated-with-a-second-ticket",
    "reopened-and-resolved-again",
    "reopened-item",
    "reminded-of-its-rows",
    "resolved-after-escalation",
    "resolved-from-paused",
    "resolved-with-ticket",
    "resolved-with-time-entry",
    "resolved-without-ticket",
    "second-ticket",
    "signals-and-a-refused-one",
    "slow-step-and-messages",
    "status-moved-back",
    "stopped-turn",
    "stopped-while-tried-again",
    "ticket-linked-later",
    "ticket-refreshed",
    "unverified-then-resolved",
    "update-shared",
    "update-shared-over-many-messages",
    "worker-died",
    "writeback-ended-by-an-operator",
}


def _named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", STORED, ids=_named)
async def test_a_stored_history_replays(path: Path) -> None:
    await histories.replay(histories.load(path))


def test_every_typical_shape_of_a_session_is_stored() -> None:
    stored = {re.sub(r"-(run|writeback)-\d+$", "", path.stem) for path in STORED}
    assert stored == SHAPES
    assert len(STORED) >= 60


def test_every_test_that_is_marked_for_a_history_has_a_stored_one() -> None:
    marked = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.history":
                marked.add(ast.literal_eval(node.args[0]))
    assert marked == SHAPES


def _put_in(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Put a step that no stored history knows before a part of the workflows."""
    real = getattr(owner, name)

    @wraps(real)
    async def with_a_new_step(*args: Any, **kwargs: Any) -> Any:
        workflow.upsert_memo({"step": "new"})
        return await real(*args, **kwargs)

    monkeypatch.setattr(owner, name, with_a_new_step)


PLACES: dict[str, tuple[Any, str, str]] = {
    "before the rows are read": (TroubleshootingSession, "_load", "rehydrated-run-2"),
    "before a turn": (TurnRunner, "run", "resolved-with-ticket"),
    "before another attempt by the playbook": (TurnRunner, "_start", "degraded-turn"),
    "before a turn is stopped": (TurnRunner, "stopped", "stopped-while-tried-again"),
    "before a digest": (TroubleshootingSession, "_write_digest", "long-session-with-digest"),
    "before a writeback is followed": (WritebackFollower, "_follow", "escalated-with-ticket"),
    "before an earlier run's writeback is looked for": (
        WritebackFollower,
        "_wait_for_foreign",
        "rehydrated-beside-a-writeback-run-2",
    ),
    "before the linger": (TroubleshootingSession, "_linger", "abandoned"),
    "before the idle clock": (TroubleshootingSession, "_pause_when_idle", "paused-by-inactivity"),
    "before a run continues as new": (
        TroubleshootingSession,
        "_must_answer_first",
        "slow-step-and-messages-run-1",
    ),
    "before a second ticket is created": (SpinOffCreator, "_create", "second-ticket"),
    "before a command is recorded": (SessionHandlers, "_record", "facts"),
    "before a confirmation is recorded": (ArtifactHandlers, "_begin_writeback", "resolved-without-ticket"),
    "before a signal is recorded": (SignalHandlers, "_record_signal", "signals-and-a-refused-one"),
    "before a note is posted": (writeback_steps, "post_ticket_note", "resolved-with-ticket-writeback-1"),
    "before time is logged": (writeback_steps, "log_ticket_time", "resolved-with-time-entry-writeback-1"),
    "before a status is set": (writeback_steps, "set_ticket_status", "answers-lost-writeback-1"),
    "before a ticket is verified": (writeback_steps, "verify_ticket", "status-moved-back-writeback-1"),
    "before a writeback ends": (writeback_steps, "end_writeback", "note-forbidden-writeback-1"),
}
"""Each place where the workflows take a step: the part, and a history that passes it."""


@pytest.mark.parametrize("place", PLACES)
async def test_a_step_that_was_put_in_turns_the_replay_red(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    owner, name, history = PLACES[place]
    await histories.replay(_stored(history))
    _put_in(monkeypatch, owner, name)
    with pytest.raises(workflow.NondeterminismError):
        await histories.replay(_stored(history))


async def test_a_step_that_was_put_in_behind_a_patch_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = TurnRunner.run

    async def with_a_patched_step(self: TurnRunner, message_ids: Sequence[UUID]) -> None:
        if workflow.patched("a-new-step"):
            await workflow.sleep(1)
        await turn(self, message_ids)

    monkeypatch.setattr(TurnRunner, "run", with_a_patched_step)
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
