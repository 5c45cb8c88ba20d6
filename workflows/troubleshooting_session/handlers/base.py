"""What every handler uses: the state, the one lock, refusals, and what operators see."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from domain.commands import Command, CommandAck, Recorded
    from domain.errors import RuleViolation
    from domain.session_state import SessionSnapshot
    from domain.sessions import SessionCommand, is_open
    from workflows.refusals import as_refusal
    from workflows.search_attributes import ENGINEER_ID, SESSION_STATUS, TICKET_REF
    from workflows.troubleshooting_session import state
    from workflows.troubleshooting_session.messages import PreviewReady, SessionInput
    from workflows.troubleshooting_session.turns import TurnRunner
    from workflows.troubleshooting_session.writebacks import WritebackFollower

C = TypeVar("C", bound=Command)


class SessionHandlers:
    """Base of the handlers. The workflow itself adds the loop."""

    def __init__(self, input_: SessionInput) -> None:
        self._input = input_
        self._snapshot: SessionSnapshot | None = input_.snapshot
        self._seen = dict.fromkeys(input_.seen_commands)
        self._under_way: dict[str, str] = {}
        self._one_at_a_time = asyncio.Lock()
        self._turns = TurnRunner(input_, self._apply, self._show)
        self._writebacks = WritebackFollower(input_, lambda: self._loaded, self._apply)
        self._missing = False
        self._previews: dict[str, asyncio.Task[PreviewReady]] = {}
        self._shown: object = None

    @property
    def _loaded(self) -> SessionSnapshot:
        if self._snapshot is None:
            raise RuntimeError("the session is not loaded yet")
        return self._snapshot

    async def _wait_until_loaded(self) -> None:
        """Raises session_not_found when there are no rows: only `open_session` makes a session."""
        await workflow.wait_condition(lambda: self._snapshot is not None or self._missing)
        if self._snapshot is None:
            raise as_refusal(state.no_such_session())

    @contextmanager
    def _taking(self, command: Command) -> Iterator[None]:
        """While a command is worked on, its id is taken for every other request."""
        self._under_way[command.command_id] = command.request_hash
        try:
            yield
        finally:
            self._under_way.pop(command.command_id, None)

    async def _record(self, step: Callable[[C], Awaitable[Recorded]], command: C) -> CommandAck:
        """Run the one step that stores a command, alone, and take over the state it leaves."""
        self._seen[command.command_id] = None
        with self._taking(command):
            await self._wait_until_loaded()
            async with self._one_at_a_time:
                recorded = await step(command)
                self._apply(recorded.snapshot)
        return recorded.ack

    async def _take_over(self, command: Command, recorded: Recorded) -> CommandAck:
        """Take over the state that a command has left which its sender stored."""
        self._seen[command.command_id] = None
        await self._wait_until_loaded()
        self._apply(recorded.snapshot)
        return recorded.ack

    def _check(self, command: Command, *checks: Callable[[], None]) -> None:
        """Refuse in a validator, so that nothing is written to history. A repeat gets its first answer instead."""
        try:
            state.check_account(self._input, command.account_id, command.session_id)
            state.check_twin(self._under_way.get(command.command_id), command.request_hash)
            if command.command_id not in self._seen:
                for check in checks:
                    check()
        except RuleViolation as violation:
            raise as_refusal(violation) from violation

    def _status_allows(self, command: SessionCommand) -> Callable[[], None]:
        return lambda: state.check_status(self._snapshot, command)

    def _apply(self, snapshot: SessionSnapshot) -> None:
        self._snapshot = state.newest(self._snapshot, snapshot)
        if not is_open(self._snapshot.status):
            self._turns.stop()
        self._show()

    def _show(self) -> None:
        """Keep what operators see true. Details cost nothing; search attributes are events: only on change."""
        snapshot = self._loaded
        workflow.set_current_details(state.details(snapshot, turn_running=self._turns.running))
        words = state.search_words(snapshot)
        if words != self._shown:
            status, ticket_ref, engineer = words
            changes: list[SearchAttributeUpdate[Any]] = [
                SESSION_STATUS.value_set(status.value),
                ENGINEER_ID.value_set(engineer),
            ]
            if ticket_ref is not None:
                changes.append(TICKET_REF.value_set(ticket_ref))
            workflow.upsert_search_attributes(changes)
            self._shown = words
