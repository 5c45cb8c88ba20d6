"""The session workflow: handlers that store what is said, and a loop that lets the pilot answer.

Every change of a session goes through here, one at a time. The documents are rows; this object keeps only what it
decides with, and can be lost: a run that starts without state reads it from the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
)

with workflow.unsafe.imports_passed_through():
    from domain.errors import RuleViolation
    from domain.sessions import SessionCommand, is_open
    from domain.vocabulary import SessionStatus
    from workflows.refusals import as_refusal, cause_of
    from workflows.search_attributes import ENGINEER_ID, SESSION_STATUS, TICKET_REF
    from workflows.troubleshooting_session import state, steps
    from workflows.troubleshooting_session.messages import (
        WORKFLOW_TYPE,
        AddFact,
        AnswerItems,
        ChangeStatus,
        Command,
        CommandAck,
        EngineerMessage,
        FixApplied,
        FixOutcomeClick,
        LoadSession,
        OpenSession,
        PauseIdleSession,
        PreviewReady,
        PreviewRequest,
        Recorded,
        RejectedCommand,
        ResolveAnswer,
        ResolveSession,
        RetryTurn,
        SessionInput,
        SessionSnapshot,
        SignalledMessage,
        SignalledOutcome,
        SnapshotView,
        StopTurn,
    )
    from workflows.troubleshooting_session.state import NextStep
    from workflows.troubleshooting_session.turns import TurnRunner
    from workflows.troubleshooting_session.writebacks import WritebackFollower

_C = TypeVar("_C", bound=Command)

# The engineer who confirmed watches the progress; a slower writeback goes on without the request.
RESOLVE_ANSWER_WITHIN = timedelta(seconds=20)
# A run that was started for a session that never came to be does not wait for ever.
OPEN_WITHIN = timedelta(minutes=2)
# Characters of a command id that fit into its column.
COMMAND_ID_LIMIT = 200


@workflow.defn(name=WORKFLOW_TYPE)
class TroubleshootingSession:
    """One troubleshooting session. See `messages` for what it takes and answers."""

    @workflow.init
    def __init__(self, input_: SessionInput) -> None:
        self._input = input_
        self._snapshot: SessionSnapshot | None = input_.snapshot
        self._seen = dict.fromkeys(input_.seen_commands)
        self._one_at_a_time = asyncio.Lock()
        self._turns = TurnRunner(input_, self._apply, self._show)
        self._writebacks = WritebackFollower(input_, lambda: self._loaded, self._apply)
        self._missing = False
        self._previews: dict[str, asyncio.Task[PreviewReady]] = {}
        self._shown: object = None

    # --- main loop ---

    @workflow.run
    async def run(self, input_: SessionInput) -> None:
        if not await self._load():
            return
        clock = asyncio.create_task(self._pause_when_idle())
        try:
            while True:
                await workflow.wait_condition(lambda: self._next_step() is not NextStep.WAIT)
                match self._next_step():
                    case NextStep.RUN_TURN:
                        await self._turns.run(state.turn_messages(self._loaded))
                    case NextStep.FOLLOW_WRITEBACK:
                        self._writebacks.follow(self._loaded.running_writeback or 0)
                    case NextStep.LINGER:
                        if await self._linger():
                            return
                    case NextStep.CONTINUE_AS_NEW:
                        await workflow.wait_condition(self._nothing_under_way)
                        if self._next_step() is NextStep.CONTINUE_AS_NEW:
                            workflow.continue_as_new(self._carried())
                    case NextStep.WAIT:
                        pass
        finally:
            clock.cancel()

    def _next_step(self) -> NextStep:
        return state.next_step(
            self._loaded,
            followed_writeback=self._writebacks.followed,
            continue_as_new_suggested=workflow.info().is_continue_as_new_suggested(),
        )

    @property
    def _loaded(self) -> SessionSnapshot:
        if self._snapshot is None:
            raise RuntimeError("the session is not loaded yet")
        return self._snapshot

    async def _load(self) -> bool:
        """Make sure that there is a snapshot. False when there is no such session."""
        if self._snapshot is None and not self._input.fresh:
            try:
                loaded = await steps.load_session(
                    LoadSession(account_id=self._input.account_id, session_id=self._input.session_id)
                )
            except ApplicationError as error:
                if error.type != "session_not_found":
                    raise
                self._missing = True
            else:
                self._seen = dict.fromkeys(loaded.seen_commands) | self._seen
                self._apply(loaded.snapshot)
        try:
            await workflow.wait_condition(
                lambda: self._snapshot is not None,
                timeout=OPEN_WITHIN,
                timeout_summary="waiting to be opened",
            )
        except TimeoutError:
            self._missing = True
            await workflow.wait_condition(workflow.all_handlers_finished)
        return self._snapshot is not None

    async def _wait_until_loaded(self) -> None:
        """Raises session_not_found when there are no rows: only `open_session` makes a session."""
        await workflow.wait_condition(lambda: self._snapshot is not None or self._missing)
        if self._snapshot is None:
            raise as_refusal(state.no_such_session())

    def _carried(self) -> SessionInput:
        seen = list(self._seen)[-state.SEEN_COMMANDS_KEPT :]
        return self._input.model_copy(
            update={"snapshot": self._snapshot, "seen_commands": seen, "fresh": False}
        )

    def _nothing_under_way(self) -> bool:
        """No handler runs, and no step of the idle clock either: what it commits must not be missing in the state."""
        return workflow.all_handlers_finished() and not self._one_at_a_time.locked()

    async def _linger(self) -> bool:
        """Stay for a while after closing, for a reopen or late outcome. True when the time is over."""
        remaining = state.ends_in(self._loaded, self._linger_time, workflow.now())
        if remaining > timedelta(0):
            try:
                await workflow.wait_condition(
                    lambda: self._next_step() is not NextStep.LINGER,
                    timeout=remaining,
                    timeout_summary="linger",
                )
                return False
            except TimeoutError:
                pass
        await workflow.wait_condition(self._nothing_under_way)
        return self._next_step() is NextStep.LINGER

    @property
    def _linger_time(self) -> timedelta:
        return timedelta(seconds=self._input.linger_seconds)

    async def _pause_when_idle(self) -> None:
        """One timer to the next deadline, not one for every message."""
        inactivity = timedelta(seconds=self._input.inactivity_seconds)
        while True:
            await workflow.wait_condition(
                lambda: self._loaded.status is SessionStatus.ACTIVE and not self._turns.running
            )
            remaining = state.inactive_in(self._loaded, inactivity, workflow.now())
            if remaining > timedelta(0):
                await workflow.sleep(remaining, summary="inactivity")
                continue
            idle_since = self._loaded.last_activity_at
            async with self._one_at_a_time:
                self._apply(
                    await steps.pause_idle_session(
                        PauseIdleSession(
                            account_id=self._input.account_id,
                            session_id=self._input.session_id,
                            idle_since=idle_since,
                        )
                    )
                )

    # --- commands ---

    async def _record(self, step: Callable[[_C], Awaitable[Recorded]], command: _C) -> CommandAck:
        """Run the one step that stores a command, alone, and take over the state it leaves."""
        self._seen[command.command_id] = None
        await self._wait_until_loaded()
        async with self._one_at_a_time:
            recorded = await step(command)
            self._apply(recorded.snapshot)
        return recorded.ack

    def _check(self, command: Command, *checks: Callable[[], None]) -> None:
        """Refuse in a validator, so that nothing is written to history. A repeat gets its first answer instead."""
        try:
            state.check_account(self._input, command.account_id, command.session_id)
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

    @workflow.update(description="Make the session, with its first message or ticket")
    async def open_session(self, command: OpenSession) -> CommandAck:
        self._seen[command.command_id] = None
        async with self._one_at_a_time:
            recorded = await steps.open_session(command)
            self._apply(recorded.snapshot)
        return recorded.ack

    @open_session.validator
    def _may_open(self, command: OpenSession) -> None:
        self._check(command)

    @workflow.update(description="Say something; the pilot answers")
    async def engineer_message(self, command: EngineerMessage) -> CommandAck:
        return await self._record(steps.store_message, command)

    @engineer_message.validator
    def _may_say(self, command: EngineerMessage) -> None:
        self._check(command, lambda: state.check_text(self._snapshot, command.text))

    @workflow.update(description="Answer questions and checks of the lane")
    async def answer_items(self, command: AnswerItems) -> CommandAck:
        return await self._record(steps.record_answers, command)

    @answer_items.validator
    def _may_answer(self, command: AnswerItems) -> None:
        self._check(command, self._status_allows(SessionCommand.ANSWER_ITEMS))

    @workflow.update(description="Declare that the fix was run")
    async def fix_applied(self, command: FixApplied) -> CommandAck:
        return await self._record(steps.record_fix_applied, command)

    @fix_applied.validator
    def _may_apply(self, command: FixApplied) -> None:
        self._check(command, lambda: state.check_apply(self._snapshot, command.fix_id))

    @workflow.update(description="Say whether the fix worked")
    async def fix_outcome(self, command: FixOutcomeClick) -> CommandAck:
        return await self._record(steps.record_fix_outcome, command)

    @fix_outcome.validator
    def _may_judge(self, command: FixOutcomeClick) -> None:
        self._check(
            command,
            lambda: state.check_outcome(self._snapshot, command.fix_id, command.outcome, command.notes),
        )

    @workflow.update(description="Add a note to what we know")
    async def add_fact(self, command: AddFact) -> CommandAck:
        return await self._record(steps.add_fact, command)

    @add_fact.validator
    def _may_add_fact(self, command: AddFact) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FACTS))

    @workflow.update(description="Pause the session")
    async def pause(self, command: ChangeStatus) -> CommandAck:
        return await self._record(steps.pause_session, command)

    @pause.validator
    def _may_pause(self, command: ChangeStatus) -> None:
        self._check(command, self._status_allows(SessionCommand.PAUSE))

    @workflow.update(description="Make a paused session active")
    async def resume(self, command: ChangeStatus) -> CommandAck:
        return await self._record(steps.resume_session, command)

    @resume.validator
    def _may_resume(self, command: ChangeStatus) -> None:
        self._check(command, self._status_allows(SessionCommand.RESUME))

    @workflow.update(description="Close the session without a note")
    async def abandon(self, command: ChangeStatus) -> CommandAck:
        return await self._record(steps.abandon_session, command)

    @abandon.validator
    def _may_abandon(self, command: ChangeStatus) -> None:
        self._check(command, lambda: state.check_closing(self._snapshot, SessionCommand.ABANDON))

    @workflow.update(description="Stop the reply; the prose so far is kept")
    async def stop_turn(self, command: StopTurn) -> CommandAck:
        self._seen[command.command_id] = None
        await self._turns.stopped()
        return CommandAck(seq=self._loaded.seq, request_hash=command.request_hash)

    @stop_turn.validator
    def _may_stop(self, command: StopTurn) -> None:
        self._check(command, lambda: state.check_turn_running(self._turns.running))

    @workflow.update(description="Run the failed turn again")
    async def retry_turn(self, command: RetryTurn) -> CommandAck:
        return await self._record(steps.requeue_failed_turn, command)

    @retry_turn.validator
    def _may_retry(self, command: RetryTurn) -> None:
        self._check(command, lambda: state.check_retry(self._snapshot))

    # --- artifacts ---

    @workflow.update(description="Generate an artifact of the present state")
    async def preview(self, request: PreviewRequest) -> PreviewReady:
        await self._wait_until_loaded()
        key = f"{request.kind.value}/{self._loaded.state_version}/{request.force}"
        task = self._previews.get(key)
        if task is None:
            task = asyncio.create_task(steps.generate_note(request))
            self._previews[key] = task
            task.add_done_callback(lambda _: self._previews.pop(key, None))
        try:
            return await asyncio.shield(task)
        except ActivityError as error:
            raise cause_of(error) from error

    @preview.validator
    def _may_preview(self, request: PreviewRequest) -> None:
        try:
            state.check_account(self._input, request.account_id, request.session_id)
        except RuleViolation as violation:
            raise as_refusal(violation) from violation

    @workflow.update(description="Confirm & post the resolution note")
    async def resolve(self, command: ResolveSession) -> ResolveAnswer:
        self._seen[command.command_id] = None
        await self._wait_until_loaded()
        async with self._one_at_a_time:
            begun = await steps.begin_resolution(command)
            self._apply(begun.snapshot)
            if (
                begun.writeback_number is not None
                and begun.writeback_number == self._loaded.running_writeback
            ):
                self._writebacks.follow(begun.writeback_number)
        ended = await self._writebacks.ended_within(begun.writeback_number, RESOLVE_ANSWER_WITHIN)
        return ResolveAnswer(
            seq=begun.ack.seq,
            request_hash=begun.ack.request_hash,
            writeback_number=begun.writeback_number,
            pending=not ended,
        )

    @resolve.validator
    def _may_resolve(self, command: ResolveSession) -> None:
        self._check(command, lambda: state.check_closing(self._snapshot, SessionCommand.RESOLVE))

    # --- senders that do not wait ---

    @workflow.signal(name="engineer_message", description="Say something, without waiting for an answer")
    async def engineer_message_signalled(self, message: SignalledMessage) -> None:
        await self._record_signal(
            steps.store_message,
            EngineerMessage(**self._from_signal(message.command_id, message), text=message.text),
            "engineer_message",
            lambda: state.check_text(self._snapshot, message.text),
        )

    @workflow.signal(
        name="outcome_click", description="Say whether the fix worked, without waiting for an answer"
    )
    async def outcome_clicked(self, click: SignalledOutcome) -> None:
        await self._record_signal(
            steps.record_fix_outcome,
            FixOutcomeClick(
                **self._from_signal(click.command_id, click),
                fix_id=click.fix_id,
                outcome=click.outcome,
                notes=click.notes,
            ),
            "outcome_click",
            lambda: state.check_outcome(self._snapshot, click.fix_id, click.outcome, click.notes),
        )

    def _from_signal(self, command_id: str, signal: SignalledMessage | SignalledOutcome) -> dict[str, Any]:
        return {
            "command_id": command_id,
            "request_hash": "",
            "account_id": self._input.account_id,
            "session_id": self._input.session_id,
            "actor_id": signal.actor_id,
        }

    async def _record_signal(
        self, step: Callable[[_C], Awaitable[Recorded]], command: _C, name: str, check: Callable[[], None]
    ) -> None:
        """Like an update, but a refusal goes to the timeline: a signal never fails the workflow."""
        try:
            await self._wait_until_loaded()
        except ApplicationError:
            workflow.logger.warning("signal to a session that does not exist", extra={"signal": name})
            return
        try:
            if command.command_id not in self._seen:
                check()
            await self._record(step, command)
        except RuleViolation as violation:
            await self._reject(command, name, violation.code, violation.detail)
        except ApplicationError as refusal:
            await self._reject(command, name, refusal.type or "refused", refusal.message)

    async def _reject(self, command: Command, name: str, code: str, detail: str) -> None:
        rejected = RejectedCommand(
            command_id=command.command_id[:COMMAND_ID_LIMIT],
            request_hash=command.request_hash,
            account_id=command.account_id,
            session_id=command.session_id,
            actor_id=command.actor_id,
            command_name=name,
            code=code,
            detail=detail,
        )
        try:
            self._apply(await steps.record_rejected_command(rejected))
        except ApplicationError as error:
            # Leaving a signal handler, a failure would end the workflow.
            workflow.logger.error("a refused signal was not recorded", extra={"code": error.type})

    @workflow.query(description="The decision state, for operators and tests")
    def snapshot(self) -> SnapshotView:
        return SnapshotView(
            snapshot=self._snapshot,
            turn_running=self._turns.running,
            closing=self._snapshot is not None and not is_open(self._snapshot.status),
        )
